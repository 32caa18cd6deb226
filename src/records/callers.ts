import type pg from 'pg'
import type { Route } from '../call/call.ts'
import { leastIdAt } from '../call/ids.ts'
import { CALL_PATTERNS, type EarlierContact, type FindEarlierContacts } from '../lookups/caller-history.ts'
import type { AddressesOfNumber, KnownAddress, PeopleAtNumber } from '../lookups/caller-identity.ts'
import type { AddressOnRecord } from '../lookups/location/location-lookup.ts'
import { forcesOf, isOfForces, ofThree, rowsOfLookup, twoOf } from './lookup-statements.ts'

const MAX_PEOPLE = 20

/** The addresses of one person that are looked at: where they live, and where they lived. */
const MAX_ADDRESSES = 10

/** The tie is of somebody who has moved out of that address since: what was tied to the number then is no place of theirs. */
const HAS_LEFT = `exists (select 1 from person_address gone where gone.person_id = number_link.person_id
  and gone.address_id = number_link.address_id and gone.until_at is not null)`

const PEOPLE_AT_NUMBER = `
select known.*, lives.addresses,
  (select count(*) from marker where marker.person_id = known.person_id and ${isOfForces('marker')}) as markers
from (
  select * from (
    select distinct on (person.person_id) person.person_id, person.name, person.born, person.source,
      number_link.relation, number_link.e164, greatest(person.as_of, number_link.as_of) as as_of,
      number_link.until_at is not null as is_earlier
    from number_link join person using (person_id)
    where number_link.e164 in ($1, $2) and ${isOfForces('number_link')} and ${isOfForces('person')}
    order by person.person_id, number_link.e164 = $1 desc, number_link.until_at is null desc,
      number_link.as_of desc
  ) each_once order by is_earlier, as_of desc, name limit $5
) known cross join lateral (
  select coalesce(jsonb_agg(place), '[]') as addresses from (
    select address.address_id as "addressId", address.text, tie.relation, tie.as_of as "asOf",
      tie.until_at as "untilAt", tie.e164
    from (
      select address_id, relation, as_of, until_at, null as e164 from person_address
      where person_id = known.person_id
      union all
      select address_id, relation, as_of, until_at, e164 from number_link
      where person_id = known.person_id and address_id is not null and ${isOfForces('number_link')}
    ) tie join address using (address_id)
    order by tie.until_at is not null, tie.as_of desc limit ${MAX_ADDRESSES}
  ) place
) lives
order by is_earlier, as_of desc, name`

/**
 * People tied to the numbers, of the forces' own records, with where they live and how many warnings are held of them; the
 * most recently known first, and after them those who had the number earlier. Whoever is tied to both is known by the
 * first, the network's.
 */
export function makePeopleAtNumber(pool: pg.Pool): PeopleAtNumber {
  return async ({ forces, e164s }) => {
    const values = [...twoOf(e164s), ...forcesOf(forces), MAX_PEOPLE]
    const query = ofThree({ name: 'people-at-number', text: PEOPLE_AT_NUMBER, values }, e164s)
    const rows = await rowsOfLookup<PersonRow>(pool, query)
    return rows.map(row => ({
      name: row.name,
      relation: row.relation,
      ...(row.born === null ? {} : { born: row.born }),
      e164: row.e164,
      source: row.source,
      asOf: row.as_of,
      isEarlier: row.is_earlier,
      addresses: toAddresses(row.addresses),
      markers: row.markers
    }))
  }
}

const ADDRESSES_OF_NUMBER = `
select * from (
select address.address_id as "addressId", address.text, number_link.relation, number_link.as_of as "asOf",
  case when ${HAS_LEFT} then number_link.as_of else number_link.until_at end as "untilAt", number_link.e164
from number_link join address using (address_id)
where number_link.e164 in ($1, $2) and ${isOfForces('number_link')} and ${isOfForces('address')}
) tie order by e164 = $1 desc, "untilAt" is not null, "asOf" desc limit ${MAX_ADDRESSES}`

/** Every address that is or was tied to the numbers, the network's first; of each number the newest is the current one. */
export function makeAddressesOfNumber(pool: pg.Pool): AddressesOfNumber {
  return async ({ forces, e164s }) => {
    const values = [...twoOf(e164s), ...forcesOf(forces)]
    const query = ofThree({ name: 'addresses-of-number', text: ADDRESSES_OF_NUMBER, values }, e164s)
    return toAddresses(await rowsOfLookup<TieRow>(pool, query))
  }
}

const ADDRESS_ON_RECORD = `
select address.text, address.latitude, address.longitude, address.source, tie.as_of from (
  select address_id, e164, as_of, 1 as way from number_link
  where e164 in ($1, $2) and ${isOfForces('number_link')} and address_id is not null and until_at is null
    and not ${HAS_LEFT}
  union all
  select home.address_id, number_link.e164, home.as_of, 2
  from number_link join person_address home using (person_id)
  where number_link.e164 in ($1, $2) and ${isOfForces('number_link')}
    and number_link.until_at is null and home.until_at is null
    and not exists (
      select 1 from number_link other where other.e164 = number_link.e164 and ${isOfForces('other')}
        and other.person_id <> number_link.person_id and other.until_at is null)
) tie join address using (address_id) where ${isOfForces('address')}
order by tie.e164 = $1 desc, tie.way, tie.as_of desc limit 1`

/**
 * Where the first of the numbers, the network's, is now: the address tied to it last; where it has none, the home of the one
 * person who has it. Of several people nobody's home is the number's.
 */
export function makeAddressOnRecord(pool: pg.Pool): AddressOnRecord {
  return async ({ forces, e164s }) => {
    const rows = await rowsOfLookup<AddressRow>(pool, {
      name: 'address-on-record',
      text: ADDRESS_ON_RECORD,
      values: [...twoOf(e164s), ...forcesOf(forces)]
    })
    const row = rows[0]
    if (row === undefined) return undefined
    const place = row.latitude === null ? {} : { latitude: row.latitude, longitude: row.longitude ?? 0 }
    return { text: row.text, ...place, source: row.source, asOf: row.as_of }
  }
}

interface PersonRow {
  readonly name: string
  readonly born: string | null
  readonly source: string
  readonly relation: string
  readonly e164: string
  readonly as_of: number
  readonly is_earlier: boolean
  readonly addresses: readonly TieRow[]
  readonly markers: number
}

interface AddressRow {
  readonly text: string
  readonly latitude: number | null
  readonly longitude: number | null
  readonly source: string
  readonly as_of: number
}

/** What ties a person or a number to an address; of a person's own without a number. */
interface TieRow {
  readonly addressId: number
  readonly text: string
  readonly relation: string
  readonly asOf: number
  readonly untilAt: number | null
  readonly e164: string | null
}

/**
 * Each address once, those of now before earlier ones. What a source ties to the person goes before what a number was tied
 * to on the way; of a number only the newest is of now.
 */
export function toAddresses(ties: readonly TieRow[]): readonly KnownAddress[] {
  const own = ties.filter(({ e164 }) => e164 === null)
  const isSaid = own.some(({ untilAt }) => untilAt === null)
  const known = new Map<number, KnownAddress>()
  const current = new Set<string>()
  for (const { addressId, text, relation, asOf, untilAt, e164 } of [...own, ...ties.filter(tie => tie.e164 !== null)]) {
    if (known.has(addressId)) continue
    const isNow = untilAt === null && (e164 === null || !(isSaid || current.has(e164)))
    if (isNow && e164 !== null) current.add(e164)
    const ended = untilAt === null ? {} : { untilAt }
    const by = e164 === null ? {} : { e164 }
    known.set(addressId, { addressId: String(addressId), text, relation, asOf, ...ended, ...by, isCurrent: isNow })
  }
  return [...known.values()].sort((one, other) => Number(other.isCurrent) - Number(one.isCurrent))
}

const DAY_MS = 86_400_000
const LONGEST_MS = Math.max(...CALL_PATTERNS.map(({ withinMs }) => withinMs))
const PATTERN_COUNTS = CALL_PATTERNS.map(
  ({ withinMs }) => `count(*) filter (where offered_at >= $8::bigint - ${withinMs})`
).join(', ')

/** Of a contact or of its row in the list: whether it is counted apart. */
const recentOf = (of: 'contact' | 'theirs') =>
  `${of}.offered_at between $7 and $8 and (${of}.network_e164 = $9 or ${of}.presentation_e164 = $9)`

const EARLIER_CONTACTS = `
with theirs as (
  select call_id, line, offered_at, released_at, result, summary, state, cause, network_e164,
    presentation_e164, count(*) over () as total
  from contact
  where (network_e164 in ($1, $2) or presentation_e164 in ($1, $2)) and ${isOfForces('contact')}
    and call_id <> $5::uuid
  order by offered_at desc limit $6
)
select theirs.call_id, theirs.line, theirs.offered_at, theirs.result, theirs.summary, theirs.state,
  theirs.cause, theirs.total, theirs.released_at, came.call->>'trunk' as trunk,
  came.call->>'route' as route, came.call->'flags'->>'test' = 'true' as is_test,
  (select array[count(*) filter (where ${recentOf('contact')}), ${PATTERN_COUNTS}]::int[] from contact
   where call_id >= $10::uuid and offered_at between least($7, $8::bigint - ${LONGEST_MS}) and $8
     and (network_e164 = $9 or presentation_e164 = $9)
     and ${isOfForces('contact')} and call_id <> $5::uuid) as counts,
  theirs.network_e164 in ($1, $2) as is_network,
  case when theirs.network_e164 in ($1, $2) then theirs.network_e164 else theirs.presentation_e164 end as e164,
  led_to.reference, led_to.type, led_to.status
from theirs left join contact came on came.call_id = theirs.call_id
  and came.call_id >= $10::uuid and ${recentOf('theirs')}
left join lateral (
  select incident.reference, incident.type, incident.status
  from contact_incident join incident using (incident_id)
  where contact_incident.call_id = theirs.call_id and ${isOfForces('incident')}
  order by incident.opened_at desc, incident_id desc limit 1
) led_to on true
order by theirs.offered_at desc`

/**
 * Earlier contacts of the numbers, whether the network or the caller gave them; newest first, with the whole count.
 * Each with the number that matched, and the latest incident it led to; of recent ones by which way they came. They
 * are counted by the index of the number, not among all there are.
 */
export function makeEarlierContacts(pool: pg.Pool): FindEarlierContacts {
  return async ({ forces, e164s, excludeCallId, limit, recent }) => {
    const values = [
      ...[...twoOf(e164s), ...forcesOf(forces), excludeCallId, limit],
      ...[Math.floor(recent.sinceAt), Math.ceil(recent.untilAt), recent.e164],
      // An id begins with the day of its call: the months before need not be looked at.
      leastIdAt(Math.max(0, Math.min(recent.sinceAt, recent.untilAt - LONGEST_MS) - DAY_MS))
    ]
    const query = ofThree({ name: 'earlier-contacts', text: EARLIER_CONTACTS, values }, e164s)
    const rows = await rowsOfLookup<ContactRow & CountRow>(pool, query)
    const [first] = rows
    return {
      items: rows.map(toContact),
      total: first?.total ?? 0,
      recent: first?.counts[0] ?? 0,
      counts: first?.counts.slice(1) ?? []
    }
  }
}

interface CountRow {
  readonly total: number
  /** The recent ones, then those of each pattern. */
  readonly counts: readonly number[]
}

export interface ContactRow {
  readonly call_id: string
  readonly e164: string
  readonly line: string
  readonly offered_at: number
  readonly state: string
  readonly cause: string | null
  readonly result: string | null
  readonly summary: string | null
  readonly is_network: boolean | null
  readonly trunk: string | null
  readonly route: string | null
  readonly released_at: number | null
  readonly is_test: boolean | null
  readonly reference: string | null
  readonly type: string | null
  readonly status: string | null
}

export function toContact(row: ContactRow): EarlierContact {
  const result = row.result ?? row.cause ?? row.state
  const { reference, type, status } = row
  return {
    callId: row.call_id,
    e164: row.e164,
    isNetwork: row.is_network === true,
    line: row.line,
    offeredAt: row.offered_at,
    ...wayOf(row),
    result,
    ...(row.summary === null ? {} : { summary: row.summary }),
    ...(reference === null || type === null || status === null ? {} : { incident: { reference, type, status } })
  }
}

/** Contacts of an import are of no trunk. */
function wayOf({ trunk, route, released_at, is_test }: ContactRow): Pick<EarlierContact, 'way'> {
  if (trunk === null || route === null) return {}
  const ended = released_at === null ? {} : { releasedAt: released_at }
  return { way: { trunk, route: route as Route, ...ended, isTest: is_test === true } }
}
