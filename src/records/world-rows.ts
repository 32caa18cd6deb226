import type pg from 'pg'
import { inTransaction } from '../operations/postgres.ts'
import { copyRows, type Field } from './copy-rows.ts'
import { countAllCrimes } from './crime-counts.ts'

/** A table of a made-up world. `ids`: columns whose numbers count from 0 and are moved behind what the table holds. */
export interface WorldTable {
  readonly table: string
  readonly columns: readonly string[]
  /** Which column takes numbers of which table. */
  readonly ids: Readonly<Record<string, WorldId>>
  /** How many numbers this table itself takes. */
  readonly takes?: { readonly id: WorldId; readonly count: number }
  readonly rows: () => Iterable<readonly Field[]>
}

export type WorldId = 'person' | 'address' | 'incident'

/** Told as rows go in. */
export type OnWorldProgress = (table: string, count: number) => void

const SEQUENCES: Readonly<Record<WorldId, string>> = {
  person: `pg_get_serial_sequence('person', 'person_id')`,
  address: `pg_get_serial_sequence('address', 'address_id')`,
  incident: `pg_get_serial_sequence('incident', 'incident_id')`
}

/** Any number of our own: two that write a world do so one after the other. */
const WORLD_LOCK = 719_203_207

/**
 * Writes all of it in one transaction by COPY, which takes no lock that a call waits for. False, with nothing written,
 * where there are crimes already.
 */
export async function writeWorld(
  pool: pg.Pool,
  tables: readonly WorldTable[],
  onProgress: OnWorldProgress = () => {}
): Promise<boolean> {
  const isWritten = await inTransaction(pool, async client => {
    await client.query('set local statement_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1)', [WORLD_LOCK])
    const { rowCount } = await client.query('select 1 from crime limit 1')
    if (rowCount === 0) await copyAll(client, tables, onProgress)
    return rowCount === 0
  })
  if (!isWritten) return false
  // Without it PostgreSQL plans for empty tables until its own daemon comes round.
  for (const { table } of tables) await pool.query(`analyze ${table}`)
  await countAllCrimes(pool)
  return true
}

async function copyAll(client: pg.PoolClient, tables: readonly WorldTable[], onProgress: OnWorldProgress) {
  const bases = new Map<WorldId, number>()
  for (const { takes } of tables) {
    if (takes !== undefined) bases.set(takes.id, await reserve(client, takes.id, takes.count))
  }
  for (const table of tables) {
    const moved = table.columns.map(column => bases.get(table.ids[column] as WorldId) ?? 0)
    const isMoved = moved.some(by => by > 0)
    await copyRows(client, table, isMoved ? movedRows(table.rows(), moved) : table.rows(), count =>
      onProgress(table.table, count)
    )
  }
}

/** The first of so many numbers that nobody else is given. */
async function reserve(client: pg.PoolClient, id: WorldId, count: number): Promise<number> {
  const sequence = SEQUENCES[id]
  const { rows } = await client.query<{ first: number }>(
    `select first, setval(${sequence}, first + $1) from (select nextval(${sequence}) as first) as next`,
    [count]
  )
  return Number(rows[0]?.first)
}

function* movedRows(rows: Iterable<readonly Field[]>, by: readonly number[]): Generator<readonly Field[]> {
  for (const row of rows) yield row.map((field, at) => (typeof field === 'number' ? field + (by[at] ?? 0) : field))
}
