import type pg from 'pg'
import type { NationalGrid } from '../../grid/national-grid.ts'
import { inTransaction } from '../../operations/postgres.ts'
import { countCrimes } from '../crime-counts.ts'
import { cellOf } from '../crimes.ts'
import { readRecord } from './record-reader.ts'
import type { RowOf } from './record-rows.ts'
import type { RecordKind } from './record-schemas.ts'
import { putRecords, removeRecords } from './write-records.ts'

/** What became of one row of a batch. */
export type RowResult =
  | { readonly result: 'added' | 'changed' | 'unchanged' | 'removed' | 'absent' }
  | { readonly result: 'refused'; readonly code: RowCode; readonly text: string }

export type RowCode = 'records.bad-row' | 'records.twice' | 'records.not-kept' | 'records.still-needed'

export interface Batch {
  readonly kind: RecordKind
  readonly force: string
  readonly source: string
  readonly asOf: number
  readonly rows: readonly unknown[]
}

/**
 * Writes a batch in one transaction that is on the disk when this resolves, and says of each row what became of it:
 * those that are in order are taken, whatever the others are. Rejects as the record does, and then none is taken. The
 * same batch again changes nothing.
 */
export async function pushRecords(pool: pg.Pool, batch: Batch, grid: NationalGrid): Promise<readonly RowResult[]> {
  const { kind, force, source } = batch
  const sorted = sortOut(batch, grid)
  const touched = kind === 'crimes' ? new Set<number>() : undefined
  const results = await inTransaction(pool, async client => {
    // Two batches of one sender at once would wait for each other's rows, each in its own order.
    const turn = `callbox-push-${force}/${source}/${kind}`
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [turn])
    for (const cell of await cellsTouched(client, batch, sorted)) touched?.add(cell)
    const written = await putRecords(client, kind, { force, source }, [...sorted.rows.values()])
    const removed = await removeRecords(client, kind, { force, source }, [...sorted.tombstones.keys()])
    return join(sorted, written, removed)
  })
  if (touched !== undefined && touched.size > 0) await countCrimes(pool, { force, source }, [...touched])
  return results
}

/** The squares in which crimes of the batch lay and will lie: their counts are other ones afterwards. */
async function cellsTouched(
  client: pg.ClientBase,
  { kind, force, source }: Batch,
  { rows, tombstones }: Sorted<RowOf[RecordKind]>
): Promise<readonly number[]> {
  if (kind !== 'crimes') return []
  const coming = [...rows.values()].flatMap(row => {
    const { easting, northing } = row as RowOf['crimes']
    return easting === undefined || northing === undefined ? [] : [cellOf({ easting, northing })]
  })
  const { rows: standing } = await client.query<{ easting: number; northing: number }>(
    `select place[0] as easting, place[1] as northing from crime
     where force = $1 and source = $2 and record_key = any($3::text[]) and place is not null`,
    [force, source, [...rows.keys(), ...tombstones.keys()]]
  )
  return [...coming, ...standing.map(cellOf)]
}

interface Sorted<Row> {
  readonly rows: ReadonlyMap<string, Row>
  readonly tombstones: ReadonlyMap<string, number>
  /** Of each row its key, or why it is not taken. */
  readonly each: readonly (string | Extract<RowResult, { result: 'refused' }>)[]
}

function sortOut({ kind, force, asOf, rows: given }: Batch, grid: NationalGrid): Sorted<RowOf[RecordKind]> {
  const [rows, tombstones] = [new Map<string, RowOf[RecordKind]>(), new Map<string, number>()]
  const each = given.map((record, at) => {
    const read = readRecord(kind, record, { force, asOf, grid })
    if (read.kind === 'bad') return refused('records.bad-row', read.reason)
    const key = read.kind === 'row' ? read.row.recordKey : read.recordKey
    if (rows.has(key) || tombstones.has(key))
      return refused('records.twice', 'its record_key stands in this batch before')
    if (read.kind === 'row') rows.set(key, read.row)
    else tombstones.set(key, at)
    return key
  })
  return { rows, tombstones, each }
}

function refused(code: RowCode, text: string): Extract<RowResult, { result: 'refused' }> {
  return { result: 'refused', code, text }
}

function join(
  { rows, tombstones, each }: Sorted<unknown>,
  written: Awaited<ReturnType<typeof putRecords>>,
  removed: Awaited<ReturnType<typeof removeRecords>>
): readonly RowResult[] {
  const results = new Map<string, RowResult>()
  for (const key of rows.keys()) results.set(key, { result: 'unchanged' })
  for (const key of tombstones.keys()) results.set(key, { result: 'absent' })
  for (const { key, isNew } of written.put) results.set(key, { result: isNew ? 'added' : 'changed' })
  for (const { key, reason } of written.refused) results.set(key, refused('records.not-kept', reason))
  for (const key of removed.gone) results.set(key, { result: 'removed' })
  for (const { key, reason } of removed.kept) results.set(key, refused('records.still-needed', reason))
  return each.map(one => (typeof one === 'string' ? (results.get(one) ?? { result: 'unchanged' }) : one))
}
