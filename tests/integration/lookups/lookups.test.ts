import { dirname } from 'node:path'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { makeHistoryLookup } from '../../../src/lookups/caller-history.ts'
import { makeIdentityLookup } from '../../../src/lookups/caller-identity.ts'
import { makeLocationLookup } from '../../../src/lookups/location/location-lookup.ts'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { runLookups } from '../../../src/lookups/run-lookups.ts'
import { makeWarningsLookup } from '../../../src/lookups/warnings.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../../../src/records/callers.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { makeMarkersNear, makeMarkersOfNumbers } from '../../../src/records/markers.ts'
import { lookupConformance } from '../../conformance/lookup.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const DEADLINE_MS = 300

const LOOKUPS: Readonly<Record<string, (pool: pg.Pool) => Lookup>> = {
  identity: pool =>
    makeIdentityLookup({
      peopleAtNumber: makePeopleAtNumber(pool),
      addressesOfNumber: makeAddressesOfNumber(pool),
      deadlineMs: DEADLINE_MS
    }),
  warnings: pool =>
    makeWarningsLookup({
      markersOfNumbers: makeMarkersOfNumbers(pool),
      markersNear: makeMarkersNear(pool),
      ...{ deadlineMs: DEADLINE_MS, nearMetres: 50, coarseMetres: 100, now: () => NOON }
    }),
  location: pool =>
    makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pool),
      deadlineMs: DEADLINE_MS,
      askHeld: async () => ({ kind: 'late' }),
      onFault: () => {}
    }),
  history: pool =>
    makeHistoryLookup({
      earlierContacts: makeEarlierContacts(pool),
      repeatWithinMs: 86_400_000,
      deadlineMs: DEADLINE_MS,
      limit: 10,
      now: () => NOON
    })
}

const LOOKUPS_FOUND = Object.keys(LOOKUPS).map(() => 'found')

/** A record that knows the caller of `anOffer()` by person, address and an earlier call. */
async function makeRecord(t: Test) {
  const database = await makeDatabase(t)
  await appendEntries(database.pool, [offerEntry(anOffer({ name: 'earlier', receivedAt: NOON - 60_000 }))])
  await database.pool.query(`
    insert into person (force, name, source, as_of) values ('tvp', 'Ada Testcase', 'niche', 1);
    insert into address (force, text, source, as_of) values ('tvp', '1 Nowhere Street', 'gazetteer', 1);
    insert into number_link (e164, force, person_id, address_id, relation, as_of)
    values ('+447700900123', 'tvp', 1, 1, 'subscriber', 2);
    insert into marker (force, kind, person_id, source, made_at, as_of) values ('tvp', 'firearms', 1, 'niche', 1, 1)`)
  return database
}

for (const [name, make] of Object.entries(LOOKUPS)) {
  t.test(`the ${name} lookup keeps to what every lookup keeps to`, async t => {
    lookupConformance(t, async t => {
      const { openPool } = await makeRecord(t)
      const pool = openPool()
      return { lookup: make(pool), known: callAfter(anOffer()), breakSource: () => pool.end() }
    })
  })
}

t.test(
  'PostgreSQL says nothing: every panel is late at its deadline, none says "none", and the next call is as ever',
  async t => {
    const database = await makeRecord(t)
    const folder = decodeURIComponent(/host=([^&]+)/.exec(database.url)?.[1] ?? '')
    const proxy = await makeSilentProxy(t, `${folder}/.s.PGSQL.5432`, '.s.PGSQL.5432')
    const url = database.url.replace(/host=[^&]+/, `host=${encodeURIComponent(dirname(proxy.path))}`)
    const pool = database.openPool({ url, statementMs: 500 })
    const lookups = Object.values(LOOKUPS).map(make => make(pool))
    const run = async () => {
      const kinds: string[] = []
      const startedAt = performance.now()
      const parts = { lookups, guards: guardsOf(lookups), clock: systemClock, log: silentLog, metrics: makeMetrics() }
      await runLookups(parts, callAfter(anOffer()), async ({ outcome }) => void kinds.push(outcome.kind))
      return { kinds, tookMs: performance.now() - startedAt }
    }
    t.same((await run()).kinds, LOOKUPS_FOUND)
    proxy.silent()
    const { kinds, tookMs } = await run()
    t.same(
      kinds,
      Object.keys(LOOKUPS).map(() => 'late')
    )
    t.comment(`figure: late after ${Math.round(tookMs)} ms`)
    await proxy.pass()
    t.same((await run()).kinds, LOOKUPS_FOUND)
  }
)
