import type { CallId } from '../call/ids.ts'
import { makeNotesLookup } from '../lookups/call-notes.ts'
import { makeHistoryLookup } from '../lookups/caller-history.ts'
import { makeIdentityLookup } from '../lookups/caller-identity.ts'
import { makeCrimesLookup } from '../lookups/crimes.ts'
import type { AskForces } from '../lookups/forces-asked.ts'
import { makeIncidentsLookup } from '../lookups/incidents-nearby.ts'
import type { Gazetteer } from '../lookups/location/gazetteer.ts'
import { makeHeldClient } from '../lookups/location/held.ts'
import { makeLocationLookup } from '../lookups/location/location-lookup.ts'
import type { Lookup } from '../lookups/lookup.ts'
import { makeWarningsLookup } from '../lookups/warnings.ts'
import { Fault } from '../operations/errors.ts'
import { makeReadNotes } from '../records/call-notes.ts'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../records/callers.ts'
import { makeFindCrimes } from '../records/crimes.ts'
import { type LateWord, readLateRecord } from '../records/location-fixes.ts'
import { makeMarkersNear, makeMarkersOfNumbers } from '../records/markers.ts'
import { makeFindIncidents } from '../records/open-incidents.ts'
import type { UnitAdviser } from '../resources/unit-adviser.ts'
import type { Base } from './base.ts'
import { makeLateRecordReader } from './late-record.ts'
import type { Stores } from './open-stores.ts'

/** Late fixes that this process has and the record has not. */
type KeptFixes = ((callId: CallId) => readonly LateWord[]) | undefined

const HOUR_MS = 3_600_000

export interface BuiltInNeeds {
  readonly gazetteer: Gazetteer
  readonly keptFixes: KeptFixes
  /** Absent where no force has units. */
  readonly adviser: UnitAdviser | undefined
}

/** Every source that needs no line in the config, in the order of the screen. */
export function makeBuiltInLookups(
  base: Base,
  { lookupPools: pools, grants: { forcesOf } }: Pick<Stores, 'lookupPools' | 'grants'>,
  { gazetteer, keptFixes, adviser }: BuiltInNeeds
): readonly Lookup[] {
  const { config, clock, log, metrics } = base
  const { historyDeadlineMs, identityDeadlineMs, locationDeadlineMs, incidentsDeadlineMs, historyItems } =
    config.lookups
  const { warningsDeadlineMs, warningsNearMetres: nearMetres, warningsCoarseMetres: coarseMetres } = config.lookups
  return [
    makeWarningsLookup({
      markersOfNumbers: makeMarkersOfNumbers(pools.warnings),
      markersNear: makeMarkersNear(pools.warnings),
      deadlineMs: warningsDeadlineMs,
      ...{ nearMetres, coarseMetres, forcesOf, now: () => clock.now() }
    }),
    makeIdentityLookup({
      peopleAtNumber: makePeopleAtNumber(pools.identity),
      addressesOfNumber: makeAddressesOfNumber(pools.identity),
      deadlineMs: identityDeadlineMs,
      forcesOf
    }),
    makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pools.location),
      lateRecord: makeLateRecordReader(callId => readLateRecord(pools.location, callId), keptFixes),
      gazetteer: () => gazetteer,
      forcesOf,
      deadlineMs: locationDeadlineMs,
      askHeld: makeHeldClient({ config: config.held, clock }),
      onFault: ({ callId }, { code, reason }) => {
        metrics.locationFaults.inc({ code })
        log.fault('lookup.location', new Fault(code, { reason }), { callId })
      }
    }),
    makeIncidentsLookup({
      incidents: makeFindIncidents(pools['incidents-nearby']),
      deadlineMs: incidentsDeadlineMs,
      rules: config.lookups.incidents,
      now: () => clock.now(),
      forcesOf
    }),
    makeHistoryLookup({
      earlierContacts: makeEarlierContacts(pools.history),
      deadlineMs: historyDeadlineMs,
      limit: historyItems,
      forcesOf,
      repeatWithinMs: config.ledger.repeatWithinHours * HOUR_MS,
      now: () => clock.now()
    }),
    makeCrimes(base, pools.crimes, forcesOf),
    makeNotesLookup({
      notes: makeReadNotes(pools.notes),
      deadlineMs: config.lookups.notesDeadlineMs,
      now: () => clock.now()
    }),
    ...(adviser === undefined ? [] : [adviser.lookup])
  ]
}

function makeCrimes({ config, clock }: Base, pool: Stores['lookupPools']['crimes'], forcesOf: AskForces): Lookup {
  const { lookups } = config
  return makeCrimesLookup({
    find: makeFindCrimes(pool),
    deadlineMs: lookups.crimesDeadlineMs,
    settings: {
      radiusMetres: lookups.crimesRadiusMetres,
      maxRadiusMetres: lookups.crimesMaxRadiusMetres,
      hereMetres: lookups.crimesHereMetres,
      hereDays: lookups.crimesHereDays,
      items: lookups.crimesItems
    },
    forcesOf,
    now: () => clock.now()
  })
}
