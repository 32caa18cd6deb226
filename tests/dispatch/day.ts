import type { GridPoint } from '../../src/grid/national-grid.ts'
import type { Area } from '../../src/resources/job.ts'
import type { DriverGrade } from '../../src/resources/unit.ts'
import { makeRandom } from '../support/random.ts'

/** A job as it comes in; what it will take on the spot nobody knows beforehand. */
export interface DayJob {
  readonly id: number
  /** Minutes into the day. */
  readonly at: number
  readonly place: GridPoint
  readonly grade: string
  readonly skills: readonly string[]
  readonly wished: readonly string[]
  readonly crew: number
  readonly minutesAtScene: number
}

export interface DayUnit {
  readonly callsign: string
  readonly home: GridPoint
  readonly town: number
  readonly skills: readonly string[]
  readonly driver: DriverGrade
  readonly crew: number
  /** Minutes into the day at which its crews change. */
  readonly changesAt: readonly number[]
}

export interface Town extends GridPoint {
  readonly radiusMetres: number
  readonly share: number
}

export interface Day {
  readonly towns: readonly Town[]
  readonly units: readonly DayUnit[]
  readonly jobs: readonly DayJob[]
  readonly areaAt: (place: GridPoint) => Area
  /** What the road from one place to another is, as a multiple of the straight line: a policy does not know it. */
  readonly roadFactor: (from: GridPoint, to: GridPoint) => number
}

export interface DayPlan {
  readonly seed: number
  readonly units: number
  readonly jobs: number
}

export const DAY_MINUTES = 1_440
const SIDE_METRES = 80_000
const ORIGIN = { easting: 420_000, northing: 160_000 }
const TOWNS = 12
/** Calls of each hour of the day, as shares: quiet before dawn, most in the evening. */
const BY_HOUR = [5, 4, 3, 2, 2, 2, 3, 4, 5, 6, 6, 7, 7, 7, 7, 8, 8, 9, 9, 9, 8, 8, 7, 6]

/** A force's day, the same for the same plan: towns, units that belong to them, and jobs over 24 hours. */
export function makeDay({ seed, units, jobs }: DayPlan): Day {
  const random = makeRandom(seed)
  const unit = () => random.below(1_000_000) / 1_000_000
  const towns = Array.from({ length: TOWNS }, (_, at) => ({
    easting: ORIGIN.easting + unit() * SIDE_METRES,
    northing: ORIGIN.northing + unit() * SIDE_METRES,
    radiusMetres: 2_000 + unit() * 2_500,
    // The first towns are the large ones.
    share: 1 / (at + 1)
  }))
  const all = towns.reduce((sum, { share }) => sum + share, 0)
  const townOf = () =>
    drawn(
      towns.map(({ share }) => share),
      unit() * all
    )
  const around = ({ easting, northing }: GridPoint, metres: number): GridPoint => {
    const [angle, far] = [unit() * 2 * Math.PI, metres * Math.sqrt(unit())]
    return { easting: easting + far * Math.cos(angle), northing: northing + far * Math.sin(angle) }
  }
  const areaAt = (place: GridPoint): Area =>
    towns.some(town => Math.hypot(town.easting - place.easting, town.northing - place.northing) <= town.radiusMetres)
      ? 'urban'
      : 'rural'
  const skillsOf = () => [
    ...(unit() < 0.06 ? ['dog'] : []),
    ...(unit() < 0.35 ? ['taser'] : []),
    ...(unit() < 0.3 ? ['domestic abuse'] : [])
  ]
  const dayUnits = Array.from({ length: units }, (_, at): DayUnit => {
    const town = at < TOWNS ? at : townOf()
    const home = around(towns[town] ?? ORIGIN, 3_000)
    const start = random.pick([0, 420, 420, 540, 840])
    const drivers: readonly DriverGrade[] = ['basic', 'response', 'response', 'response', 'advanced']
    return {
      ...{ callsign: `U${String(at).padStart(3, '0')}`, home, town, skills: skillsOf(), driver: random.pick(drivers) },
      ...{ crew: random.pick([1, 1, 2]), changesAt: [start + 60, start + 540, start + 1_020, start + 1_500] }
    }
  })
  const hours = BY_HOUR.reduce((sum, share) => sum + share, 0)
  const minuteOf = () => (drawn(BY_HOUR, unit() * hours) + unit()) * 60
  const dayJobs = Array.from({ length: jobs }, () => {
    const grade = random.pick(['1', '1', '1', '2', '2', '2', '2', '2', '2', '3', '3', '3'])
    const isOut = unit() < 0.3
    const town = towns[townOf()] ?? { ...ORIGIN, radiusMetres: 1 }
    return {
      ...{ at: minuteOf(), place: around(town, isOut ? 14_000 : town.radiusMetres), grade },
      skills: unit() < 0.02 ? ['dog'] : [],
      wished: unit() < 0.2 ? ['domestic abuse'] : unit() < 0.2 ? ['taser'] : [],
      crew: grade === '1' && unit() < 0.2 ? 2 : 1,
      minutesAtScene: Math.round(15 + 60 * unit() * unit() + (grade === '1' ? 15 : 0))
    }
  })
    .sort((one, other) => one.at - other.at)
    .map((job, id) => ({ id, ...job }))
  return { towns, units: dayUnits, jobs: dayJobs, areaAt, roadFactor: makeRoads(seed) }
}

/** Which of the shares a draw from their sum falls into. */
function drawn(shares: readonly number[], draw: number): number {
  let left = draw
  const at = shares.findIndex(share => {
    left -= share
    return left <= 0
  })
  return Math.max(0, at)
}

/**
 * Roads that the straight line does not show: between two squares of 4 km the way is 1.1 to 1.9 times as long, the same
 * both ways and on each day of this seed; a river or a railway makes some of them much longer.
 */
function makeRoads(seed: number): Day['roadFactor'] {
  const cell = ({ easting, northing }: GridPoint) => Math.floor(easting / 4_000) * 1_000 + Math.floor(northing / 4_000)
  return (from, to) => {
    const [one, other] = [cell(from), cell(to)].sort((a, b) => a - b)
    const hash = makeRandom(((one ?? 0) * 31 + (other ?? 0) * 17 + seed * 7) | 0)
    hash.below(2)
    const share = hash.below(1_000) / 1_000
    return share > 0.93 ? 2.6 : 1.1 + share * 0.6
  }
}
