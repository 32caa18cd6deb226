/*
 * The journal beside what PostgreSQL itself does: `node tests/bench/journal.ts [options]`. The same events as the
 * journal appends them (grouped commits, the call beside the event), as bare INSERTs of the journal's row with a commit
 * each, and as one COPY, which answers nobody and is the ceiling.
 *
 *   --events 20000   with 64 at once; a tenth of it one after the other
 *   --json FILE      the figures; default report/bench-journal.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import type { JournalEntry } from '../../src/journal/journal.ts'
import { PostgresJournal } from '../../src/journal/postgres-journal.ts'
import { Spool } from '../../src/journal/spool.ts'
import { SpoolFiles } from '../../src/journal/spool-files.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { isPoison } from '../../src/operations/postgres.ts'
import { appendEntries } from '../../src/records/journal-rows.ts'
import { monthsBefore, monthsBetween } from '../../src/records/month-parts.ts'
import { makeMonths } from '../../src/records/months.ts'
import { anOffer } from '../support/call-events.ts'
import { entriesOf } from '../support/journal-entries.ts'
import { type BenchStores, withStores } from './bench-stores.ts'
import { closedLoop } from './closed-loop.ts'
import type { Figures, Table } from './table.ts'

/** As wiring/open-stores.ts gives the journal. */
const JOURNAL_LINKS = 2
/** More do not make PostgreSQL quicker on two cores. */
const BARE_LINKS = 16
const AT_ONCE = 64
const WARM_UP = 500
/** Parts of the record: two years of calls stand beside today's. */
const MONTHS = 24
const SPOOL = { maxBytes: 100_000_000, maxWaiting: 100_000 } as const

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    json: { type: 'string', default: 'report/bench-journal.json' }
  }
})
const many = Number(values.events)
const few = Math.max(100, Math.round(many / 10))

const table = await withStores(run)
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

async function run(stores: BenchStores): Promise<Table> {
  const now = Date.now()
  await makeMonths(stores.openPool(1), monthsBetween(monthsBefore(now, MONTHS), now))
  const { journal, spool } = await openJournal(stores)
  const bare = stores.openPool(BARE_LINKS)
  await bare.query('create table bare (like journal including all)')
  await closedLoop(WARM_UP, AT_ONCE, appendAll(journal, 'warm', WARM_UP))
  await closedLoop(WARM_UP, AT_ONCE, insertAll(bare, 'warm-bare', WARM_UP))
  const rows: Figures[] = []
  for (const [count, atOnce, what] of [
    [few, 1, 'one after the other'],
    [many, AT_ONCE, `${AT_ONCE} at once`]
  ] as const) {
    say(`${count} events, ${what} …`)
    rows.push({ subject: 'Callbox', what, ...(await closedLoop(count, atOnce, appendAll(journal, what, count))) })
    const inserted = await closedLoop(count, atOnce, insertAll(bare, `bare ${what}`, count))
    rows.push({ subject: 'INSERT, a commit each', what, isReference: true, ...inserted })
  }
  say(`COPY of ${many} …`)
  rows.push(await copyAll(stores, bare, `${AT_ONCE} at once`))
  return {
    rows,
    notes: [
      `Events that went to the disk because PostgreSQL had not answered in time: ${spool.bytes === 0 ? 'none left there' : `${spool.bytes} bytes`}.`
    ]
  }
}

async function openJournal({ folder, openPool, releases }: BenchStores) {
  const pool = openPool(JOURNAL_LINKS)
  const hold = async () => async () => {}
  const spool = new SpoolFiles({ folder, name: 'bench', limits: SPOOL, hold, onSize: () => {}, log: silentLog })
  await spool.start()
  const journal = new PostgresJournal({
    appendEntries: entries => appendEntries(pool, entries),
    ...{ onSuperseded: () => {}, isPoison, spool, onState: () => {}, onDurable: () => {} },
    quarantine: new Spool({ folder, name: 'bench', suffix: '.quarantine', limits: SPOOL, onSize: () => {} }),
    ...{ maxPending: 100_000, log: silentLog, metrics: makeMetrics(), clock: systemClock }
  })
  releases.push('journal', () => journal.stop())
  return { journal, spool }
}

function appendAll(journal: PostgresJournal, name: string, count: number): (at: number) => Promise<void> {
  const entries = makeEntries(name, count)
  // Not `append`, which also answers by the disk: PostgreSQL is what both are asked for.
  return at => journal.write(entries[at] as JournalEntry)
}

function insertAll(pool: pg.Pool, name: string, count: number): (at: number) => Promise<unknown> {
  const rows = makeEntries(name, count).map(toValues)
  const text = `insert into bare (event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
  return at => pool.query({ name: 'bare-insert', text, values: [...(rows[at] ?? [])] })
}

/** From a file that PostgreSQL reads itself: no client is in it. */
async function copyAll({ folder }: BenchStores, pool: pg.Pool, what: string): Promise<Figures> {
  const path = join(folder, 'events.copy')
  const lines = makeEntries('copy', many).map(entry => toValues(entry).map(escaped).join('\t'))
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o644 })
  const startedAt = performance.now()
  await pool.query(
    `copy bare (event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event) from '${path}'`
  )
  const seconds = (performance.now() - startedAt) / 1_000
  return { subject: 'COPY, all at once', what, isReference: true, count: many, lost: 0, perSecond: many / seconds }
}

function makeEntries(name: string, count: number): JournalEntry[] {
  const startsAt = Date.now()
  return Array.from({ length: count }, (_, at) => {
    const [entry] = entriesOf(anOffer({ name: `${name} ${at}`, receivedAt: startsAt + at }))
    return entry as JournalEntry
  })
}

function toValues({ event, call, node }: JournalEntry): readonly (string | number)[] {
  const { eventId, kind, trunk, receivedAt } = event
  const { callId, generation, seq, force } = call
  return [eventId, callId, generation, seq, kind, force, trunk, node, receivedAt, JSON.stringify(event)]
}

function escaped(value: string | number): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
