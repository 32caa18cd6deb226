import { parseGridReference } from '../grid/grid-reference.ts'
import { type GridPoint, isOnGrid, type NationalGrid } from '../grid/national-grid.ts'
import { isAllStorable } from '../operations/storable-text.ts'
import { readNmea } from './nmea.ts'
import type { DriverGrade } from './unit.ts'
import type { UnitUpdate } from './unit-update.ts'

/** One line of what a force's radio or vehicle system sends, after its schema was checked. */
export interface UnitReport {
  readonly callsign: string
  /** Epoch ms or RFC 3339; now unless said. */
  readonly at?: number | string
  readonly easting?: number
  readonly northing?: number
  readonly latitude?: number
  readonly longitude?: number
  /** `SU 12345 67890`. */
  readonly grid?: string
  /** An RMC or GGA sentence. */
  readonly nmea?: string
  readonly status?: string
  readonly type?: string
  readonly skills?: readonly string[]
  readonly driver?: DriverGrade
  readonly crew?: number
  readonly shift_ends_at?: number | string
  readonly job?: { readonly grade?: string; readonly reference?: string } | null
  readonly neighbourhood?: string
}

export type ReportRead =
  | { readonly kind: 'update'; readonly update: UnitUpdate }
  | { readonly kind: 'refused'; readonly why: string }

/** What it says, with its place on the grid. Never throws; why it is refused is for whoever sends it. */
export function toUpdate(report: UnitReport, { grid, now }: { grid: NationalGrid; now: number }): ReportRead {
  if (!isAllStorable(report)) return { kind: 'refused', why: 'a text has a NUL or half of a character in it' }
  const place = placeOf(report, grid)
  if (typeof place === 'string') return { kind: 'refused', why: place }
  const at = timeOf(report.at) ?? place?.at ?? (report.at === undefined ? now : undefined)
  const shiftEndsAt = timeOf(report.shift_ends_at)
  if (at === undefined) return { kind: 'refused', why: 'at is no time' }
  if (report.shift_ends_at !== undefined && shiftEndsAt === undefined) {
    return { kind: 'refused', why: 'shift_ends_at is no time' }
  }
  const { callsign, status, type, skills, driver, crew, job, neighbourhood } = report
  return {
    kind: 'update',
    update: {
      ...{ callsign, at },
      ...(place === undefined ? {} : { place: place.point }),
      ...defined({ status, type, skills, driver, crew, job, neighbourhood, shiftEndsAt })
    }
  }
}

interface Placed {
  readonly point: GridPoint
  readonly at?: number
}

/** Said in one way only; undefined: it says no place. A text: why that is none. */
function placeOf(report: UnitReport, grid: NationalGrid): Placed | string | undefined {
  const { easting, northing, latitude, longitude, grid: reference, nmea } = report
  const ways = [easting ?? northing, latitude ?? longitude, reference, nmea].filter(way => way !== undefined)
  if (ways.length === 0) return undefined
  if (ways.length > 1) return 'it says its place in more than one way'
  if (reference !== undefined) {
    const square = parseGridReference(reference)
    return square === undefined ? 'grid is no grid reference' : { point: middleOf(square) }
  }
  if (nmea !== undefined) {
    const read = readNmea(nmea)
    if (read.kind === 'refused') return `nmea: ${read.why}`
    const point = grid.toGrid(read.fix)
    return point === undefined ? OUTSIDE : { point, ...(read.fix.at === undefined ? {} : { at: read.fix.at }) }
  }
  if (latitude !== undefined && longitude !== undefined) {
    const point = grid.toGrid({ latitude, longitude })
    return point === undefined ? OUTSIDE : { point }
  }
  if (easting === undefined || northing === undefined) return 'half of its place is missing'
  return isOnGrid({ easting, northing }) ? { point: { easting, northing } } : OUTSIDE
}

const OUTSIDE = 'its place is not in Britain'

function middleOf({ easting, northing, sizeMetres }: GridPoint & { readonly sizeMetres: number }): GridPoint {
  return { easting: easting + sizeMetres / 2, northing: northing + sizeMetres / 2 }
}

function timeOf(value: number | string | undefined): number | undefined {
  if (typeof value === 'number') return value
  // A time without its zone would be this machine's own.
  if (value === undefined || !/(?:Z|[+-]\d\d:?\d\d)$/i.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

function defined<T extends object>(fields: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Name in keyof T]?: Exclude<T[Name], undefined>
  }
}
