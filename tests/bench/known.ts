/*
 * How fast what is known around a caller is found, at full size: `node tests/bench/known.ts [options]`. Fills a record
 * of its own for each subject (known-subjects.ts), asks one question after the other, and explains each statement.
 *
 *   --only "crimes, own"  these and no others, separated by semicolons
 *   --rows 1000000        of each that is generated
 *   --asks 3000           of each kind, one after the other
 *   --json FILE           the figures; default report/bench-known.json
 *   --page FILE           writes the page of the figures and plans; docs/lookups.md is this one
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { type BenchStores, withStores } from './bench-stores.ts'
import { closedLoop } from './closed-loop.ts'
import { type KnownFigures, toKnownPage } from './known-page.ts'
import { type Explained, KNOWN_SUBJECTS } from './known-subjects.ts'

/** As wiring/open-stores.ts gives each lookup. */
const LOOKUP_LINKS = 6
const WARM_UP = 300
const SETTLE_MS = 3_000
/** Only after some runs does PostgreSQL keep one plan for a prepared statement. */
const RUNS_BEFORE_PLAN = 7

/** What nothing can be quicker than here, and how much of a p99 is the machine's. */
const BY_KEY = { name: 'by-key', text: 'select * from migration where name = $1::int::text' }

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string', default: '1000000' },
    asks: { type: 'string', default: '3000' },
    json: { type: 'string', default: 'report/bench-known.json' },
    page: { type: 'string' }
  }
})
const [rows, asks] = [Number(values.rows), Number(values.asks)]
const wanted = values.only?.split(';')
const subjects = KNOWN_SUBJECTS.filter(({ name }) => wanted?.includes(name) ?? true)
if (subjects.length === 0) {
  process.stderr.write(`no such subject; there are ${KNOWN_SUBJECTS.map(({ name }) => name).join('; ')}\n`)
  process.exit(2)
}

const figures = await withStores(run)
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(figures, null, 1)}\n`)
if (values.page !== undefined) await writeFile(values.page, toKnownPage(figures))

async function run({ openPool }: BenchStores): Promise<readonly KnownFigures[]> {
  const pool = openPool(LOOKUP_LINKS, { keepsPlans: true })
  const done: KnownFigures[] = []
  for (const subject of subjects) {
    process.stdout.write(`\n${subject.name}: filling …\n`)
    const prepared = await subject.prepare(pool, rows)
    if (typeof prepared === 'string') {
      process.stdout.write(`${prepared}\n`)
      continue
    }
    // What was filled is still being written out: a record in use is not as busy as that.
    await pool.query('checkpoint')
    await pause(SETTLE_MS)
    const title = subject.title(prepared.rows)
    process.stdout.write(`${title}\n${prepared.notes.join('\n')}\n`)
    const cases: KnownFigures['cases'][number][] = []
    const byKey = async (at: number) => void (await pool.query({ ...BY_KEY, values: [at] }))
    await closedLoop(WARM_UP, 1, byKey)
    const reference = await closedLoop(asks, 1, byKey)
    for (const { what, goalMs, mustMs, ask, atMost = asks } of prepared.cases) {
      await closedLoop(Math.min(WARM_UP, atMost), 1, ask)
      const measured = await closedLoop(Math.min(asks, atMost), 1, ask)
      cases.push({
        what,
        ...(goalMs === undefined ? {} : { goalMs }),
        ...(mustMs === undefined ? {} : { mustMs }),
        ...measured
      })
      process.stdout.write(
        `  ${what}: p50 ${inMs(measured.p50)}, p99 ${inMs(measured.p99)}, ${measured.lost} lost of ${measured.count}\n`
      )
    }
    const plans: { name: string; plan: string }[] = []
    for (const statement of await prepared.explain())
      plans.push({ name: statement.name, plan: await planOf(pool, statement) })
    cases.push({ what: '*a SELECT of one row by its key, for scale*', ...reference })
    done.push({ title, notes: prepared.notes, cases, plans })
  }
  return done
}

/** The plan that a prepared statement has come to, with what it took this time. */
async function planOf(pool: pg.Pool, { text, values }: Explained): Promise<string> {
  const client = await pool.connect()
  try {
    const literals = values.map(value => literal(client, value)).join(', ')
    await client.query(`prepare explained as ${text}`)
    for (let n = 0; n < RUNS_BEFORE_PLAN; n++) await client.query(`execute explained (${literals})`)
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers) execute explained (${literals})`
    )
    await client.query('deallocate explained')
    return rows.map(row => row['QUERY PLAN']).join('\n')
  } finally {
    client.release()
  }
}

function literal(client: pg.PoolClient, value: unknown): string {
  if (Array.isArray(value)) return client.escapeLiteral(`{${value.join(',')}}`)
  return typeof value === 'number' ? String(value) : client.escapeLiteral(String(value))
}

function inMs(ms: unknown): string {
  return typeof ms === 'number' ? `${ms.toFixed(2)} ms` : 'lost'
}
