import type pg from 'pg'
import type { PersonRow } from './record-rows.ts'
import { type Put, type RecordTable, toTextArray, upsert } from './upsert.ts'
import { idsOf, inOrder, type Owner, removeIdleAddresses, writeAddresses } from './write-addresses.ts'

const PERSON: RecordTable<PersonRow & Owner> = {
  name: 'person',
  key: ['force', 'source', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    source: ['text', row => row.source],
    record_key: ['text', row => row.recordKey],
    name: ['text', row => row.name],
    born: ['text', row => row.born],
    as_of: ['bigint', row => row.asOf]
  },
  newer: 'as_of'
}

interface LinkRow {
  readonly key: string
  readonly e164: string
  readonly force: string
  readonly person: number
  readonly address: number | undefined
  readonly relation: string
  readonly asOf: number
}

const LINK: RecordTable<LinkRow> = {
  name: 'number_link',
  key: ['force', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    record_key: ['text', row => row.key],
    e164: ['text', row => row.e164],
    person_id: ['bigint', row => row.person],
    address_id: ['bigint', row => row.address],
    relation: ['text', row => row.relation],
    as_of: ['bigint', row => row.asOf]
  }
}

interface HomeRow {
  readonly person: number
  readonly address: number
  readonly relation: string
  readonly asOf: number
  readonly untilAt: number | undefined
}

const HOME: RecordTable<HomeRow> = {
  name: 'person_address',
  key: ['address_id', 'person_id'],
  columns: {
    person_id: ['bigint', row => row.person],
    address_id: ['bigint', row => row.address],
    relation: ['text', row => row.relation],
    as_of: ['bigint', row => row.asOf],
    until_at: ['bigint', row => row.untilAt]
  }
}

/**
 * Writes people with different keys, each with all its numbers and addresses: what a record has no longer is taken away
 * with it. A record older than the one there changes nothing.
 */
export async function putPeople(
  client: pg.ClientBase,
  owner: Owner,
  rows: readonly PersonRow[]
): Promise<readonly Put[]> {
  const people = inOrder(rows)
  const put = new Map(
    (
      await upsert(
        client,
        PERSON,
        people.map(row => ({ ...row, ...owner }))
      )
    ).map(({ key, isNew }) => [key, isNew])
  )
  const ids = await currentIds(client, owner, people)
  const current = people.filter(({ recordKey }) => ids.has(recordKey))
  const keys = new Map([...ids].map(([key, id]) => [id, key]))
  await writeAddresses(
    client,
    owner,
    current.flatMap(({ addresses }) => addresses)
  )
  const places = await idsOf(client, 'address', owner, [
    ...new Set(current.flatMap(({ addresses }) => addresses.map(({ recordKey }) => recordKey)))
  ])
  const links = await putLinks(client, owner, { people: current, ids, places })
  const homes = await putHomes(client, { people: current, ids, places })
  // Not before both are written: what a number leaves may be where the person lives.
  await removeIdleAddresses(client, [...links.left, ...homes.left])
  for (const id of [...links.touched, ...homes.touched]) {
    const key = keys.get(id)
    if (key !== undefined && !put.has(key)) put.set(key, false)
  }
  return [...put].map(([key, isNew]) => ({ key, isNew }))
}

/** Ids of those whose row there is now this one, not a newer. */
async function currentIds(
  client: pg.ClientBase,
  { force, source }: Owner,
  people: readonly PersonRow[]
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ record_key: string; person_id: number }>(
    `select person.record_key, person_id
     from unnest($3::text[], $4::bigint[]) as g(record_key, as_of)
       join person on person.force = $1 and person.source = $2 and person.record_key = g.record_key
         and person.as_of = g.as_of`,
    [force, source, toTextArray(people.map(({ recordKey }) => recordKey)), people.map(({ asOf }) => asOf)]
  )
  return new Map(rows.map(row => [row.record_key, row.person_id]))
}

/** People whose ties changed, and addresses that one of them has left. */
interface Tied {
  readonly touched: readonly number[]
  readonly left: readonly number[]
}

interface Ties {
  readonly people: readonly PersonRow[]
  readonly ids: ReadonlyMap<string, number>
  readonly places: ReadonlyMap<string, number>
}

async function putLinks(client: pg.ClientBase, owner: Owner, { people, ids, places }: Ties): Promise<Tied> {
  const links = people.flatMap(({ recordKey, numbers }) =>
    numbers.map(
      ({ e164, relation, address, asOf }): LinkRow => ({
        key: `${owner.source}/${recordKey}/${e164}`,
        person: ids.get(recordKey) ?? 0,
        address: address === undefined ? undefined : places.get(address),
        ...{ e164, relation, asOf, force: owner.force }
      })
    )
  )
  const put = await upsert(client, LINK, links)
  const { rows: gone } = await client.query<{ person_id: number; address_id: number | null }>(
    `delete from number_link where person_id = any($1::bigint[]) and record_key is not null
       and not record_key = any($2::text[]) returning person_id, address_id`,
    [[...ids.values()], toTextArray(links.map(({ key }) => key))]
  )
  const byKey = new Map(links.map(link => [link.key, link.person]))
  return {
    touched: [...put.map(({ key }) => byKey.get(key) ?? 0), ...gone.map(({ person_id: id }) => id)],
    left: gone.flatMap(({ address_id: id }) => (id === null ? [] : [id]))
  }
}

async function putHomes(client: pg.ClientBase, { people, ids, places }: Ties): Promise<Tied> {
  const homes = people.flatMap(({ recordKey, addresses }) =>
    addresses.flatMap(({ recordKey: key, relation, asOf, untilAt }): HomeRow[] => {
      const [person, address] = [ids.get(recordKey), places.get(key)]
      return person === undefined || address === undefined ? [] : [{ person, address, relation, asOf, untilAt }]
    })
  )
  const put = await upsert(client, HOME, homes)
  const { rows: gone } = await client.query<{ person_id: number; address_id: number }>(
    `delete from person_address where person_id = any($1::bigint[]) and not exists (
       select from unnest($2::bigint[], $3::bigint[]) as g(person_id, address_id)
       where g.person_id = person_address.person_id and g.address_id = person_address.address_id)
     returning person_id, address_id`,
    [[...ids.values()], homes.map(({ person }) => person), homes.map(({ address }) => address)]
  )
  return {
    touched: [...put.map(({ key }) => Number(key)), ...gone.map(({ person_id: id }) => id)],
    left: gone.map(({ address_id: id }) => id)
  }
}

export interface Removed {
  readonly gone: readonly string[]
  /** Those that something else still needs, and why they stand. */
  readonly kept: readonly { readonly key: string; readonly reason: string }[]
}

/**
 * Takes people away with their numbers and addresses. One who is warned of stays: a warning never goes because
 * somebody else's record went.
 */
export async function removePeople(client: pg.ClientBase, owner: Owner, keys: readonly string[]): Promise<Removed> {
  const ids = await idsOf(client, 'person', owner, keys)
  const { rows: warned } = await client.query<{ person_id: number }>(
    'select distinct person_id from marker where person_id = any($1::bigint[])',
    [[...ids.values()]]
  )
  const held = new Set(warned.map(({ person_id: id }) => id))
  const free = [...ids].filter(([, id]) => !held.has(id))
  const freeIds = free.map(([, id]) => id)
  const { rows: places } = await client.query<{ address_id: number }>(
    `with link as (delete from number_link where person_id = any($1::bigint[]) returning address_id),
       home as (delete from person_address where person_id = any($1::bigint[]) returning address_id)
     select address_id from link where address_id is not null union select address_id from home`,
    [freeIds]
  )
  await client.query('delete from person where person_id = any($1::bigint[])', [freeIds])
  await removeIdleAddresses(
    client,
    places.map(({ address_id: id }) => id)
  )
  return {
    gone: free.map(([key]) => key),
    kept: [...ids].flatMap(([key, id]) =>
      held.has(id) ? [{ key, reason: 'there is a warning of this person: take that away first' }] : []
    )
  }
}
