import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { makeHistoryLookup } from '../../../src/lookups/caller-history.ts'
import { makeIdentityLookup } from '../../../src/lookups/caller-identity.ts'
import { forcesAsked } from '../../../src/lookups/forces-asked.ts'
import { makeIncidentsLookup } from '../../../src/lookups/incidents-nearby.ts'
import { makeLocationLookup } from '../../../src/lookups/location/location-lookup.ts'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { makeWarningsLookup } from '../../../src/lookups/warnings.ts'
import type { Whereabouts } from '../../../src/lookups/whereabouts.ts'
import { GRANTED_KINDS, type GrantedKind } from '../../../src/operations/grants-schema.ts'
import { silentLog } from '../../../src/operations/log.ts'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../../../src/records/callers.ts'
import { endGrant, giveGrant, listGrants, readGrants } from '../../../src/records/grants.ts'
import { listSignOns } from '../../../src/records/handlers.ts'
import { makeMarkersNear, makeMarkersOfNumbers } from '../../../src/records/markers.ts'
import { makeFindIncidents } from '../../../src/records/open-incidents.ts'
import { GrantBook } from '../../../src/wiring/grant-book.ts'
import { anOffer, callAfter, cliOf, NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeRandom, runSeed } from '../../support/random.ts'
import { makeDatabase } from '../../support/stores.ts'

/*
 * No pop and no question of a call sees another force's records without a grant: on a real record in which everything of
 * every force is tied to the same number and lies at the same place, and rows of one force lead to rows of another.
 */

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const FORCES = ['tvp', 'hants', 'third'] as const
const DAY_MS = 86_400_000
const PLACE = { easting: 450_000, northing: 200_000 }
const AT: Whereabouts = {
  ...{ kind: 'at', point: PLACE, radiusMetres: 10, isApproximate: false, source: 'aml', isConfirmed: false }
}
const never = new AbortController().signal

/** Every text says whose row it is: `[tvp]`. */
const OWNERS = /\[(\w+)\]/g

async function fill() {
  await pool.query(
    `insert into person (force, name, source, as_of) select f, 'Person [' || f || ']', 'made', 1 from unnest($1::text[]) f`,
    [FORCES]
  )
  await pool.query(
    `insert into address (force, text, latitude, longitude, source, as_of)
     select f, '1 Nowhere [' || f || ']', 51.7, -1.3, 'made', 1 from unnest($1::text[]) f`,
    [FORCES]
  )
  // A link of each force to the people and addresses of all, as a careless import would make them.
  await pool.query(
    `insert into number_link (e164, force, person_id, address_id, relation, as_of)
     select '+447700900123', f, person_id, address_id, 'subscriber', 2
     from unnest($1::text[]) f cross join person join address using (force)`,
    [FORCES]
  )
  await pool.query(
    `insert into contact (call_id, generation, seq, force, home_force, line, state, network_e164, offered_at,
       released_at, closed_at, switch_call_ids, summary)
     select lpad(to_hex(n), 32, '0')::uuid, 1, 1, f, f, '999', 'released', '+447700900123', $2 - n, $2, $2, '{}',
       'Rang [' || f || ']' from unnest($1::text[]) with ordinality as forces(f, n)`,
    [FORCES, NOON - DAY_MS]
  )
  await pool.query(
    `insert into incident (reference, force, type, status, opened_at, place)
     select '[' || f || ']', f, 'Fire', 'open', $2, point($3, $4) from unnest($1::text[]) f`,
    [FORCES, NOON - 60_000, PLACE.easting, PLACE.northing]
  )
  await pool.query(
    `insert into marker (force, kind, e164, text, source, made_at, as_of)
     select f, 'violence', '+447700900123', 'Warned [' || f || ']', 'made', 1, 1 from unnest($1::text[]) f`,
    [FORCES]
  )
  await pool.query(
    'insert into contact_incident (call_id, incident_id) select call_id, incident_id from contact, incident'
  )
}
await fill()

const clock = { at: NOON, now: () => clock.at }
const book = new GrantBook({ read: at => readGrants(pool, at), standing: [], clock, log: silentLog })
const { forcesOf } = book
const common = { deadlineMs: 1_000, forcesOf }
/** Each lookup, and what a grant must cover for it to ask. */
const LOOKUPS: readonly (readonly [GrantedKind, Lookup])[] = [
  [
    'people',
    makeIdentityLookup({
      ...{ ...common, peopleAtNumber: makePeopleAtNumber(pool), addressesOfNumber: makeAddressesOfNumber(pool) }
    })
  ],
  [
    'markers',
    makeWarningsLookup({
      ...{ ...common, markersOfNumbers: makeMarkersOfNumbers(pool), markersNear: makeMarkersNear(pool) },
      ...{ nearMetres: 50, coarseMetres: 100, now: () => NOON }
    })
  ],
  [
    'people',
    makeLocationLookup({
      ...{ ...common, addressOnRecord: makeAddressOnRecord(pool), onFault: () => {} },
      askHeld: async () => ({ kind: 'late' })
    })
  ],
  [
    'calls',
    makeHistoryLookup({
      ...{ ...common, earlierContacts: makeEarlierContacts(pool), limit: 50, repeatWithinMs: 3 * DAY_MS },
      now: () => NOON
    })
  ],
  [
    'incidents',
    makeIncidentsLookup({
      ...{ ...common, incidents: makeFindIncidents(pool), now: () => NOON },
      rules: { metres: 500, coarseMetres: 2_000, hours: 24, hoursByType: [] }
    })
  ]
]

async function seenBy(lookup: Lookup, call: Call): Promise<readonly string[]> {
  const said = JSON.stringify(await lookup.ask(call, never, async () => AT))
  return [...new Set([...said.matchAll(OWNERS)].map(([, force]) => force ?? ''))].sort()
}

t.test('whatever grants there are, each lookup sees its own force and what is granted, and nothing else', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const { pick, below } = random
  let crossed = 0
  for (let round = 0; round < 60; round++) {
    await pool.query('truncate mutual_aid')
    const grants = Array.from({ length: below(4) }, (_, at) => {
      const owner = pick(FORCES)
      const fromAt = NOON + below(4) - 2
      return {
        ...{ name: `g${at}`, owner, to: pick(FORCES.filter(force => force !== owner)) },
        covers: GRANTED_KINDS.filter((_, nth) => nth === below(5) || below(5) < 2),
        ...{ fromAt, untilAt: fromAt + 1 + below(4) }
      }
    }).filter(({ covers }) => covers.length > 0)
    for (const grant of grants) t.ok(await giveGrant(pool, grant))
    clock.at = NOON
    const stop = await book.start()
    stop()
    const call = callAfter(anOffer({ force: pick(FORCES), homeForce: pick(FORCES), cli: cliOf(123) }))
    for (const [kind, lookup] of LOOKUPS) {
      const may = forcesAsked(call, kind, grants, NOON).asked.toSorted()
      const seen = await seenBy(lookup, call)
      // The location lookup shows one address of all it may.
      const isRight =
        lookup.name === 'location' ? seen.length === 1 && may.includes(seen[0] ?? '') : seen.join() === may.join()
      t.ok(isRight, `round ${round}, ${lookup.name} of a call of ${call.force}: ${seen} of ${may}`)
      crossed += seen.filter(force => force !== call.force).length
    }
  }
  t.ok(crossed > 0, 'some grants held, so that the rest was not seen for a reason')
})

t.test('a pop goes to handlers of another force by a grant of calls only, and while it holds', async t => {
  await pool.query('truncate mutual_aid')
  await pool.query(`insert into handler (handler, name, force, lines, password) values ('ann', 'Ann', 'hants', '{999}', 'x');
    insert into position (position, name, force, devices) values ('d1', 'Desk 1', 'hants', '{}');
    insert into sign_on (handler, position, since_at) values ('ann', 'd1', 1)`)
  const grantsAt = async (at: number) => (await listSignOns(pool, 0, at))[0]?.grants
  const give = (name: string, covers: readonly GrantedKind[]) =>
    giveGrant(pool, { name, owner: 'tvp', to: 'hants', covers, fromAt: NOON, untilAt: NOON + 9 })
  t.ok(await give('records', ['people', 'markers', 'crimes', 'incidents']))
  t.same(await grantsAt(NOON), [], 'records are no calls')
  t.ok(await give('calls', ['calls']))
  t.same([await grantsAt(NOON - 1), await grantsAt(NOON), await grantsAt(NOON + 9)], [[], ['tvp'], []])
})

t.test('a grant has one name for ever, and ends before its time where somebody says so', async t => {
  await pool.query('truncate mutual_aid')
  const grant = {
    name: 'aid',
    owner: 'tvp',
    to: 'hants',
    covers: ['people'] as const,
    fromAt: NOON,
    untilAt: NOON + 100
  }
  t.ok(await giveGrant(pool, grant))
  t.notOk(await giveGrant(pool, { ...grant, untilAt: NOON + 900 }), 'what was granted is not changed under its name')
  t.ok(await endGrant(pool, 'aid', NOON + 10))
  t.notOk(await endGrant(pool, 'aid', NOON + 11))
  t.match(await listGrants(pool), [{ name: 'aid', untilAt: NOON + 10 }])
  t.ok(await giveGrant(pool, { ...grant, name: 'later', fromAt: NOON + 50 }))
  t.ok(await endGrant(pool, 'later', NOON + 10))
  t.same(
    (await listGrants(pool)).map(({ name }) => name),
    ['aid'],
    'one that never began is none'
  )
})
