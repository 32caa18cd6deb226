import type pg from 'pg'
import type { CrimeRow } from './crime-row.ts'
import { type Put, type RecordTable, toTextArray, upsert, upsertCounted } from './upsert.ts'

type Row = CrimeRow & { readonly source: string }

const CRIME: RecordTable<Row> = {
  name: 'crime',
  key: ['force', 'source', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    source: ['text', row => row.source],
    record_key: ['text', row => row.recordKey],
    category: ['text', row => row.category],
    month: ['integer', row => row.month],
    happened_at: ['bigint', row => row.happenedAt],
    easting: ['double precision', row => row.easting],
    northing: ['double precision', row => row.northing],
    location: ['text', row => row.location],
    outcome: ['text', row => row.outcome],
    is_outlier: ['boolean', row => row.isOutlier],
    as_of: ['bigint', row => row.asOf]
  },
  made: { place: 'point(easting, northing)' },
  // A crime says what it said when its source last said something else.
  quiet: ['as_of'],
  newer: 'as_of'
}

/*
 * Crimes written and taken away by an import or a push; whoever does it has them counted afterwards, once for all batches
 * (records/crime-counts.ts).
 */

/** Rows with different keys, from a file: only how many were new and how many changed, and as `upsertCounted` writes them. */
export function writeCrimes(source: string, rows: readonly CrimeRow[]): ReturnType<typeof upsertCounted> {
  return upsertCounted(CRIME, withSource(source, rows))
}

/** The same for a push, whose sender is told of each row. */
export function putCrimes(client: pg.ClientBase, source: string, rows: readonly CrimeRow[]): Promise<readonly Put[]> {
  return upsert(client, CRIME, withSource(source, rows))
}

/** Takes crimes away; gives the keys that were there. */
export async function removeCrimes(
  client: pg.ClientBase,
  { force, source }: { readonly force: string; readonly source: string },
  keys: readonly string[]
): Promise<readonly string[]> {
  const { rows } = await client.query<{ record_key: string }>(
    'delete from crime where force = $1 and source = $2 and record_key = any($3::text[]) returning record_key',
    [force, source, toTextArray(keys)]
  )
  return rows.map(row => row.record_key)
}

function withSource(source: string, rows: readonly CrimeRow[]): readonly Row[] {
  return rows.map(row => ({ ...row, source }))
}
