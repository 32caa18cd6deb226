import { hash } from 'node:crypto'
import { cleanText } from '../../call/cli.ts'
import type { NationalGrid } from '../../grid/national-grid.ts'
import { toCategory } from './crime-categories.ts'
import type { ForceArea } from './force-area.ts'
import { parseMonth, toDecimetres } from './record-values.ts'
import { RepeatedKeys } from './repeated-keys.ts'

/** What is written of a crime. */
export interface CrimeRow {
  readonly recordKey: string
  readonly force: string
  readonly category: string
  /** The first of the month, as days since 1970. */
  readonly month: number
  readonly happenedAt?: number
  readonly easting?: number
  readonly northing?: number
  readonly location: string
  readonly outcome?: string
  readonly isOutlier: boolean
  readonly asOf: number
}

/** What is worth counting of a row that is taken. */
export type RowNote = 'no-location' | 'outlier' | 'unknown-category'

export type PublishedRow =
  | { readonly kind: 'row'; readonly row: CrimeRow; readonly notes: readonly RowNote[] }
  | { readonly kind: 'bad'; readonly reason: string }

/** What a file of data.police.uk must have, and what is read where it has it. */
const MUST = ['Month', 'Longitude', 'Latitude', 'Crime type'] as const
const MAY = ['Crime ID', 'Reported by', 'Location', 'Last outcome category'] as const
/** In place of a place, the source writes this. */
const NO_LOCATION = 'No Location'
const TEXT_MAX = 200
const KEY_MAX = 120
const COORDINATE = /^-?\d{1,3}(?:\.\d{1,20})?$/

export interface PublishedFile {
  /** Force of a row by its `Reported by`; undefined where that is none of ours. */
  readonly forceOf: (reportedBy: string) => string | undefined
  readonly areaOf: (force: string) => ForceArea | undefined
  readonly grid: NationalGrid
  readonly asOf: number
}

/** Whether a file's first row is that of data.police.uk. */
export function isPublishedHead(head: readonly string[]): boolean {
  return MUST.every(name => head.includes(name))
}

/**
 * Reads the rows of one file of data.police.uk, in their order: where the source gives no id (anti-social behaviour),
 * or the same one twice, the key is made of the row and of which one of its kind it is, so that the same file gives the
 * same keys each time. Never throws.
 */
export function makePublishedReader(
  head: readonly string[],
  { forceOf, areaOf, grid, asOf }: PublishedFile
): (fields: readonly string[]) => PublishedRow {
  const at = Object.fromEntries([...MUST, ...MAY].map(name => [name, head.indexOf(name)])) as Record<
    (typeof MUST)[number] | (typeof MAY)[number],
    number
  >
  const keys = new RepeatedKeys()
  const field = (fields: readonly string[], name: keyof typeof at) => fields[at[name]] ?? ''
  return fields => {
    if (fields.length !== head.length) return bad(`it has ${fields.length} columns, the head has ${head.length}`)
    const force = forceOf(field(fields, 'Reported by'))
    if (force === undefined) return bad('its force is none of ours: give --force, or publishedAs in the config')
    const month = parseMonth(field(fields, 'Month'))
    if (month === undefined) return bad('Month is no month, as 2025-01')
    const label = field(fields, 'Crime type')
    if (label === '') return bad('Crime type is empty')
    const place = placeOf(field(fields, 'Longitude'), field(fields, 'Latitude'), grid)
    if (place.kind === 'bad') return place
    const recordKey = keyOf(
      force,
      fields,
      { id: field(fields, 'Crime ID'), label, at: [at.Month, at.Longitude, at.Latitude, at.Location] },
      keys
    )
    if (recordKey === undefined) return bad('the file has more rows than can be told apart: cut it into months')
    const { category, isKnown } = toCategory(label)
    const isOutlier = place.kind === 'place' && areaOf(force)?.contains(place.longitude, place.latitude) === false
    const location = text(field(fields, 'Location'))
    const outcome = text(field(fields, 'Last outcome category'))
    const notes: RowNote[] = []
    if (place.kind === 'none') notes.push('no-location')
    if (isOutlier) notes.push('outlier')
    if (!isKnown) notes.push('unknown-category')
    const row: CrimeRow = {
      ...{ recordKey, force, category, month, isOutlier, asOf },
      ...(place.kind === 'none' ? {} : { easting: place.easting, northing: place.northing }),
      location: location === NO_LOCATION ? '' : location,
      ...(outcome === '' ? {} : { outcome })
    }
    return { kind: 'row', row, notes }
  }
}

function bad(reason: string): { readonly kind: 'bad'; readonly reason: string } {
  return { kind: 'bad', reason }
}

type PlaceOfRow =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad'; readonly reason: string }
  | {
      readonly kind: 'place'
      readonly longitude: number
      readonly latitude: number
      readonly easting: number
      readonly northing: number
    }

function placeOf(east: string, north: string, grid: NationalGrid): PlaceOfRow {
  if (east === '' && north === '') return { kind: 'none' }
  if (!COORDINATE.test(east) || !COORDINATE.test(north)) return bad('Longitude and Latitude are no degrees')
  const [longitude, latitude] = [Number(east), Number(north)]
  const point = grid.toGrid({ longitude, latitude })
  if (point === undefined) return bad('its place does not lie on the National Grid')
  return { kind: 'place', longitude, latitude, ...toDecimetres(point) }
}

interface KeyParts {
  readonly id: string
  readonly label: string
  readonly at: readonly number[]
}

function keyOf(
  force: string,
  fields: readonly string[],
  { id, label, at }: KeyParts,
  keys: RepeatedKeys
): string | undefined {
  const whole = [force, label, ...at.map(each => fields[each] ?? '')]
  const own = id === '' ? `row-${hash('sha256', whole.join('\n'), 'hex').slice(0, 32)}` : id.slice(0, KEY_MAX)
  const count = keys.count(`${force} ${own}`)
  if (count === undefined) return undefined
  return count === 1 ? own : `${own}#${count}`
}

function text(value: string): string {
  return cleanText(value.slice(0, TEXT_MAX))
}
