import { makeCallId, type SwitchCallId } from '../call/ids.ts'
import { numberOf } from './demo-people.ts'
import { around, type DemoForce, pickTown, type Spot, type Town } from './demo-places.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

/** A row of the table `incident`. */
export interface IncidentRow {
  readonly force: DemoForce
  readonly source: string
  readonly key: string
  readonly reference: string
  readonly type: string
  readonly status: 'open' | 'closed'
  readonly openedAt: number
  readonly closedAt?: number
  readonly grade: string
  readonly summary: string
  readonly spot: Spot
  readonly radiusMetres: number
  /** Calls that were linked to it. */
  readonly calls: readonly IncidentCall[]
}

/** A row of the table `contact`, of a call that is long over. */
export interface IncidentCall {
  readonly callId: string
  readonly line: string
  readonly e164: string
  readonly offeredAt: number
  readonly answeredAt: number
  readonly releasedAt: number
}

/** A row of the table `unit`. */
export interface UnitRow {
  readonly force: DemoForce
  readonly callsign: string
  readonly kind: string
  readonly skills: readonly string[]
  readonly base: string
  readonly spot: Spot
  readonly crew: number
}

export const COMMAND_AND_CONTROL = 'Command and control'
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** No incident is younger: its calls have ended. */
const NEWEST_MS = 6 * MINUTE_MS
const NUMBERS = 14_000
/** Open ones are as old as this at most, most of them much younger. */
const OPEN_HOURS = 20
const CLOSED_DAYS = 30
/** Of all incidents. */
const OPEN_SHARE = 0.5

/** Type, grade, and what the first words of the log are. */
const EVENTS = [
  ['Road traffic: collision, injury', '1', 'Two vehicles, one on its side, driver trapped.'],
  ['Violence: fight in progress', '1', 'Group of six outside a public house, bottles thrown.'],
  ['Fire: in the open', '2', 'Smoke over the allotments, fire service told.'],
  ['Public safety: missing person', '2', 'Walked out of a care home in slippers, last seen going east.'],
  ['Domestic incident: in progress', '1', 'Shouting and breaking glass heard through the wall.'],
  ['Burglary: residential', '2', 'Alarm sounding, rear window broken.'],
  ['Anti-social behaviour: nuisance', '3', 'Mini-motos on the green again.'],
  ['Road traffic: obstruction', '3', 'Broken down lorry blocks one lane.'],
  ['Public safety: concern for safety', '2', 'Not seen since yesterday, post behind the door.'],
  ['Theft: shoplifting', '4', 'Detained by security staff, calm.'],
  ['Criminal damage: vehicle', '4', 'Wing mirrors kicked off a row of cars.'],
  ['Suspicious: circumstances', '3', 'Two people trying car doors along the street.']
] as const

const KINDS = [
  ['response', 'R', 6, ['response driving']],
  ['neighbourhood', 'N', 4, ['mental health']],
  ['roads', 'T', 2, ['pursuit', 'collision investigation']],
  ['armed response', 'A', 1, ['firearms', 'trauma']],
  ['dogs', 'K', 1, ['search']]
] as const

/** So many incidents about the towns, newest numbers last; half of them open. */
export function* makeIncidents(
  towns: readonly Town[],
  seed: number,
  now: number,
  count: number
): Generator<IncidentRow> {
  const random = makeSeededRandom(seed * 37 + 2)
  for (let n = 0; n < count; n++) yield makeIncident(random, pickTown(towns, random), n, now)
}

function makeIncident(random: SeededRandom, town: Town, n: number, now: number): IncidentRow {
  const [type, grade, summary] = random.pick(EVENTS)
  const isOpen = random.next() < OPEN_SHARE
  const hours = isOpen ? random.next() ** 2 * OPEN_HOURS : OPEN_HOURS + random.next() * CLOSED_DAYS * 24
  const openedAt = now - NEWEST_MS - Math.floor(hours * HOUR_MS)
  const day = new Date(openedAt).toISOString().slice(0, 10).replaceAll('-', '')
  return {
    ...{ force: town.force, source: COMMAND_AND_CONTROL, type, grade, summary, openedAt },
    key: `${town.force}-${n + 1}`,
    reference: `${town.force.toUpperCase()}-${day}-${2_000 + n}`,
    status: isOpen ? 'open' : 'closed',
    ...(isOpen ? {} : { closedAt: openedAt + random.between(20, 400) * 60_000 }),
    spot: around(town.middle, random, 0.012),
    radiusMetres: random.pick([10, 25, 50, 100]),
    calls: Array.from({ length: random.between(0, 4) }, (_, nth) =>
      makeCall(random, town.force, { n, nth, openedAt, now })
    )
  }
}

/** The first of an incident's calls opens it, others follow in the next minutes. */
function makeCall(
  random: SeededRandom,
  force: DemoForce,
  {
    n,
    nth,
    openedAt,
    now
  }: { readonly n: number; readonly nth: number; readonly openedAt: number; readonly now: number }
): IncidentCall {
  const offeredAt = Math.min(now - 5 * MINUTE_MS, openedAt + (nth * 3 - 1) * MINUTE_MS)
  const answeredAt = offeredAt + random.between(2_000, 9_000)
  const switchCallId = `demo-incident-${n}-${nth}` as SwitchCallId
  return {
    callId: makeCallId({ force, trunk: 'demo-history', switchCallId, firstSeenAt: offeredAt, occurrence: 0 }),
    line: random.chance(0.7) ? '999' : '101',
    e164: numberOf(random.between(0, NUMBERS - 1)) ?? '',
    ...{ offeredAt, answeredAt },
    releasedAt: answeredAt + random.between(20_000, 240_000)
  }
}

/** The same units for the same seed, spread over the stations of the towns. */
export function* makeUnits(towns: readonly Town[], seed: number, perTown: number): Generator<UnitRow> {
  const random = makeSeededRandom(seed * 41 + 3)
  for (const [at, town] of towns.entries()) {
    const station = around(town.middle, random, 0.004)
    for (let n = 0; n < perTown; n++) {
      const [kind, letter, , skills] = random.pickBy(KINDS, ([, , weight]) => weight)
      yield {
        ...{ force: town.force, kind, skills, base: `${town.name} police station`, spot: station },
        callsign: `${town.force === 'tvp' ? 'TV' : 'HC'}${letter}${at + 1}${String(n + 1).padStart(2, '0')}`,
        crew: random.chance(0.6) ? 2 : 1
      }
    }
  }
}
