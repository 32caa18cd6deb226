/*
 * Kills, freezes and slows each source in turn under load, and says what became of its panel and of all others:
 * `node tests/bench/sources.ts [options]`. A gateway of its own, 50 calls a second, the six sources of the demo: the built-in
 * ones over a proxy that tells their pools of PostgreSQL apart, each other system a process of its own.
 *
 *   --rate 50            calls a second
 *   --lasts 10           seconds that each fault lasts; as long after it, and 3 before
 *   --only keeper,history these sources and no others
 *   --json FILE          keeps the figures, beside those it has of other sources; default report/bench-sources.json
 *   --table FILE         writes a table of all that are kept between the marks of this page, as docs/sources.md
 *
 * Ends with 1 when a panel of another source changed, a lie was told, or a source was not found again.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { judge, type Row, toTable } from './source-figures.ts'
import { openSourceRig, SOURCES, type SourceRig } from './source-rig.ts'

const MARKS = ['<!-- figures: node tests/bench/sources.ts -->', '<!-- end of figures -->'] as const
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50' },
    lasts: { type: 'string', default: '10' },
    only: { type: 'string' },
    json: { type: 'string', default: 'report/bench-sources.json' },
    table: { type: 'string' }
  }
})
const [rate, lastsMs] = [Number(values.rate), Number(values.lasts) * 1_000]
const wanted = values.only?.split(',') ?? SOURCES
const unknown = wanted.filter(name => !SOURCES.includes(name))
if (unknown.length > 0) throw new Error(`no such source: ${unknown.join(', ')}; there are ${SOURCES.join(', ')}`)

const rig = await openSourceRig()
const rows: Row[] = []
try {
  for (const source of wanted)
    for (const fault of ['killed', 'frozen', 'slow'] as const) rows.push(await one(rig, source, fault))
} finally {
  await rig.stop()
}
const kept = await keep(values.json, rows)
const table = toTable(kept, rate, lastsMs)
process.stdout.write(`\n${table}\n`)
if (values.table !== undefined) {
  const page = await readFile(values.table, 'utf8')
  const [before = '', rest = ''] = page.split(MARKS[0])
  const after = rest.split(MARKS[1])[1]
  if (after === undefined) throw new Error(`${values.table} has no marks`)
  await writeFile(values.table, `${before}${MARKS[0]}\n\n${table}\n\n${MARKS[1]}${after}`)
}
const wrong = rows.flatMap(({ wrong }) => wrong)
for (const each of wrong) process.stdout.write(`wrong: ${each}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1

async function one(rig: SourceRig, source: string, fault: Row['fault']): Promise<Row> {
  process.stdout.write(`${source}, ${fault} …\n`)
  const run = await rig.run({ source, fault, rate, lastsMs })
  const row = judge({ source, fault, ...run })
  process.stdout.write(`  ${JSON.stringify({ ...row, wrong: row.wrong.length })}\n`)
  return row
}

/** In the order of the sources, a row of this run in place of an older one. */
async function keep(path: string, rows: readonly Row[]): Promise<readonly Row[]> {
  const text = await readFile(path, 'utf8').catch(() => '[]')
  const before = (JSON.parse(text) as Row[]).filter(row => !rows.some(each => each.source === row.source))
  const all = [...before, ...rows].sort((one, other) => SOURCES.indexOf(one.source) - SOURCES.indexOf(other.source))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(all, null, 1)}\n`)
  return all
}
