import { bestFix, type WeighedFix } from '../lookups/location/best-fix.ts'
import { describePlace, type FixPlace, type Gazetteer, placeFix } from '../lookups/location/gazetteer.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { toTableLines } from '../operations/text-table.ts'
import type { ReadSample } from './read-sample.ts'

/** One fix of a sample, with all that is said of it. */
export interface LocatedFix extends FixPlace {
  readonly fix: LocationFix
  readonly isBest: boolean
  readonly isApproximate: boolean
  /** Radius in metres at 95 %, as fixes are compared. */
  readonly weighedMetres?: number
  readonly reason: string
}

export interface LocateReport {
  readonly sample: ReadSample['what']
  readonly grid: { readonly method: Gazetteer['grid']['method']; readonly accuracyMetres: number }
  /** Best first. */
  readonly fixes: readonly LocatedFix[]
  readonly notes: readonly string[]
  readonly vehicle?: ReadSample['vehicle']
}

/**
 * What is found, each fix placed on the grid and named, in the order the gateway would show them. Ages are those at
 * the newest fix: a sample is looked at long after its call.
 */
export function toReport({ what, fixes, notes, vehicle }: ReadSample, gazetteer: Gazetteer): LocateReport {
  const placed = fixes.map(fix => placeFix(fix, gazetteer))
  const now = Math.max(0, ...placed.map(({ fixedAt }) => fixedAt ?? 0))
  const { method, accuracyMetres } = gazetteer.grid
  return {
    sample: what,
    grid: { method, accuracyMetres },
    fixes: bestFix(placed, { now }).order.map((weighed, at) => toLocated(weighed, at === 0, gazetteer)),
    notes,
    ...(vehicle === undefined ? {} : { vehicle })
  }
}

function toLocated(
  { fix, isApproximate, weighedMetres, reason }: WeighedFix,
  isBest: boolean,
  gazetteer: Gazetteer
): LocatedFix {
  return {
    ...{ fix, isBest, isApproximate, reason },
    ...(weighedMetres === undefined ? {} : { weighedMetres: Math.round(weighedMetres * 10) / 10 }),
    ...describePlace(fix, gazetteer)
  }
}

const HEADS = [
  '',
  'source',
  'shape',
  'latitude, longitude',
  'grid reference',
  'easting, northing',
  'radius',
  'conf.',
  'time'
]
const NOTHING = '-'

/** The report as a person reads it: a row for each fix, and below it what lies nearest and why it stands there. */
export function toTable({ sample, grid, fixes, notes }: LocateReport): string {
  const [head = '', ...rows] = toTableLines([HEADS, ...fixes.map(toCells)])
  const count = fixes.length === 0 ? 'no fix' : fixes.length === 1 ? '1 fix' : `${fixes.length} fixes`
  const exact = grid.method === 'ostn15' ? 'by OSTN15' : `within ${grid.accuracyMetres} m, without OSTN15`
  return [
    `${sample}: ${count}${fixes.length === 0 ? '' : `; grid ${exact}`}`,
    ...(fixes.length === 0 ? [] : ['', head]),
    ...fixes.flatMap((located, at) => [rows[at] ?? '', ...toWords(located).map(words => `   ${words}`)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ''
  ].join('\n')
}

function toCells({ fix, isBest, gridReference = NOTHING }: LocatedFix): string[] {
  const { source, shape, latitude, longitude, grid, confidence, fixedAt } = fix
  const isPlace = latitude !== undefined && longitude !== undefined
  return [
    isBest ? '*' : '',
    source,
    shape,
    isPlace ? `${latitude.toFixed(6)}, ${longitude.toFixed(6)}` : NOTHING,
    gridReference,
    grid === undefined ? NOTHING : `${grid.easting.toFixed(1)}, ${grid.northing.toFixed(1)}`,
    toExtent(fix),
    confidence === undefined ? NOTHING : `${confidence} %`,
    fixedAt === undefined ? NOTHING : new Date(fixedAt).toISOString().replace('.000Z', 'Z')
  ]
}

function toExtent({ semiMajorMetres, semiMinorMetres, radiusMetres }: LocationFix): string {
  const whole = (metres: number) => String(Math.round(metres))
  if (semiMajorMetres !== undefined && semiMinorMetres !== undefined) {
    return `${whole(semiMajorMetres)} x ${whole(semiMinorMetres)} m`
  }
  return radiusMetres === undefined ? NOTHING : `${whole(radiusMetres)} m`
}

function toWords({ fix, postcode, place, isBest, reason }: LocatedFix): string[] {
  const near = [
    ...(postcode === undefined ? [] : [`${postcode.postcode} ${Math.round(postcode.metres)} m`]),
    ...(place === undefined ? [] : [`${place.name} ${Math.round(place.metres)} m`])
  ]
  return [
    ...(fix.method === undefined || fix.method === '' ? [] : [`method: ${fix.method}`]),
    ...(fix.address === undefined ? [] : [`address: ${fix.address}`]),
    ...(near.length === 0 ? [] : [`nearest: ${near.join(', ')}`]),
    `${isBest ? 'best: ' : ''}${reason}`
  ]
}
