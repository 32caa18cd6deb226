import type pg from 'pg'
import type { MarkerRow } from './record-rows.ts'
import { type Put, type RecordTable, toTextArray, upsert } from './upsert.ts'
import { idsOf, inOrder, type Owner, removeIdleAddresses, writeAddresses } from './write-addresses.ts'

interface Row extends MarkerRow, Owner {
  readonly personId: number | undefined
  readonly addressId: number | undefined
}

const MARKER: RecordTable<Row> = {
  name: 'marker',
  key: ['force', 'source', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    source: ['text', row => row.source],
    record_key: ['text', row => row.recordKey],
    kind: ['text', row => row.kind],
    person_id: ['bigint', row => row.personId],
    address_id: ['bigint', row => row.addressId],
    e164: ['text', row => row.e164],
    text: ['text', row => row.text],
    grade: ['text', row => row.grade],
    made_at: ['bigint', row => row.madeAt],
    review_at: ['bigint', row => row.reviewAt],
    expires_at: ['bigint', row => row.expiresAt],
    as_of: ['bigint', row => row.asOf]
  },
  newer: 'as_of'
}

export interface MarkersPut {
  readonly put: readonly Put[]
  readonly refused: readonly { readonly key: string; readonly reason: string }[]
}

/**
 * Writes warnings with different keys; one whose person or address is not on record is refused, never written of
 * nobody.
 */
export async function putMarkers(client: pg.ClientBase, owner: Owner, rows: readonly MarkerRow[]): Promise<MarkersPut> {
  await writeAddresses(
    client,
    owner,
    rows.flatMap(({ address }) => (address === undefined ? [] : [address]))
  )
  const people = await idsOf(
    client,
    'person',
    owner,
    rows.flatMap(({ person }) => person ?? [])
  )
  const addresses = await idsOf(
    client,
    'address',
    owner,
    rows.flatMap(({ address }) => address?.recordKey ?? [])
  )
  const [ready, refused]: [Row[], MarkersPut['refused'][number][]] = [[], []]
  for (const row of inOrder(rows)) {
    const personId = row.person === undefined ? undefined : people.get(row.person)
    const addressId = row.address === undefined ? undefined : addresses.get(row.address.recordKey)
    const lost = row.person !== undefined && personId === undefined ? 'person' : 'address'
    if (personId === undefined && addressId === undefined && row.e164 === undefined) {
      refused.push({ key: row.recordKey, reason: `no ${lost} of this source with that record_key is on record` })
    } else ready.push({ ...row, ...owner, personId, addressId })
  }
  return { put: await upsert(client, MARKER, ready), refused }
}

/** Takes warnings away, and the addresses that were there for them alone; gives the keys that were there. */
export async function removeMarkers(
  client: pg.ClientBase,
  { force, source }: Owner,
  keys: readonly string[]
): Promise<readonly string[]> {
  const { rows } = await client.query<{ record_key: string; address_id: number | null }>(
    `delete from marker where force = $1 and source = $2 and record_key = any($3::text[])
     returning record_key, address_id`,
    [force, source, toTextArray(keys)]
  )
  await removeIdleAddresses(
    client,
    rows.flatMap(({ address_id: id }) => (id === null ? [] : [id]))
  )
  return rows.map(row => row.record_key)
}
