import type pg from 'pg'
import { leastIdAt } from '../call/ids.ts'
import { pause } from '../operations/lifecycle.ts'
import { patient, transaction } from '../operations/postgres.ts'
import { isLocked, isTooLong, LOCK_WITHIN_MS } from './short-locks.ts'

/*
 * What a month of the record is: its name, its ids, and how its part is hung in without a call waiting for it for long.
 */

/** The tables, and the column that says the month. */
const TABLES = {
  // A call is written some five times while it lives: with room left in its page most of that touches no index.
  contact: { key: 'call_id', storage: 'with (fillfactor = 50)' },
  journal: { key: 'event_id', storage: '' }
} as const

export type MonthlyTable = keyof typeof TABLES
export const MONTHLY_TABLES = Object.keys(TABLES) as MonthlyTable[]

const TRIES = 20
const AGAIN_AFTER_MS = 250
const UNHURRIED_MS = 3_600_000
/** While calls wait; what takes longer is taken back. */
const CHANGE_WITHIN_MS = 500

export interface Month {
  /** `2026_03`, as it stands in the name of its part. */
  readonly name: string
  /** Epoch ms of its start and of the next one's, UTC. */
  readonly from: number
  readonly to: number
}

/** The months from that of `from` to that of `to`, epoch ms, both of them too. */
export function monthsBetween(from: number, to: number): Month[] {
  const months: Month[] = []
  for (let at = monthAt(from); at.from <= to; at = monthAt(at.to)) months.push(at)
  return months
}

/** The month of this time, epoch ms. */
export function monthAt(ms: number): Month {
  const day = new Date(ms)
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()]
  const name = `${year}_${String(month + 1).padStart(2, '0')}`
  return { name, from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
}

/** So many months before this time, epoch ms: the same day and hour, or the month's last. */
export function monthsBefore(ms: number, months: number): number {
  const at = new Date(ms)
  const day = at.getUTCDate()
  at.setUTCDate(1)
  at.setUTCMonth(at.getUTCMonth() - months)
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate()
  return at.setUTCDate(Math.min(day, last))
}

/** The months that have a part in `table`, oldest first. */
export async function knownMonths(link: pg.Pool | pg.ClientBase, table: MonthlyTable): Promise<Month[]> {
  const { rows } = await link.query<{ name: string }>(
    `select part.relname as name from pg_inherits join pg_class part on part.oid = inhrelid
     where inhparent = $1::regclass and part.relname ~ '_[0-9]{4}_[0-9]{2}$' order by 1`,
    [table]
  )
  return rows.map(({ name }) => {
    const [year, month] = name.slice(-7).split('_').map(Number)
    return monthAt(Date.UTC(year ?? 0, (month ?? 1) - 1))
  })
}

/** What a part is called. */
export function partOf(table: MonthlyTable, month: Month): string {
  return `${table}_${month.name}`
}

/** Which ids are of a month, as bounds and as a condition on a column; SQL. */
export function idsOf(table: MonthlyTable, month: Month) {
  const [from, to] = [leastIdAt(month.from), leastIdAt(month.to)]
  const { key, storage } = TABLES[table]
  const within = (column: string) => `${column} >= '${from}' and ${column} < '${to}'`
  return { key, storage, within, values: `for values from ('${from}') to ('${to}')` }
}

/** In a transaction whose locks are waited for shortly; again while others have them. Undefined, or why it was in vain. */
export async function patiently(client: pg.PoolClient, run: () => Promise<void>): Promise<string | undefined> {
  for (let tried = 1; ; tried++) {
    try {
      await transaction(client, async () => {
        await client.query(`set local lock_timeout = ${LOCK_WITHIN_MS}`)
        await client.query(`set local statement_timeout = ${CHANGE_WITHIN_MS}`)
        await run()
      })
      return undefined
    } catch (thrown) {
      if (isTooLong(thrown)) return `it takes longer than ${CHANGE_WITHIN_MS} ms`
      if (!isLocked(thrown)) throw thrown
      if (tried === TRIES) return 'others had it locked at each try'
    }
    await pause(AGAIN_AFTER_MS)
  }
}

/** Beside calls and as long as it takes, locked against nothing that they do. */
export async function unhurried(client: pg.PoolClient, text: string): Promise<void> {
  await client.query('set statement_timeout = 0')
  try {
    await client.query(patient(text, { withinMs: UNHURRIED_MS }))
  } finally {
    await client.query('reset statement_timeout')
  }
}
