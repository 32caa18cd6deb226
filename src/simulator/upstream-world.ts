import { HELMERT_GRID, metresBetween } from '../grid/national-grid.ts'
import { FIRST_NAMES, STREETS, SURNAMES, TOWNS } from './demo-words.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

/*
 * What the demo's other systems hold: vehicles and custody records by number, schools and care homes by place. The same for
 * the same seed and hour; every name is invented, and no registration mark can exist (none has Q and I where these have them).
 */

export interface Vehicle {
  readonly number: string
  readonly registration: string
  readonly make: string
  readonly model: string
  readonly colour: string
  readonly keeper: string
  readonly insured: boolean
  readonly motUntil: string
  readonly note?: string
}

export interface CustodyRecord {
  readonly number: string
  readonly reference: string
  readonly name: string
  readonly suite: string
  /** ISO 8601. */
  readonly detainedAt: string
  readonly outcome: string
  readonly warning?: string
}

export interface Premises {
  readonly kind: 'school' | 'care-home'
  readonly name: string
  readonly address: string
  readonly easting: number
  readonly northing: number
  /** Places of a school, beds of a home. */
  readonly size: number
  readonly telephone: string
}

export interface UpstreamWorld {
  vehiclesOf(number: string): readonly Vehicle[]
  custodyOf(number: string): readonly CustodyRecord[]
  /** Within so many metres, the nearest first. */
  premisesNear(easting: number, northing: number, metres: number): readonly (Premises & { readonly metres: number })[]
}

const DAY_MS = 86_400_000
const MAKES = [
  ['Wayfarer', 'Estate'],
  ['Wayfarer', 'City'],
  ['Northbridge', 'Courier van'],
  ['Northbridge', 'Tourer'],
  ['Halcyon', 'Saloon'],
  ['Halcyon', 'Hatch'],
  ['Brunel & Sons', 'Scooter'],
  ['Tarn', 'Pickup']
] as const
const COLOURS = ['white', 'black', 'silver', 'blue', 'red', 'green', 'grey', 'yellow'] as const
const NOTES = [
  'Reported stolen',
  'Seen near a burglary',
  'Driver disqualified',
  'Left a filling station unpaid'
] as const
const SUITES = ['Loddon suite', 'Cherwell suite', 'Itchen suite', 'Solent suite'] as const
const OUTCOMES = ['released under investigation', 'bailed to return', 'charged', 'no further action'] as const
const WARNINGS = ['Self-harm', 'Needs an appropriate adult', 'Diabetic', 'Violent when restrained'] as const
const PER_TOWN = { school: 10, 'care-home': 8 } as const
/** How far from the middle of its town, in degrees. */
const AROUND = 0.025

/** `now`: the times in it are told from there. */
export function makeUpstreamWorld(seed: number, now: number): UpstreamWorld {
  const premises = makePremises(makeSeededRandom(seed))
  return {
    vehiclesOf: number => makeVehicles(of(seed, number, 1), number, now),
    custodyOf: number => makeCustody(of(seed, number, 2), number, now),
    premisesNear: (easting, northing, metres) =>
      premises
        .map(each => ({ ...each, metres: Math.round(metresBetween(each, { easting, northing })) }))
        .filter(each => each.metres <= metres)
        .sort((one, other) => one.metres - other.metres)
  }
}

/** What is held of one number hangs on nothing else. */
function of(seed: number, number: string, kind: number): SeededRandom {
  const digits = Number(number.replace(/\D/g, '').slice(-9))
  const random = makeSeededRandom(Math.imul(digits + kind, 2_654_435_761) ^ seed)
  // The first numbers of like seeds are alike.
  random.next()
  random.next()
  return random
}

function makeVehicles(random: SeededRandom, number: string, now: number): readonly Vehicle[] {
  const count = random.chance(0.35) ? 0 : random.between(1, 3)
  const keeper = nameOf(random)
  return Array.from({ length: count }, () => {
    const [make, model] = random.pick(MAKES)
    const letters = () => random.pick(['A', 'D', 'H', 'K', 'P', 'T', 'W'])
    return {
      ...{ number, keeper, make, model },
      registration: `Q${letters()}${random.between(51, 76)} I${letters()}${letters()}`,
      colour: random.pick(COLOURS),
      insured: !random.chance(0.15),
      motUntil: new Date(now + random.between(-60, 360) * DAY_MS).toISOString().slice(0, 10),
      ...(random.chance(0.12) ? { note: random.pick(NOTES) } : {})
    }
  })
}

function makeCustody(random: SeededRandom, number: string, now: number): readonly CustodyRecord[] {
  const count = random.chance(0.8) ? 0 : random.between(1, 4)
  const name = nameOf(random)
  return Array.from({ length: count }, (_, nth) => {
    const at = now - random.between(5 + nth * 200, 200 + nth * 200) * DAY_MS
    return {
      ...{ number, name },
      reference: `CU-${new Date(at).getUTCFullYear()}-${random.between(10_000, 99_999)}`,
      suite: random.pick(SUITES),
      detainedAt: new Date(at).toISOString(),
      outcome: random.pick(OUTCOMES),
      ...(random.chance(0.4) ? { warning: random.pick(WARNINGS) } : {})
    }
  })
}

function makePremises(random: SeededRandom): readonly Premises[] {
  const towns = [...TOWNS.tvp, ...TOWNS.hants]
  return towns.flatMap(([town, , latitude, longitude]) =>
    (['school', 'care-home'] as const).flatMap(kind =>
      Array.from({ length: PER_TOWN[kind] }, () => {
        const around = () => (random.next() + random.next() - 1) * AROUND
        const point = HELMERT_GRID.toGrid({ latitude: latitude + around(), longitude: longitude + around() * 1.6 })
        if (point === undefined) throw new Error('the demo lies outside of Britain')
        const street = random.pick(STREETS)
        const surname = random.pick(SURNAMES)
        return {
          kind,
          name: kind === 'school' ? `${surname} ${random.pick(['Primary', 'Junior', 'Academy'])}` : `${surname} House`,
          address: `${random.between(1, 140)} ${street}, ${town}`,
          easting: Math.round(point.easting),
          northing: Math.round(point.northing),
          size: kind === 'school' ? random.between(90, 1_400) : random.between(8, 90),
          telephone: `01632 960${String(random.between(200, 899)).padStart(3, '0')}`
        }
      })
    )
  )
}

function nameOf(random: SeededRandom): string {
  return `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`
}
