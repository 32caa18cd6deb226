import { parseGridReference } from '../../grid/grid-reference.ts'
import type { GridPoint } from '../../grid/national-grid.ts'
import { isOnGrid } from '../../grid/national-grid.ts'
import type { Gazetteer } from './gazetteer.ts'
import type { LocationFix } from './location.ts'
import { postcodeIn } from './postcodes.ts'

/*
 * What a handler types of where the caller is: whatever people say, in one box. Pure; what cannot be read is no place.
 */

/** Longer than any address. */
export const TYPED_MAX = 200

/* Of text whose every gap is one space: a pattern that could share out many among its parts would take its time over them. */
const DECIMAL = /^([+-]?\d{1,2}(?:\.\d{1,8})?) ?°? ?([NS]?)(?: ?[,;] ?| )([+-]?\d{1,3}(?:\.\d{1,8})?) ?°? ?([EW]?)$/i
const PART = String.raw`(\d{1,3})(?: ?° ?| )(\d{1,2}(?:\.\d{1,6})?)(?: ?['′] ?| )?(?:(\d{1,2}(?:\.\d{1,4})?)(?: ?(?:["″]|''|′′))?)? ?`
const MINUTES = new RegExp(`^${PART}([NS])(?: ?[,;] ?| )?${PART}([EW])$`, 'i')
/** No telephone number of this country begins like an easting of the mainland. */
const METRES = /^([1-6]\d{5})(?:\.\d{1,3})?(?: ?[,;] ?| )(\d{4,7})(?:\.\d{1,3})?$/
/** Of a degree of latitude. */
const DEGREE_METRES = 111_000
const LEAST_METRES = 1

/** Every reading of the text that lies in Britain, the most exact first. */
export function readTypedPlaces(text: string, gazetteer: Gazetteer): readonly LocationFix[] {
  const typed = text.slice(0, TYPED_MAX).replace(/\s+/g, ' ').trim()
  return [degreesIn(typed), metresIn(typed), squareIn(typed), postcodePlace(typed, gazetteer)].flatMap(read =>
    read === undefined ? [] : toFix(read, gazetteer)
  )
}

interface Read {
  readonly at: { readonly latitude: number; readonly longitude: number } | GridPoint
  readonly radiusMetres: number
  readonly method: string
  readonly address?: string
  readonly postcode?: string
}

function toFix({ at, radiusMetres, method, ...words }: Read, { grid }: Gazetteer): LocationFix[] {
  const point = 'easting' in at ? at : grid.toGrid(at)
  const degrees = 'easting' in at ? grid.toLatLon(at) : at
  if (point === undefined || degrees === undefined || !isOnGrid(point)) return []
  const radius = Math.max(LEAST_METRES, Math.round(radiusMetres))
  return [{ source: 'typed', shape: 'circle', ...degrees, grid: point, radiusMetres: radius, method, ...words }]
}

/** `51.752, -1.2577`, `51.752 N 1.2577 W`, `51° 45' 7.2" N, 1° 15' 28" W`. */
function degreesIn(text: string): Read | undefined {
  const method = 'Latitude and longitude'
  const decimal = DECIMAL.exec(text)
  if (decimal !== null) {
    const [, north = '', ns = '', east = '', ew = ''] = decimal
    const digits = Math.min(north.split('.')[1]?.length ?? 0, east.split('.')[1]?.length ?? 0)
    const at = { latitude: signed(Number(north), ns, 'S'), longitude: signed(Number(east), ew, 'W') }
    return { at, method, radiusMetres: DEGREE_METRES / 2 / 10 ** digits }
  }
  const minutes = MINUTES.exec(text)
  if (minutes === null) return undefined
  const [, d1, m1, s1, ns = '', d2, m2, s2, ew = ''] = minutes
  const at = { latitude: signed(angle(d1, m1, s1), ns, 'S'), longitude: signed(angle(d2, m2, s2), ew, 'W') }
  const unit = s1 === undefined ? 60 * 10 ** (m1?.split('.')[1]?.length ?? 0) : 3_600
  return { at, method, radiusMetres: DEGREE_METRES / 2 / unit }
}

function angle(degrees = '0', minutes = '0', seconds = '0'): number {
  return Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3_600
}

function signed(value: number, letter: string, negative: string): number {
  return letter.toUpperCase() === negative ? -Math.abs(value) : value
}

/** `451338, 206183`. */
function metresIn(text: string): Read | undefined {
  const found = METRES.exec(text)
  if (found === null) return undefined
  const at = { easting: Number(found[1]), northing: Number(found[2]) }
  return { at, method: 'Easting and northing', radiusMetres: LEAST_METRES }
}

/** `SP 51338 06183`: the middle of the square that it names. */
function squareIn(text: string): Read | undefined {
  const square = parseGridReference(text)
  if (square === undefined) return undefined
  const { easting, northing, sizeMetres } = square
  const half = sizeMetres / 2
  const at = { easting: easting + half, northing: northing + half }
  return { at, method: 'Grid reference', radiusMetres: half * Math.SQRT2 }
}

/** An address with its postcode is somewhere around the postcode's centre. */
function postcodePlace(text: string, { places }: Gazetteer): Read | undefined {
  const postcode = postcodeIn(text)
  const centre = postcode === undefined ? undefined : places.centreOf(postcode)
  if (centre === undefined) return undefined
  const { easting, northing, radiusMetres } = centre
  return { at: { easting, northing }, method: 'Postcode', radiusMetres, address: text, postcode: centre.postcode }
}
