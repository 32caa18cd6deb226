import { type GridPoint, metresBetween } from '../grid/national-grid.ts'
import type { Area, ChoiceRules, Job } from './job.ts'
import type { Unit } from './unit.ts'

/** How long a unit needs, and how that is known. */
export interface Travel {
  readonly minutes: number
  /** In a straight line. */
  readonly metres: number
  /** By distance and speed; a routing engine was not asked or did not know. */
  readonly isEstimate: boolean
}

/** Minutes by a routing engine, by callsign; a unit it does not know has none. */
export type RoutedMinutes = ReadonlyMap<string, number>

const MINUTES_AN_HOUR = 60
const METRES_A_KM = 1_000

/**
 * Distance times a detour, half of it at the speed of where the unit stands and half at that of the job: who comes from
 * the country into a town has both before him. Units whose driver is `basic` go with the traffic whatever the grade.
 */
export function estimateTravel(unit: Unit, from: GridPoint, job: Job, rules: ChoiceRules): Travel {
  const metres = metresBetween(from, job.place)
  const half = metres / METRES_A_KM / 2
  const minutesIn = (area: Area) => ((half * rules.detour[area]) / speedOf(unit, area, job, rules)) * MINUTES_AN_HOUR
  return { minutes: minutesIn(rules.areaAt(from)) + minutesIn(job.area), metres, isEstimate: true }
}

/** What a routing engine said, where it did. It counts as the traffic goes; blue lights are faster in proportion. */
export function withRouted(
  unit: Unit,
  estimate: Travel,
  { routed, job, rules }: { routed: RoutedMinutes | undefined; job: Job; rules: ChoiceRules }
): Travel {
  const minutes = routed?.get(unit.callsign)
  if (minutes === undefined) return estimate
  const share = rules.speedKmh[job.area].traffic / speedOf(unit, job.area, job, rules)
  return { minutes: minutes * share, metres: estimate.metres, isEstimate: false }
}

function speedOf({ driver }: Unit, area: Area, { grade }: Job, { speedKmh, driverFactor }: ChoiceRules): number {
  const { traffic, emergency } = speedKmh[area]
  if (!grade.isEmergencyDrive || driver === 'basic') return traffic
  return Math.max(traffic, emergency * driverFactor[driver])
}
