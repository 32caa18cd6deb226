import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { makeMetrics } from '../../../src/operations/metrics.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8')

function inTable(heading: string): string[] {
  const part = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = part.split('\n').filter(line => line.startsWith('| `'))
  return rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')).sort()
}

t.test('every log event above debug is explained to operators, and nothing that is not logged', async t => {
  const events = new Set<string>()
  for (const name of await readdir(join(ROOT, 'src'), { recursive: true })) {
    if (!/\.tsx?$/.test(name) || /^(?:console|sdk|simulator)\//.test(name)) continue
    const text = await readFile(join(ROOT, 'src', name), 'utf8')
    for (const [, event] of text.matchAll(/\blog\??\.(?:info|warn|error|fault)\(\s*'([^']+)'/g)) events.add(event ?? '')
    for (const [, event] of text.matchAll(/#broke\('([^']+)'/g)) events.add(event ?? '')
    // Named after what is written: `receipts.${name}`.
    for (const [, kind] of text.matchAll(/make<\w+>\('(\w+)'/g)) events.add(`receipts.${kind}`)
  }
  t.ok(events.size > 30)
  t.same(inTable('Log'), [...events].sort())
})

t.test('every metric is explained to operators, and nothing that is not measured', async t => {
  const { registry } = makeMetrics()
  t.same(
    inTable('Metrics'),
    registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .sort()
  )
})
