import type pg from 'pg'
import type { Route } from '../call/call.ts'
import type { EarlierContact, FindEarlierContacts } from '../lookups/caller-history.ts'
import type { PeopleAtNumber } from '../lookups/caller-identity.ts'
import type { AddressOnRecord } from '../lookups/location/location-lookup.ts'
import { Fault } from '../operations/errors.ts'
import { isAway } from '../operations/postgres.ts'

const MAX_PEOPLE = 20

/**
 * A call has at most two numbers and two forces. As scalars, not arrays: the plan PostgreSQL keeps for a prepared
 * statement then knows that few rows match, and takes the index (measured: 0.3 ms against 0.9 ms a query).
 */
function twoOf(values: readonly string[]): readonly [string, string] {
  const [first = '', second = first] = values
  return [first, second]
}

/**
 * People tied to the numbers, of the forces' own records; the most recently known first. Whoever is tied to both is
 * known by the first, the network's.
 */
export function makePeopleAtNumber(pool: pg.Pool): PeopleAtNumber {
  return async ({ forces, e164s }) => {
    const rows = await rowsOf(pool, {
      name: 'people-at-number',
      text: `select * from (
               select distinct on (person.person_id) person.name, person.born, person.source, number_link.relation,
                 number_link.e164, greatest(person.as_of, number_link.as_of) as as_of
               from number_link join person using (person_id)
               where number_link.e164 in ($1, $2) and number_link.force in ($3, $4)
               order by person.person_id, number_link.e164 = $1 desc, number_link.as_of desc
             ) known order by as_of desc, name limit $5`,
      values: [...twoOf(e164s), ...twoOf(forces), MAX_PEOPLE]
    })
    return rows.map(row => ({
      name: row.name,
      relation: row.relation,
      ...(row.born === null ? {} : { born: row.born }),
      e164: row.e164,
      source: row.source,
      asOf: row.as_of
    }))
  }
}

/** The address most recently tied to the first of the numbers, the network's, that has one. */
export function makeAddressOnRecord(pool: pg.Pool): AddressOnRecord {
  return async ({ forces, e164s }) => {
    const rows = await rowsOf(pool, {
      name: 'address-on-record',
      text: `select address.text, address.latitude, address.longitude, address.source, number_link.as_of
             from number_link join address using (address_id)
             where number_link.e164 in ($1, $2) and number_link.force in ($3, $4)
             order by number_link.e164 = $1 desc, number_link.as_of desc limit 1`,
      values: [...twoOf(e164s), ...twoOf(forces)]
    })
    const row = rows[0]
    if (row === undefined) return undefined
    const place = row.latitude === null ? {} : { latitude: row.latitude, longitude: row.longitude }
    return { text: row.text, ...place, source: row.source, asOf: row.as_of }
  }
}

/** Of a contact or of its row in the list: whether it is counted apart. */
const recentOf = (of: 'contact' | 'theirs') =>
  `${of}.offered_at between $7 and $8 and (${of}.network_e164 = $9 or ${of}.presentation_e164 = $9)`

/**
 * Earlier contacts of the numbers, whether the network or the caller gave them; newest first, with the whole count.
 * Each with the number that matched, and the latest incident it led to; of recent ones by which way they came. They
 * are counted by the index of the number, not among all there are.
 */
export function makeEarlierContacts(pool: pg.Pool): FindEarlierContacts {
  return async ({ forces, e164s, excludeCallId, limit, recent }) => {
    const rows = await rowsOf(pool, {
      name: 'earlier-contacts',
      text: `with theirs as (
               select call_id, line, offered_at, released_at, result, summary, state, cause, network_e164,
                 presentation_e164, count(*) over () as total
               from contact
               where (network_e164 in ($1, $2) or presentation_e164 in ($1, $2)) and force in ($3, $4)
                 and call_id <> $5::uuid
               order by offered_at desc limit $6
             )
             select theirs.call_id, theirs.line, theirs.offered_at, theirs.result, theirs.summary, theirs.state,
               theirs.cause, theirs.total, theirs.released_at, came.call->>'trunk' as trunk,
               came.call->>'route' as route, came.call->'flags'->>'test' = 'true' as is_test,
               (select count(*) from contact
                where ${recentOf('contact')} and force in ($3, $4) and call_id <> $5::uuid) as recent,
               theirs.network_e164 in ($1, $2) as is_network,
               case when theirs.network_e164 in ($1, $2) then theirs.network_e164 else theirs.presentation_e164 end as e164,
               led_to.reference, led_to.type, led_to.status
             from theirs left join contact came on came.call_id = theirs.call_id and ${recentOf('theirs')}
             left join lateral (
               select incident.reference, incident.type, incident.status
               from contact_incident join incident using (incident_id) where contact_incident.call_id = theirs.call_id
               order by incident.opened_at desc, incident_id desc limit 1
             ) led_to on true
             order by theirs.offered_at desc`,
      values: [
        ...[...twoOf(e164s), ...twoOf(forces), excludeCallId, limit],
        ...[Math.floor(recent.sinceAt), Math.ceil(recent.untilAt), recent.e164]
      ]
    })
    return { items: rows.map(toContact), total: rows[0]?.total ?? 0, recent: rows[0]?.recent ?? 0 }
  }
}

/** Rejects with `lookup.failed` where PostgreSQL is away or too slow; what else it says is a mistake of ours. */
async function rowsOf(pool: pg.Pool, query: pg.QueryConfig) {
  try {
    return (await pool.query(query)).rows
  } catch (thrown) {
    throw isAway(thrown) ? new Fault('lookup.failed', { source: 'PostgreSQL' }, thrown) : thrown
  }
}

interface ContactRow {
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

function toContact(row: ContactRow): EarlierContact {
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
