import type { CrimeCategory } from '../lookups/crime-categories.ts'
import { monthOf, monthsBefore } from '../lookups/crime-months.ts'
import { PUBLISHED_SOURCE } from '../lookups/crimes.ts'
import { DEMO_FORCES, type DemoForce, makeAddressText, pickTown, type Spot, type Town, townsOf } from './demo-places.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

/** A row of the table `crime`. */
export interface CrimeRow {
  readonly force: DemoForce
  readonly source: string
  readonly key: string
  readonly category: CrimeCategory
  /** The first of its month, epoch ms. */
  readonly monthAt: number
  readonly happenedAt?: number
  readonly spot?: Spot
  readonly location: string
  readonly outcome?: string
  readonly asOf: number
}

const OPERATIONAL = 'Crime records'
const DAY_MS = 86_400_000
/** Months published, the last of them so many before this one. */
const MONTHS = 36
const WEEKS_LATE = 2
/** Of all crimes those that the force's own system has of the last weeks. */
const OPERATIONAL_SHARE = 0.02
const OPERATIONAL_DAYS = 45
/** How often a published row has no place. */
const NO_PLACE = 0.02

/** How often each is of a thousand: as real streets have them. */
const CATEGORIES = [
  ['violent-crime', 345],
  ['anti-social-behaviour', 185],
  ['criminal-damage-arson', 85],
  ['public-order', 80],
  ['shoplifting', 75],
  ['other-theft', 65],
  ['vehicle-crime', 55],
  ['burglary', 40],
  ['drugs', 28],
  ['other-crime', 18],
  ['theft-from-the-person', 8],
  ['bicycle-theft', 8],
  ['possession-of-weapons', 5],
  ['robbery', 3]
] as const satisfies readonly (readonly [CrimeCategory, number])[]
const OUTCOMES = [
  'Investigation complete; no suspect identified',
  'Unable to prosecute suspect',
  'Status update unavailable',
  'Under investigation',
  'Local resolution',
  'Awaiting court outcome'
] as const

/** So many crimes of both forces, published month by month and then the forces' own; the same for the same seed and day. */
export function* makeCrimes(towns: readonly Town[], seed: number, now: number, count: number): Generator<CrimeRow> {
  const random = makeSeededRandom(seed * 31 + 1)
  const operational = Math.round(count * OPERATIONAL_SHARE)
  const published = count - operational
  const groups = MONTHS * DEMO_FORCES.length
  for (let group = 0; group < groups; group++) {
    const force = DEMO_FORCES[group % DEMO_FORCES.length] as DemoForce
    const back = MONTHS - Math.floor(group / DEMO_FORCES.length) + WEEKS_LATE - 1
    const monthAt = monthsBefore(monthOf(now), back) * DAY_MS
    const own = townsOf(towns, force)
    const end = Math.round((published * (group + 1)) / groups)
    for (let n = Math.round((published * group) / groups); n < end; n++) {
      yield makePublished(random, { force, monthAt, n, town: pickTown(own, random), now })
    }
  }
  for (let n = 0; n < operational; n++) yield makeOperational(random, pickTown(towns, random), n, now)
}

interface Published {
  readonly force: DemoForce
  readonly monthAt: number
  readonly n: number
  readonly town: Town
  readonly now: number
}

function makePublished(random: SeededRandom, { force, monthAt, n, town, now }: Published): CrimeRow {
  const [category] = random.pickBy(CATEGORIES, ([, weight]) => weight)
  // The busiest point of a town has many times what its mean has.
  const snap = town.snaps[Math.floor(random.next() ** 2.2 * town.snaps.length)]
  const hasPlace = !random.chance(NO_PLACE) && snap !== undefined
  // Published anti-social behaviour has no id and no outcome: its key is made of the row.
  const isNameless = category === 'anti-social-behaviour'
  return {
    ...{ force, source: PUBLISHED_SOURCE, category, monthAt },
    key: isNameless ? `asb-${monthAt / DAY_MS}-${n}` : makeHex(random),
    ...(hasPlace ? { spot: snap } : {}),
    location: hasPlace ? `On or near ${snap.street}` : 'No location',
    ...(isNameless ? {} : { outcome: random.pick(OUTCOMES) }),
    asOf: now
  }
}

function makeOperational(random: SeededRandom, town: Town, n: number, now: number): CrimeRow {
  const [category] = random.pickBy(CATEGORIES, ([, weight]) => weight)
  const snap = random.pick(town.snaps)
  const happenedAt = now - Math.floor(random.next() ** 1.3 * OPERATIONAL_DAYS * DAY_MS)
  const off = (metres: number) => Math.round((metres + (random.next() - 0.5) * 160) * 10) / 10
  return {
    ...{ force: town.force, source: OPERATIONAL, category, monthAt: monthOf(happenedAt) * DAY_MS, happenedAt },
    key: `${town.force.toUpperCase()}-C-${String(n + 1).padStart(7, '0')}`,
    // The true place, and not where a published one would be snapped to.
    spot: { ...snap, easting: off(snap.easting), northing: off(snap.northing) },
    location: makeAddressText(town, snap.street, random),
    ...(random.chance(0.7) ? { outcome: 'Under investigation' } : {}),
    asOf: happenedAt
  }
}

/** 64 digits, as the ids of published crimes. */
function makeHex(random: SeededRandom): string {
  let hex = ''
  while (hex.length < 64) hex += random.between(0, 0xffffffff).toString(16).padStart(8, '0')
  return hex
}
