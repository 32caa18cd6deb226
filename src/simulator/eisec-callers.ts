import { FIRST_NAMES, STREETS, SURNAMES, UNREAL_POSTCODE_LETTERS } from './demo-words.ts'
import { makeSeededRandom } from './seeded-random.ts'

/** What the service says of a number: fields by their tag, or that there is nothing, with its error number. */
export type CallerAnswer = { readonly fields: Readonly<Record<string, string>> } | { readonly error: string }

/** What it says at the first request for a number, the second, and so on. */
export type Callers = (telephone: string, nth: number) => CallerAnswer

/** Town, postcode district, easting and northing of the middle, to a hundred metres; those of Thames Valley first. */
const TOWNS = [
  ['Reading', 'RG1', 471_500, 173_500],
  ['Oxford', 'OX1', 451_400, 206_300],
  ['Slough', 'SL1', 497_800, 180_000],
  ['Aylesbury', 'HP20', 482_000, 213_800],
  ['Banbury', 'OX16', 445_600, 240_600],
  ['Southampton', 'SO14', 442_000, 112_000],
  ['Portsmouth', 'PO1', 464_300, 101_500],
  ['Winchester', 'SO23', 448_200, 129_400],
  ['Basingstoke', 'RG21', 463_700, 151_900],
  ['Newport', 'PO30', 450_000, 89_200]
] as const

const THAMES_VALLEY_TOWNS = 5

const NETWORKS = ['Example Mb', 'Demo Tel', 'Sample Net'] as const
/** No subscriber is known of these: the last ten of each hundred. */
const UNKNOWN_FROM = 90
const SEARCHES = 2
const AGAIN_SECONDS = 10

/**
 * Ofcom's drama numbers, each always at the same place: a mobile (07700 900…) is in its cell first, is searched for, and
 * has an ellipse at its third answer; a fixed line has its address, or is a call box where it ends in 7.
 */
export const demoCallers: Callers = (telephone, nth) => {
  const seed = Number(telephone.slice(-6))
  if (!Number.isInteger(seed) || seed % 100 >= UNKNOWN_FROM) return { error: '01' }
  return telephone.startsWith('07') ? mobile(telephone, nth) : fixedLine(seed)
}

function fixedLine(seed: number): CallerAnswer {
  const random = makeSeededRandom(seed)
  const [town, district] = random.pick(TOWNS)
  const postcode = `${district} ${random.between(1, 9)}${random.pick(UNREAL_POSTCODE_LETTERS)}`
  const isKiosk = seed % 10 === 7
  const name = isKiosk ? `KIOSK ${seed}` : `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`
  const road = isKiosk ? random.pick(STREETS) : `${random.between(1, 140)} ${random.pick(STREETS)}`
  return { fields: { NA: name, AA: road, AB: town, AC: postcode } }
}

interface DemoCell {
  readonly force: 'tvp' | 'hants'
  /** Metres of the National Grid. */
  readonly easting: number
  readonly northing: number
}

/** Where a demo mobile is, roughly: the middle of its cell, and whose area that is. */
export function demoCell(telephone: string): DemoCell {
  const random = makeSeededRandom(Number(telephone.slice(-6)))
  const town = random.pick(TOWNS)
  const [, , easting, northing] = town
  const force = TOWNS.indexOf(town) < THAMES_VALLEY_TOWNS ? 'tvp' : 'hants'
  return { force, easting: easting + random.between(-900, 900), northing: northing + random.between(-900, 900) }
}

function mobile(telephone: string, nth: number): CallerAnswer {
  const seed = Number(telephone.slice(-6))
  const random = makeSeededRandom(seed + 1)
  const network = random.pick(NETWORKS)
  const { easting, northing } = demoCell(telephone)
  // Of a telephone that knows where it is: finer than any cell.
  const ellipse = [random.between(20, 45), random.between(6, 18), random.between(1, 3_599) / 10] as const
  const walk = (metres: number) => Math.round(Math.sin(seed + nth) * metres)
  if (nth < SEARCHES) {
    return {
      fields: columns({
        network,
        state: 'Searching',
        again: AGAIN_SECONDS,
        easting,
        northing,
        axes: [2_000, 2_000],
        angle: 0
      })
    }
  }
  const at = { easting: easting + 310 + walk(40), northing: northing - 170 + walk(25) }
  const axes = [ellipse[0], ellipse[1]] as const
  return { fields: columns({ network, state: 'Data Available', again: 0, ...at, axes, angle: ellipse[2] }) }
}

interface MobileColumns {
  readonly marker?: '*MOB*' | '*TMS*'
  readonly network: string
  readonly state: string
  /** 0: blank. */
  readonly again: number
  readonly easting: number
  readonly northing: number
  readonly axes: readonly [major: number, minor: number]
  readonly angle: number
  readonly confidence?: number
}

/** The columns of a mobile's answer, written here as the tables have them and read by nobody of the gateway's. */
export function columns(mobile: MobileColumns): Readonly<Record<string, string>> {
  const { marker = '*MOB*', network, state, again, easting, northing, axes, angle, confidence = 95 } = mobile
  const left = (text: string, width: number) => text.slice(0, width).padEnd(width)
  const right = (value: string | number, width: number) => String(value).slice(0, width).padStart(width)
  const seconds = again === 0 ? '   ' : String(again).padStart(3, '0')
  return {
    NA: `${marker} ${left(network, 10)}01 ${'20261126140209'.padEnd(15, '0')} 1 ${left(state, 16)}${seconds}`,
    AA: `${right(easting, 11)}${right(northing, 11)}${right(axes[0], 7)}${right(axes[1], 6)}`,
    AB: `${right(confidence, 4)}${right(angle.toFixed(1), 7)}${left('OSGB36', 8)}${right('', 6)}${right('', 4)}${right('', 3)}`
  }
}
