import { HELMERT_GRID } from '../grid/national-grid.ts'
import { STREETS, TOWNS, UNREAL_POSTCODE_LETTERS } from './demo-words.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

export const DEMO_FORCES = ['tvp', 'hants'] as const
export type DemoForce = (typeof DEMO_FORCES)[number]

/** A point of the world: degrees as files have them, and metres of the National Grid as the record does. */
export interface Spot {
  readonly latitude: number
  readonly longitude: number
  readonly easting: number
  readonly northing: number
}

export interface Town {
  readonly force: DemoForce
  readonly name: string
  readonly district: string
  readonly middle: Spot
  /** How much of what happens in the force happens here. */
  readonly weight: number
  /** The points that published crimes are snapped to, with their street; the busiest first. */
  readonly snaps: readonly (Spot & { readonly street: string })[]
}

/** Snap points of a town of weight 1; in a real one a point has some hundred houses around it. */
const SNAPS = 320
/** Degrees of latitude: how far from the middle most of a town lies. */
const SPREAD = 0.014
/** A degree of longitude is so much shorter here. */
const LONGER = 1.6

/** Towns of both forces, the larger first, as the lists of words have them. */
export function makeTowns(seed: number): readonly Town[] {
  return DEMO_FORCES.flatMap((force, nth) =>
    TOWNS[force].map(([name, district, latitude, longitude], at): Town => {
      const random = makeSeededRandom(seed * 1_000 + nth * 100 + at + 1)
      const weight = 1 / (1 + at * 0.35)
      const middle = toSpot(latitude, longitude)
      const snaps = Array.from({ length: Math.round(SNAPS * (0.4 + weight)) }, () => ({
        ...around(middle, random, SPREAD),
        street: random.pick(STREETS)
      }))
      return { ...{ force, name, district, middle, weight }, snaps }
    })
  )
}

export function townsOf(towns: readonly Town[], force: DemoForce): readonly Town[] {
  return towns.filter(town => town.force === force)
}

/** By weight. */
export function pickTown(towns: readonly Town[], random: SeededRandom): Town {
  return random.pickBy(towns, ({ weight }) => weight)
}

/** Near the middle more than far from it: the mean of three, which is nearly a bell. */
export function around({ latitude, longitude }: Spot, random: SeededRandom, spread: number): Spot {
  const bell = () => (random.next() + random.next() + random.next()) * 2 - 3
  return toSpot(latitude + bell() * spread, longitude + bell() * spread * LONGER)
}

export function makeAddressText(town: Town, street: string, random: SeededRandom): string {
  const postcode = `${town.district} ${random.between(1, 9)}${random.pick(UNREAL_POSTCODE_LETTERS)}`
  return `${random.between(1, 240)} ${street}, ${town.name}, ${postcode}`
}

function toSpot(latitude: number, longitude: number): Spot {
  const degrees = { latitude: toSix(latitude), longitude: toSix(longitude) }
  const grid = HELMERT_GRID.toGrid(degrees)
  if (grid === undefined) throw new Error('the demo lies outside of Britain')
  const metres = (value: number) => Math.round(value * 10) / 10
  return { ...degrees, easting: metres(grid.easting), northing: metres(grid.northing) }
}

function toSix(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}
