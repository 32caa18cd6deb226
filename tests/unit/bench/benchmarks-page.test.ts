import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BENCHES } from '../../bench/benches.ts'
import { readKept, toPage } from '../../bench/benchmarks-page.ts'
import { toMarkdown } from '../../bench/table.ts'
import { report } from '../../support/load-report.ts'

const RUN = {
  ...{
    name: 'sip',
    seconds: 90,
    at: '2026-03-03T12:00:00.000Z',
    size: 'full',
    version: '1.0.0',
    node: '24.0.0',
    machine: '2 × CPU, 8 GB'
  },
  ...{ loadAverage: 0.2, command: 'npm run bench -- --only sip' }
}
const point = { what: '500/s, u1', offered: 10_000, failed: 0, p50: 0.4, p99: 7.2, cpuUsPerCall: 324, rssMb: 120 }

t.test('each figure stands beside its reference, with the ratio and the command that gives it', async t => {
  const figures = {
    points: [
      { ...point, subject: 'Callbox', what: '1000/s, u1' },
      { ...point, subject: 'Kamailio tm', what: '1000/s, u1', cpuUsPerCall: 81, p50: 0.2, p99: 0.5 }
    ]
  }
  const page = toPage([{ run: RUN, figures }])
  const ratios = 'p50 × 2\\.0, p99 × 14, CPU × 4\\.0'
  t.match(
    page,
    new RegExp(
      `^\\| 1000/s, u1 \\| Callbox \\| 10,000 \\| 0 \\| 0\\.40 / 7\\.2 ms \\| 324 µs \\| 120 MB \\| ${ratios} \\|$`,
      'm'
    )
  )
  t.match(page, /^\| 1000\/s, u1 \| \*Kamailio tm\* \|/m, 'the reference is told apart')
  t.match(
    page,
    new RegExp(`^\\| The SIP driver alone \\| Callbox, 1000/s, u1 \\| ${ratios} \\| 0 \\|$`, 'm'),
    'the summary'
  )
  t.match(
    page,
    /`npm run bench -- --only sip`, 2026-03-03 12:00 UTC, 90 s, Callbox 1\.0\.0.*load average before it 0\.2\./
  )
})

t.test('what was measured on another machine stays on the page, and gives way to what is measured here', async t => {
  const first = toPage([{ run: RUN, figures: { points: [{ ...point, subject: 'Callbox' }] } }])
  const journal = { rows: [{ subject: 'Callbox', what: '64 at once', count: 1_000, lost: 0, p50: 3 }] }
  const second = toPage([{ run: { ...RUN, name: 'journal' }, figures: journal }], first)
  t.match(second, /^\| 500\/s, u1 \| Callbox \| 10,000 /m, 'of the one that was not run here')
  t.match(second, /^\| The SIP driver alone \| Callbox, 500\/s, u1 \|/m)
  t.match(second, /^\| The journal \| Callbox, 64 at once \|/m)
  t.equal(
    toPage([{ run: { ...RUN, name: 'journal' }, figures: journal }], second),
    second,
    'written again it is the same'
  )
  const third = toPage([{ run: RUN, figures: { points: [{ ...point, subject: 'Callbox', offered: 77 }] } }], second)
  t.match(third, /^\| 500\/s, u1 \| Callbox \| 77 /m)
  t.notMatch(third, /10,000 \| 0 \| 0\.40/)
  t.match(third, /^Not run yet: `npm run bench -- --only relay`/m, 'of one that was run nowhere')
})

t.test('what was lost is later than any number, on either side', async t => {
  const rows = [
    { subject: 'Callbox', what: 'a', count: 10, lost: 2, p50: 1, p99: 'lost' as const },
    { subject: 'bare', what: 'a', isReference: true, count: 10, lost: 0, p50: 1, p99: 2 },
    { subject: 'Callbox', what: 'b', count: 10, lost: 0, p50: 1, p99: 2 },
    { subject: 'bare', what: 'b', isReference: true, count: 10, lost: 1, p50: 1, p99: null }
  ]
  const text = toMarkdown({ rows })
  t.match(text, /\| a \| Callbox \| 10 \| 2 \| 1\.0 \/ lost ms \| p50 × 1\.0, p99 × ∞, lost 2 to 0 \|/)
  t.match(text, /\| b \| Callbox \| 10 \| 0 \| 1\.0 \/ 2\.0 ms \| p50 × 1\.0, p99 × 0 \|/)
  t.notMatch(text, /CPU|memory|a second/, 'a column that nobody fills is left out')
})

t.test('a reference that this machine does not have is a line that says how to get it', async t => {
  const missing = [{ subject: 'Kamailio tm', install: 'apt-get install kamailio' }]
  const page = toPage([
    { run: RUN, figures: { points: [{ ...point, subject: 'Callbox', what: '1000/s, u1' }], missing } }
  ])
  t.match(page, /\| \*Kamailio tm\* \| reference not here: `apt-get install kamailio` \|/)
  t.match(page, /^\| The SIP driver alone \| Callbox, 1000\/s, u1 \| Kamailio tm is not here \| 0 \|$/m)
  for (const line of page.split('\n').filter(line => line.startsWith('| *Kamailio') || line.startsWith('| 1000/s'))) {
    t.equal(
      line.split(' | ').length,
      page
        .split('\n')
        .find(head => head.startsWith('| of |  |'))
        ?.split(' | ').length
    )
  }
})

t.test('the report of a load is a bench too, and a void one says so', async t => {
  const made = report({ generator: { ...report().generator, watchdog: 1 } })
  const page = toPage([{ run: { ...RUN, name: 'load-200' }, figures: JSON.parse(JSON.stringify(made)) }])
  t.match(page, /^\| [\d,]+\/s \| Callbox, bare pop \| [\d,]+ \| 0 \| 4\.0 \/ 6\.0 ms \|/m)
  t.match(
    page,
    /^300 calls with those of the warm-up, 0 without their pop; .* The verdict: void \(Times that SIPp itself stood still/m
  )
})

t.test('what was not run is said, and what was is kept from one time to the next', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const built = BENCHES.filter(({ args }) => args !== undefined).length
  t.equal(toPage(await readKept(folder)).match(/Not run yet/g)?.length, built)
  t.equal(built, BENCHES.length, 'there is none that cannot be run')
  await mkdir(join(folder, 'sip'))
  await writeFile(join(folder, 'sip/run.json'), JSON.stringify(RUN))
  await writeFile(join(folder, 'sip/load.json'), JSON.stringify({ points: [] }))
  t.equal(toPage(await readKept(folder)).match(/Not run yet/g)?.length, built - 1)
  await writeFile(join(folder, 'sip/load.json'), JSON.stringify({ figures: 'of another form' }))
  t.equal(toPage(await readKept(folder)).match(/Not run yet/g)?.length, built, 'what cannot be read is no figure')
})
