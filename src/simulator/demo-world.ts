import type { Field } from '../records/copy-rows.ts'
import type { WorldTable } from '../records/world-rows.ts'
import { type CrimeRow, makeCrimes } from './demo-crimes.ts'
import { COMMAND_AND_CONTROL, type IncidentRow, makeIncidents, makeUnits } from './demo-incidents.ts'
import { makeResidents, type ResidentRow } from './demo-people.ts'
import { makeTowns, type Town } from './demo-places.ts'

/** How much of a world there is. */
export interface WorldSize {
  readonly crimes: number
  readonly incidents: number
  readonly unitsPerTown: number
  readonly people: number
}

export const WORLD_SIZES = {
  /** Of `npm run demo`: enough for every panel, and written in a moment. */
  demo: { crimes: 8_000, incidents: 300, unitsPerTown: 6, people: 0 },
  small: { crimes: 100_000, incidents: 1_000, unitsPerTown: 8, people: 20_000 },
  large: { crimes: 1_000_000, incidents: 5_000, unitsPerTown: 16, people: 500_000 }
} as const satisfies Record<string, WorldSize>

const DAY_MS = 86_400_000
const RESIDENTS = 'Address register'

/** What the world is made of: the same for the same seed, time and size, row by row. */
export interface World {
  readonly crimes: () => Iterable<CrimeRow>
  readonly incidents: () => Iterable<IncidentRow>
  readonly units: () => ReturnType<typeof makeUnits>
  readonly residents: () => Iterable<ResidentRow>
}

export function makeWorld(seed: number, now: number, size: WorldSize): World {
  const towns: readonly Town[] = makeTowns(seed)
  return {
    crimes: () => makeCrimes(towns, seed, now, size.crimes),
    incidents: () => makeIncidents(towns, seed, now, size.incidents),
    units: () => makeUnits(towns, seed, size.unitsPerTown),
    residents: () => makeResidents(towns, seed, now, size.people)
  }
}

/** The same as rows of the record, in an order in which each row finds what it names. */
export function worldTables(seed: number, now: number, size: WorldSize): readonly WorldTable[] {
  const world = makeWorld(seed, now, size)
  return [...recordTables(world, now, size), ...residentTables(world, size)]
}

function recordTables({ crimes, incidents, units }: World, now: number, size: WorldSize): readonly WorldTable[] {
  return [
    {
      table: 'crime',
      columns: [
        ...['force', 'source', 'record_key', 'category', 'month', 'happened_at', 'place', 'location', 'outcome'],
        'as_of'
      ],
      ids: {},
      rows: () => mapped(crimes(), toCrime)
    },
    {
      table: 'unit',
      columns: ['force', 'callsign', 'kind', 'skills', 'base', 'base_place', 'crew', 'source', 'as_of'],
      ids: {},
      rows: () =>
        mapped(units(), ({ force, callsign, kind, skills, base, spot, crew }) => [
          ...[force, callsign, kind, skills, base, spot, crew],
          ...[COMMAND_AND_CONTROL, now]
        ])
    },
    {
      table: 'incident',
      columns: [
        ...['incident_id', 'force', 'source', 'record_key', 'reference', 'type', 'status', 'opened_at', 'closed_at'],
        ...['grade', 'summary', 'place', 'radius_metres', 'as_of']
      ],
      ids: { incident_id: 'incident' },
      takes: { id: 'incident', count: size.incidents },
      rows: () => numbered(incidents(), (row, n) => toIncident(row, n, now))
    },
    {
      table: 'contact',
      columns: [
        ...['call_id', 'generation', 'seq', 'force', 'home_force', 'line', 'state', 'cause', 'network_e164'],
        ...['offered_at', 'answered_at', 'released_at', 'closed_at', 'switch_call_ids', 'summary']
      ],
      ids: {},
      rows: () => contactsOf(incidents())
    },
    {
      table: 'contact_incident',
      columns: ['call_id', 'incident_id'],
      ids: { incident_id: 'incident' },
      rows: () => linksOf(incidents())
    }
  ]
}

function residentTables({ residents }: World, size: WorldSize): readonly WorldTable[] {
  if (size.people === 0) return []
  return [
    {
      table: 'address',
      columns: ['address_id', 'force', 'text', 'latitude', 'longitude', 'place', 'source', 'record_key', 'as_of'],
      ids: { address_id: 'address' },
      takes: { id: 'address', count: size.people },
      rows: () => homesOf(residents())
    },
    {
      table: 'person',
      columns: ['person_id', 'force', 'name', 'born', 'source', 'record_key', 'as_of'],
      ids: { person_id: 'person' },
      takes: { id: 'person', count: size.people },
      rows: () =>
        numbered(residents(), ({ force, name, born, source, key, asOf }, n) => [
          ...[n, force, name, born, source, key, asOf]
        ])
    },
    {
      table: 'person_address',
      columns: ['person_id', 'address_id', 'relation', 'as_of'],
      ids: { person_id: 'person', address_id: 'address' },
      rows: () => numbered(residents(), ({ home, asOf }, n) => [n, home, 'lives', asOf])
    },
    {
      table: 'number_link',
      columns: ['e164', 'force', 'person_id', 'address_id', 'relation', 'record_key', 'as_of'],
      ids: { person_id: 'person', address_id: 'address' },
      rows: () => numbersOf(residents())
    }
  ]
}

function toCrime(row: CrimeRow): readonly Field[] {
  const { force, source, key, category, monthAt, happenedAt, spot, location, outcome, asOf } = row
  return [force, source, key, category, monthAt / DAY_MS, happenedAt, spot, location, outcome, asOf]
}

function toIncident(row: IncidentRow, n: number, now: number): readonly Field[] {
  const { force, source, key, reference, type, status, openedAt, closedAt, grade, summary, spot, radiusMetres } = row
  return [
    ...[n, force, source, key, reference, type, status, openedAt, closedAt],
    ...[grade, summary, spot, radiusMetres, now]
  ]
}

function* contactsOf(incidents: Iterable<IncidentRow>): Generator<readonly Field[]> {
  for (const { force, calls, summary } of incidents) {
    for (const { callId, line, e164, offeredAt, answeredAt, releasedAt } of calls) {
      yield [
        ...[callId, 1, 1, force, force, line, 'released', 'ended', e164, offeredAt, answeredAt, releasedAt, releasedAt],
        ...[[], summary]
      ]
    }
  }
}

function* linksOf(incidents: Iterable<IncidentRow>): Generator<readonly Field[]> {
  let n = 0
  for (const { calls } of incidents) {
    for (const { callId } of calls) yield [callId, n]
    n += 1
  }
}

function* homesOf(residents: Iterable<ResidentRow>): Generator<readonly Field[]> {
  for (const { force, home, address, asOf } of residents) {
    if (address === undefined) continue
    const { text, spot } = address
    yield [home, force, text, spot.latitude, spot.longitude, spot, RESIDENTS, `A-${home + 1}`, asOf]
  }
}

function* numbersOf(residents: Iterable<ResidentRow>): Generator<readonly Field[]> {
  let n = 0
  for (const { e164, force, home, key, asOf } of residents) {
    if (e164 !== undefined) yield [e164, force, n, home, 'subscriber', key, asOf]
    n += 1
  }
}

function* mapped<T>(rows: Iterable<T>, to: (row: T) => readonly Field[]): Generator<readonly Field[]> {
  for (const row of rows) yield to(row)
}

function* numbered<T>(rows: Iterable<T>, to: (row: T, n: number) => readonly Field[]): Generator<readonly Field[]> {
  let n = 0
  for (const row of rows) yield to(row, n++)
}
