import type pg from 'pg'
import type { AddressRow } from './record-rows.ts'
import { type RecordTable, toTextArray, upsert } from './upsert.ts'

export interface Owner {
  readonly force: string
  readonly source: string
}

type Row = AddressRow & Owner

const ADDRESS: RecordTable<Row> = {
  name: 'address',
  key: ['force', 'source', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    source: ['text', row => row.source],
    record_key: ['text', row => row.recordKey],
    text: ['text', row => row.text],
    latitude: ['double precision', row => row.latitude],
    longitude: ['double precision', row => row.longitude],
    easting: ['double precision', row => row.point?.easting],
    northing: ['double precision', row => row.point?.northing],
    as_of: ['bigint', row => row.asOf]
  },
  made: { place: 'point(easting, northing)' },
  newer: 'as_of'
}

/** Writes addresses that have a text; of one that several rows have, what is newest. */
export async function writeAddresses(client: pg.ClientBase, owner: Owner, rows: readonly AddressRow[]): Promise<void> {
  const byKey = new Map<string, Row>()
  for (const row of rows) {
    const known = byKey.get(row.recordKey)
    if (row.text === undefined || (known !== undefined && known.asOf > row.asOf)) continue
    byKey.set(row.recordKey, { ...row, ...owner })
  }
  await upsert(client, ADDRESS, [...byKey.values()])
}

/** Addresses of this source that nobody lives at, no number rings at and no warning is of. */
export async function removeIdleAddresses(client: pg.ClientBase, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await client.query(
    `delete from address where address_id = any($1::bigint[])
       and not exists (select from person_address where person_address.address_id = address.address_id)
       and not exists (select from number_link where number_link.address_id = address.address_id)
       and not exists (select from marker where marker.address_id = address.address_id)`,
    [ids]
  )
}

/** Ids of records by their keys. */
export async function idsOf(
  client: pg.ClientBase,
  table: 'person' | 'address',
  { force, source }: Owner,
  keys: readonly string[]
): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map()
  const { rows } = await client.query<{ record_key: string; id: number }>(
    `select record_key, ${table}_id as id from ${table}
     where force = $1 and source = $2 and record_key = any($3::text[])`,
    [force, source, toTextArray(keys)]
  )
  return new Map(rows.map(row => [row.record_key, row.id]))
}

/** Two who write the same records at once take them in the same order, or each would wait for the other. */
export function inOrder<T extends { readonly recordKey: string }>(rows: Iterable<T>): T[] {
  return [...rows].sort((one, other) => (one.recordKey < other.recordKey ? -1 : 1))
}
