import type { LatLon } from '../grid/national-grid.ts'

/** What a receiver's sentence says: where, and where it says so when (epoch ms). */
export interface NmeaFix extends LatLon {
  /** Only a sentence with a date (RMC) says it. */
  readonly at?: number
}

export type NmeaRead =
  | { readonly kind: 'fix'; readonly fix: NmeaFix }
  | {
      readonly kind: 'refused'
      readonly why: 'no-sentence' | 'checksum' | 'no-fix' | 'unknown-sentence' | 'out-of-range'
    }

/** NMEA 0183: a sentence is 82 characters at most; some receivers write more digits. */
const MAX_CHARS = 120
const CENTURY = 2_000

/**
 * Reads an RMC or GGA sentence of any talker (`$GPRMC`, `$GNGGA`). A checksum is not asked for, but where there is one it
 * must be right. Never throws.
 */
export function readNmea(text: string): NmeaRead {
  const found = /^\$([A-Z]{2})(RMC|GGA),([^*]*)(?:\*([0-9A-Fa-f]{2}))?\s*$/.exec(text.slice(0, MAX_CHARS))
  if (found === null) return refused(/^\$[A-Z]{5},/.test(text) ? 'unknown-sentence' : 'no-sentence')
  const [, talker = '', kind = '', body = '', sum] = found
  if (sum !== undefined && Number.parseInt(sum, 16) !== checksum(`${talker}${kind},${body}`)) return refused('checksum')
  const fields = body.split(',')
  return kind === 'RMC' ? readRmc(fields) : readGga(fields)
}

function readRmc([time, state, ...rest]: readonly string[]): NmeaRead {
  if (state !== 'A') return refused('no-fix')
  const [latitude, south, longitude, west, , , date] = rest
  return placed([latitude, south, longitude, west], timeOf(date, time))
}

function readGga([, latitude, south, longitude, west, quality]: readonly string[]): NmeaRead {
  if (quality === undefined || quality === '' || quality === '0') return refused('no-fix')
  return placed([latitude, south, longitude, west])
}

function placed([latitude, south, longitude, west]: readonly (string | undefined)[], at?: number): NmeaRead {
  const lat = degrees(latitude, 2, south === 'S')
  const lon = degrees(longitude, 3, west === 'W')
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180)
    return refused('out-of-range')
  return { kind: 'fix', fix: { latitude: lat, longitude: lon, ...(at === undefined ? {} : { at }) } }
}

/** `5127.1234` is 51 degrees and 27.1234 minutes. */
function degrees(text: string | undefined, whole: number, isNegative: boolean): number | undefined {
  if (text === undefined || !/^\d{4,5}(?:\.\d{1,8})?$/.test(text)) return undefined
  const minutes = Number(text.slice(whole))
  if (minutes >= 60) return undefined
  const value = Number(text.slice(0, whole)) + minutes / 60
  return isNegative ? -value : value
}

function timeOf(date: string | undefined, time: string | undefined): number | undefined {
  const day = /^(\d\d)(\d\d)(\d\d)$/.exec(date ?? '')
  const hour = /^(\d\d)(\d\d)(\d\d)(?:\.\d+)?$/.exec(time ?? '')
  if (day === null || hour === null) return undefined
  const [dd, mm, yy] = day.slice(1).map(Number)
  const [h, m, s] = hour.slice(1).map(Number)
  return Date.UTC(CENTURY + (yy ?? 0), (mm ?? 1) - 1, dd, h, m, s)
}

function checksum(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum ^= text.charCodeAt(at)
  return sum
}

function refused(why: Extract<NmeaRead, { kind: 'refused' }>['why']): NmeaRead {
  return { kind: 'refused', why }
}
