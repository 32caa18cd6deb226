import { cleanText } from '../../../call/cli.ts'
import type { LocationFix } from '../location.ts'
import type { QueryAnswer } from './eisec-pdu.ts'

/** Where a mobile is, in metres of the British National Grid. */
export interface EisecEllipse {
  readonly easting: number
  readonly northing: number
  readonly semiMajorMetres: number
  readonly semiMinorMetres: number
  /** Percent. */
  readonly confidence?: number
  /** Of the longer axis, clockwise from grid north. */
  readonly orientationDegrees?: number
  readonly altitudeMetres?: number
  /** Of travel, as the service says it; its unit is not known. */
  readonly direction?: number
  readonly speed?: number
}

/** A positive answer, read. */
export type EisecAnswer =
  | {
      readonly kind: 'fixed'
      readonly name: string
      readonly lines: readonly string[]
      readonly postcode?: string
      /** A public call box: whoever calls does not live there. */
      readonly isKiosk: boolean
    }
  | {
      /** `telematics`: a vehicle that calls by itself, or its call centre. */
      readonly kind: 'mobile' | 'telematics'
      readonly network: string
      /** As the service writes it: Searching, Data Available. */
      readonly stateText: string
      readonly isSearching: boolean
      /** Ask again after so many seconds; 0: nothing more will come. */
      readonly askAgainSeconds: number
      readonly ellipse?: EisecEllipse
      /** Why there are columns of a place and no place. */
      readonly unreadable?: string
      readonly lines: readonly string[]
    }

const MOBILE = '*MOB*'
const TELEMATICS = '*TMS*'
/** The grid of Great Britain: beyond it a number is no easting or northing. */
const GRID = { easting: 700_000, northing: 1_300_000 } as const
/** Beyond this an axis is no use to anybody, and probably no axis. */
const MAX_AXIS_METRES = 200_000
const POSTCODE = /\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})$/i
/** How a call box is told from a house is not verified. */
const KIOSK = /^(?:KIOSK|PAYPHONE|PUBLIC (?:CALL|PAY)|TELEPHONE BOX|CALL BOX)\b/i
const MAX_TEXT = 200

/** The words and columns of an answer as values. Never throws; a column that cannot be read is left out. */
export function readAnswer({ fields }: Pick<QueryAnswer, 'fields'>): EisecAnswer {
  const text = (tag: string) => fields.find(field => field.tag === tag)?.text ?? ''
  const name = text('NA')
  const marker = name.slice(0, 5)
  if (marker !== MOBILE && marker !== TELEMATICS)
    return readFixedLine(name, ['AA', 'AB', 'AC', 'AD', 'AE', 'AF'].map(text))
  const stateText = clean(column(name, 38, 53))
  const place = readPlace(text('AA'), text('AB'))
  return {
    kind: marker === MOBILE ? 'mobile' : 'telematics',
    network: clean(column(name, 7, 16)),
    stateText,
    isSearching: /^searching/i.test(stateText),
    askAgainSeconds: Math.max(0, Math.trunc(number(column(name, 54, 56)) ?? 0)),
    ...(typeof place === 'string' ? { unreadable: place } : place === undefined ? {} : { ellipse: place }),
    lines: notEmpty(['AC', 'AD', 'AE', 'AF'].map(text))
  }
}

function readFixedLine(name: string, texts: readonly string[]): EisecAnswer {
  const lines = notEmpty(texts)
  const found = POSTCODE.exec(lines.at(-1) ?? '')
  return {
    kind: 'fixed',
    name: clean(name),
    lines,
    ...(found === null ? {} : { postcode: `${found[1]} ${found[2]}`.toUpperCase() }),
    isKiosk: KIOSK.test(clean(name))
  }
}

/** Undefined where the columns are blank, words where they are not what the tables say. */
function readPlace(first: string, second: string): EisecEllipse | string | undefined {
  if (first.slice(0, 22).trim() === '') return undefined
  const [easting, northing] = [number(column(first, 1, 11)), number(column(first, 12, 22))]
  const isOnGrid = isWithin(easting, GRID.easting) && isWithin(northing, GRID.northing)
  if (easting === undefined || northing === undefined || !isOnGrid) return 'Its place is not on the National Grid'
  const datum = clean(column(second, 12, 19))
  if (datum !== '' && !/^OSGB/i.test(datum)) return 'Its place is in another grid than the National Grid'
  const major = axis(column(first, 23, 29))
  const minor = axis(column(first, 30, 35)) ?? major
  if (major === undefined || minor === undefined) return 'Its place has no extent'
  const said = {
    confidence: within(number(column(second, 1, 4)), 0, 100),
    // Of axes that stand the other way round nobody knows which one it means.
    orientationDegrees: major < minor ? undefined : within(number(column(second, 5, 11)), -360, 360),
    altitudeMetres: number(column(second, 20, 25)),
    direction: number(column(second, 26, 29)),
    speed: number(column(second, 30, 32))
  }
  const there = Object.entries(said).filter(([, value]) => value !== undefined)
  return {
    ...{ easting, northing, semiMajorMetres: Math.max(major, minor), semiMinorMetres: Math.min(major, minor) },
    ...Object.fromEntries(there)
  }
}

/**
 * The place of an answer as a fix; undefined where it has none. A fixed line's is its address, which becomes a point by
 * its postcode elsewhere. While the service still searches, what it gives is the area of the cell.
 */
export function toFix(answer: EisecAnswer): LocationFix | undefined {
  if (answer.kind === 'fixed') {
    const { name, lines, postcode, isKiosk } = answer
    const address = [name, ...lines].filter(text => text !== '').join(', ')
    if (address === '') return undefined
    return {
      ...{ source: 'eisec', shape: 'civic', address },
      ...(postcode === undefined ? {} : { postcode }),
      ...(isKiosk ? { method: 'Call box' } : {})
    }
  }
  const { ellipse, lines } = answer
  if (ellipse === undefined) return undefined
  const { easting, northing, semiMajorMetres, semiMinorMetres, confidence, orientationDegrees, altitudeMetres } =
    ellipse
  const isRound = semiMajorMetres === semiMinorMetres
  return {
    source: 'eisec',
    shape: semiMajorMetres === 0 ? 'point' : isRound ? 'circle' : 'ellipse',
    grid: { easting, northing },
    ...(semiMajorMetres === 0 ? {} : { radiusMetres: semiMajorMetres }),
    ...(isRound ? {} : { semiMajorMetres, semiMinorMetres }),
    ...(isRound || orientationDegrees === undefined ? {} : { orientationDegrees }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(altitudeMetres === undefined ? {} : { altitudeMetres }),
    ...methodOf(answer),
    ...(lines.length === 0 ? {} : { address: lines.join(', ') })
  }
}

function methodOf({ kind, isSearching }: Exclude<EisecAnswer, { kind: 'fixed' }>): { readonly method?: string } {
  if (isSearching) return { method: 'Cell' }
  return kind === 'telematics' ? { method: 'Telematics' } : {}
}

/** Columns as the tables count them, from 1, both ends in. */
function column(text: string, from: number, to: number): string {
  return text.slice(from - 1, to)
}

/** A whole or decimal number in its column; an angle such as 47.5 keeps its half. */
function number(text: string): number | undefined {
  const trimmed = text.trim()
  return /^[+-]?\d{1,11}(?:\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : undefined
}

function axis(text: string): number | undefined {
  return within(number(text), 0, MAX_AXIS_METRES)
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined
}

function isWithin(value: number | undefined, most: number): boolean {
  return within(value, 0, most) !== undefined
}

function notEmpty(texts: readonly string[]): readonly string[] {
  return texts.map(clean).filter(text => text !== '')
}

function clean(text: string): string {
  return cleanText(text).replace(/ {2,}/g, ' ').slice(0, MAX_TEXT)
}
