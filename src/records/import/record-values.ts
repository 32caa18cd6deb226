import { toNumber } from '../../call/cli.ts'
import { type GridPoint, isOnGrid, type NationalGrid } from '../../grid/national-grid.ts'
import { monthOf } from '../../lookups/crime-months.ts'

/** A value that was read, or in words what is wrong with it. */
export type Read<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'bad'; readonly reason: string }

const read = <T>(value: T): Read<T> => ({ kind: 'read', value })
const bad = (reason: string): Read<never> => ({ kind: 'bad', reason })

const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/
/** Nothing a force holds is older, and nothing is of another century than this. */
const [OLDEST, NEWEST] = [Date.UTC(1900, 0, 1), Date.UTC(2100, 0, 1)]

/**
 * Epoch ms of an ISO 8601 time with its zone, or of the first moment (UTC) of a date. A time without a zone is refused:
 * it is two different moments, or none, when the clocks change.
 */
export function parseTime(column: string, text: string): Read<number> {
  const found = TIME.exec(text)
  if (found === null) return bad(`${column} is no time with a zone, as 2026-03-01T14:05:00Z`)
  const [, year, month, day] = found
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day))
  if (new Date(date).getUTCDate() !== Number(day) || Number(month) > 12)
    return bad(`${column} is no day of the calendar`)
  const at = text.length === 10 ? date : Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  if (Number.isNaN(at)) return bad(`${column} is no time with a zone, as 2026-03-01T14:05:00Z`)
  return at < OLDEST || at > NEWEST ? bad(`${column} lies before 1900 or after 2100`) : read(at)
}

/** A time that may be missing. */
export function parseOptionalTime(column: string, text: string | undefined): Read<number | undefined> {
  return text === undefined ? read(undefined) : parseTime(column, text)
}

/** E.164 of a telephone number, as a switch or a person writes it. */
export function parseNumber(column: string, text: string): Read<string> {
  const { e164 } = toNumber(text)
  return e164 === undefined ? bad(`${column} is no telephone number`) : read(e164)
}

export interface PlaceColumns {
  readonly latitude?: number
  readonly longitude?: number
  readonly easting?: number
  readonly northing?: number
}

export interface PlaceRead {
  readonly latitude?: number
  readonly longitude?: number
  readonly point?: GridPoint
}

/** Either pair of a place, or none; both pairs are refused, since one of them could be wrong. */
export function parsePlace(column: string, place: PlaceColumns, grid: NationalGrid): Read<PlaceRead> {
  const { latitude, longitude, easting, northing } = place
  if ((latitude === undefined) !== (longitude === undefined)) return bad(`${column} has one of latitude and longitude`)
  if ((easting === undefined) !== (northing === undefined)) return bad(`${column} has one of easting and northing`)
  if (latitude !== undefined && longitude !== undefined) {
    if (easting !== undefined) return bad(`${column} has both degrees and a place on the grid`)
    const point = grid.toGrid({ latitude, longitude })
    return point === undefined
      ? bad(`${column} does not lie on the National Grid`)
      : read({ latitude, longitude, point: toDecimetres(point) })
  }
  if (easting === undefined || northing === undefined) return read({})
  const point = { easting, northing }
  const back = isOnGrid(point) ? grid.toLatLon(point) : undefined
  if (back === undefined) return bad(`${column} does not lie on the National Grid`)
  return read({ point, latitude: back.latitude, longitude: back.longitude })
}

/** What is behind a decimetre is noise of the conversion, and would make the same place look like another. */
export function toDecimetres({ easting, northing }: GridPoint): GridPoint {
  return { easting: Math.round(easting * 10) / 10, northing: Math.round(northing * 10) / 10 }
}

/** The first of `2025-01`, as days since 1970; undefined where it is no month. */
export function parseMonth(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})$/.exec(text)
  if (found === null) return undefined
  const [year, month] = [Number(found[1]), Number(found[2])]
  return month < 1 || month > 12 || year < 1900 || year > 2100 ? undefined : monthOf(Date.UTC(year, month - 1))
}
