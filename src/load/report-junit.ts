import type { LoadReport } from './report.ts'

/** Each check as a test, for a CI server. A void run is an error of the run, not a failure of the gateway. */
export function toJunit({ verdict, asked, startedAt }: LoadReport): string {
  const { checks, voids, kind } = verdict
  const failed = checks.filter(({ result }) => result === 'failed').length
  const skipped = checks.filter(({ result }) => result === 'not-judged').length
  const errors = kind === 'void' || voids.length > 0 ? 1 : 0
  const cases = checks.map(({ what, kind, goal, got, result }) => {
    const inner = {
      passed: '',
      failed: `<failure message="${toXmlText(`${got}; goal ${goal}`)}"/>`,
      'not-judged': `<skipped message="${toXmlText(`${got}; not judged`)}"/>`
    }[result]
    return `    <testcase classname="callbox.load.${kind}" name="${toXmlText(what)}">${inner}</testcase>`
  })
  const whole =
    errors === 0
      ? '    <testcase classname="callbox.load.run" name="the load was the one that was asked for"/>'
      : `    <testcase classname="callbox.load.run" name="the load was the one that was asked for"><error message="${toXmlText(voids.join(' '))}"/></testcase>`
  const counts = `tests="${checks.length + 1}" failures="${failed}" errors="${errors}" skipped="${skipped}"`
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="callbox load ${asked.cps} calls/s" timestamp="${toXmlText(startedAt)}" ${counts}>
${[whole, ...cases].join('\n')}
  </testsuite>
</testsuites>
`
}

function toXmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
