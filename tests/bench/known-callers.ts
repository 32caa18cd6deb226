import type pg from 'pg'
import type { Call } from '../../src/call/call.ts'
import { makeHistoryLookup } from '../../src/lookups/caller-history.ts'
import { makeIdentityLookup } from '../../src/lookups/caller-identity.ts'
import { makeLocationLookup } from '../../src/lookups/location/location-lookup.ts'
import type { Lookup } from '../../src/lookups/lookup.ts'
import { makeWarningsLookup } from '../../src/lookups/warnings.ts'
import type { Whereabouts } from '../../src/lookups/whereabouts.ts'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../../src/records/callers.ts'
import { makeMarkersNear, makeMarkersOfNumbers } from '../../src/records/markers.ts'
import { monthsBefore, monthsBetween } from '../../src/records/month-parts.ts'
import { makeMonths } from '../../src/records/months.ts'
import { anOffer, callAfter } from '../support/call-events.ts'
import { CLOCK } from './known-clock.ts'
import type { KnownSubject } from './known-subjects.ts'

/** Of so many rows asked for: people, and contacts, and markers of one person in so many. */
const [PEOPLE_OF, CONTACTS_OF, MARKED_ONE_IN] = [0.5, 5, 20]
const MONTHS = 24
const CONTACTS_AT_ONCE = 500_000
const ITEMS = 20
const DEADLINE_MS = 10_000
const NEAR = { nearMetres: 50, coarseMetres: 100 } as const
/** A number that very many have called from: a hostel's, a hospital's switchboard. */
const HOT = { people: 40, contacts: 2_000 } as const
const PLACE = { easting: 451_000, northing: 206_000, spread: 20_000 } as const

/** People, addresses, warnings and two years of contacts, five of each number: the lookups by number. */
export const callersKnown: KnownSubject = {
  name: 'callers',
  title: rows =>
    `Callers: ${(rows * PEOPLE_OF).toLocaleString('en-GB')} people, ${(rows * CONTACTS_OF).toLocaleString('en-GB')} contacts in ${MONTHS} months`,
  prepare: async (pool, rows) => {
    const numbers = rows * PEOPLE_OF
    await fillPeople(pool, numbers)
    await fillContacts(pool, { numbers, contacts: rows * CONTACTS_OF })
    const { explained, ...asked } = watched(pool)
    const lookups = lookupsOf(asked.pool)
    const ask = (name: keyof typeof lookups, numberAt: (at: number) => number) => async (at: number) => {
      const { kind } = await lookups[name].ask(callFrom(numberAt(at), at), AbortSignal.timeout(DEADLINE_MS), around(at))
      if (kind !== 'found' && kind !== 'none') throw new Error(`${name}: ${kind}`)
    }
    const any = (at: number) => (at * 7_919) % numbers
    const names = Object.keys(lookups) as (keyof typeof lookups)[]
    return {
      rows,
      notes: [
        `Each number has a person, most an address, and ten contacts or fewer; one person in ${MARKED_ONE_IN} has a warning. The hot number has ${HOT.people} people and ${HOT.contacts.toLocaleString('en-GB')} contacts.`
      ],
      cases: names.flatMap(name => [
        { what: `${name}, any number`, ask: ask(name, any) },
        { what: `${name}, the hot number`, ask: ask(name, () => numbers) }
      ]),
      explain: async () => {
        for (const name of names) await ask(name, any)(1)
        return explained()
      }
    }
  }
}

/** No such number can exist: nobody's area code begins with 00. */
function numberSql(n: string): string {
  return `'+4400' || lpad((${n})::text, 8, '0')`
}

async function fillPeople(pool: pg.Pool, numbers: number): Promise<void> {
  await pool.query(
    `insert into person (force, name, born, source, as_of)
     select 'tvp', 'Person ' || n, '1970-01-01', 'made', $2 from generate_series(1, $1::int + ${HOT.people}) n`,
    [numbers, CLOCK]
  )
  await pool.query(
    `insert into address (force, text, place, source, as_of)
     select 'tvp', n || ' Nowhere Street', point(${PLACE.easting} + random() * ${PLACE.spread},
       ${PLACE.northing} + random() * ${PLACE.spread}), 'made', $2 from generate_series(1, $1::int) n`,
    [numbers, CLOCK]
  )
  await pool.query(
    `insert into number_link (e164, force, person_id, address_id, relation, as_of)
     select ${numberSql('least(n, $1::int)')}, 'tvp', n, case when n % 10 > 0 and n <= $1::int then n end, 'subscriber', $2
     from generate_series(1, $1::int + ${HOT.people}) n`,
    [numbers, CLOCK]
  )
  await pool.query(
    `insert into marker (force, kind, person_id, text, source, made_at, as_of)
     select 'tvp', 'violence', n * ${MARKED_ONE_IN}, 'made', 'made', $2, $2 from generate_series(1, $1::int / ${MARKED_ONE_IN}) n`,
    [numbers, CLOCK]
  )
  await pool.query('vacuum analyze person, address, number_link, marker')
}

/** Ids begin with the day of their call, as the gateway makes them (call/ids.ts). */
async function fillContacts(
  pool: pg.Pool,
  { numbers, contacts }: { readonly numbers: number; readonly contacts: number }
): Promise<void> {
  const from = monthsBefore(CLOCK, MONTHS)
  await makeMonths(pool, monthsBetween(from, CLOCK), { tables: ['contact'] })
  for (let at = 0; at < contacts; at += CONTACTS_AT_ONCE) {
    process.stdout.write(`  ${at.toLocaleString('en-GB')} of ${contacts.toLocaleString('en-GB')} contacts …\r`)
    await pool.query(
      `insert into contact (call_id, generation, seq, force, home_force, line, state, cause, network_e164, offered_at,
         released_at, closed_at, switch_call_ids, summary)
       select (substr(head, 1, 8) || '-' || substr(head, 9, 4) || '-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 1,
         'tvp', 'tvp', '101', 'released', 'ended',
         ${numberSql(`case when n % ($5::int / ${HOT.contacts}) = 0 then $4::int else 1 + (n::bigint * 7919 % $4::int)::int end`)},
         offered_at, offered_at + 60000, offered_at + 70000, '{}', 'A caller reported a disturbance.'
       from (
         select n, $3::bigint + (n::float8 / $5::int * ($6::bigint - $3::bigint))::bigint as offered_at
         from generate_series($1::int, $2::int) n
       ) made cross join lateral (select lpad(to_hex(offered_at - offered_at % 86400000), 12, '0') as head) id`,
      [at + 1, Math.min(at + CONTACTS_AT_ONCE, contacts), from, numbers, contacts, CLOCK]
    )
  }
  await pool.query('vacuum analyze contact')
}

function callFrom(number: number, at: number): Call {
  const e164 = `+4400${String(Math.max(1, number)).padStart(8, '0')}`
  const offer = anOffer({
    name: `known ${at}`,
    receivedAt: CLOCK,
    cli: { trust: 'asserted', network: { raw: e164, e164, kind: 'mobile' } }
  })
  return callAfter(offer)
}

function around(at: number): () => Promise<Whereabouts> {
  const spread = (by: number) => (at * by) % PLACE.spread
  const point = { easting: PLACE.easting + spread(37), northing: PLACE.northing + spread(53) }
  return async () => ({ kind: 'at', point, radiusMetres: 20, isApproximate: false, source: 'aml', isConfirmed: false })
}

function lookupsOf(pool: pg.Pool): Readonly<Record<'warnings' | 'identity' | 'location' | 'history', Lookup>> {
  const now = () => CLOCK
  return {
    warnings: makeWarningsLookup({
      ...{ markersOfNumbers: makeMarkersOfNumbers(pool), markersNear: makeMarkersNear(pool), deadlineMs: DEADLINE_MS },
      ...{ ...NEAR, now }
    }),
    identity: makeIdentityLookup({
      ...{ peopleAtNumber: makePeopleAtNumber(pool), addressesOfNumber: makeAddressesOfNumber(pool) },
      deadlineMs: DEADLINE_MS
    }),
    location: makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pool),
      deadlineMs: DEADLINE_MS,
      askHeld: async () => ({ kind: 'late' }),
      onFault: () => {}
    }),
    history: makeHistoryLookup({
      ...{ earlierContacts: makeEarlierContacts(pool), deadlineMs: DEADLINE_MS, limit: ITEMS },
      ...{ repeatWithinMs: 86_400_000, now }
    })
  }
}

interface Asked {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

/** The pool as lookups have it, which remembers one question of each name. */
function watched(pool: pg.Pool): { readonly pool: pg.Pool; readonly explained: () => readonly Asked[] } {
  const asked = new Map<string, Asked>()
  const query = (statement: pg.QueryConfig & { name: string; values: unknown[] }) => {
    asked.set(statement.name, statement)
    return pool.query(statement)
  }
  return { pool: { query } as unknown as pg.Pool, explained: () => [...asked.values()] }
}
