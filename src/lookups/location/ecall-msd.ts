import { BitReader } from './bit-reader.ts'
import type { Place } from './earth.ts'
import type { LocationFix } from './location.ts'

/*
 * The minimum set of data that a vehicle sends with its eCall (EN 15722), in the unaligned packed encoding of ASN.1.
 * Versions 1 and 2 differ in how the message is wrapped and in one kind of propulsion; in version 3 both recent
 * positions are always there.
 */

/** What a vehicle says of itself. */
export interface VehicleData {
  readonly version: number
  /** Rises with each time the vehicle sends it again in the same call. */
  readonly messageIdentifier: number
  /** `automatic`: sensors raised it, nobody may be able to speak. `manual`: somebody pressed the button. */
  readonly trigger: 'automatic' | 'manual'
  readonly isTest: boolean
  /** By the vehicle's own word: within 150 m, 95 % sure. */
  readonly isPositionTrusted: boolean
  /** As EN 15722 names it: `M1`, `N3`, `L3e`; `unknown` for one of a later version. */
  readonly vehicleClass: string
  readonly vin: string
  readonly propulsion: readonly Propulsion[]
  /** Epoch ms; absent where the vehicle has no clock. */
  readonly sentAt?: number
  readonly position?: Place
  /** Where it was before, the newest first. */
  readonly recentPositions: readonly Place[]
  /** Degrees clockwise from north; absent when unknown. */
  readonly headingDegrees?: number
  /** Fastened seat belts at least; absent when the vehicle does not count them. */
  readonly occupants?: number
}

export type Propulsion = 'petrol' | 'diesel' | 'natural gas' | 'LPG' | 'electric' | 'hydrogen' | 'other'

export type MsdReading =
  | { readonly kind: 'read'; readonly vehicle: VehicleData }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** EN 15722 §6: what fits through the modem of a voice call. */
export const MSD_MAX_BYTES = 140
/** The letters of a vehicle identification number (ISO 3779), in the order of their codes. */
const VIN_LETTERS = '0123456789ABCDEFGHJKLMNPRSTUVWXYZ'
const VIN_LENGTH = 17
const CLASSES = ['M1', 'M2', 'M3', 'N1', 'N2', 'N3', 'L1e', 'L2e', 'L3e', 'L4e', 'L5e', 'L6e', 'L7e']
/** What later versions put behind the extension mark. */
const MORE_CLASSES = ['O', 'R', 'S', 'T', 'G', 'SA', 'SB', 'SC', 'SD', 'other']
const PROPULSION: readonly Propulsion[] = ['petrol', 'diesel', 'natural gas', 'LPG', 'electric', 'hydrogen', 'other']
/** Milliseconds of arc in a degree. */
const DEGREE = 3_600_000
const UNKNOWN_POSITION = 0x7f_ff_ff_ff
/** A recent position is told in steps of so many milliseconds of arc. */
const DELTA = 100
const NORTH_STEPS = 180
const TRUSTED_METRES = 150

/** Reads a minimum set of data; what does not agree with itself is refused with its reason. Never throws. */
export function readMsd(bytes: Uint8Array): MsdReading {
  if (bytes.length === 0) return unreadable('is empty')
  if (bytes.length > MSD_MAX_BYTES) return unreadable(`is longer than ${MSD_MAX_BYTES} octets`)
  const version = bytes[0] ?? 0
  if (version < 1 || version > 3) return unreadable(`is of version ${version}, which is not known`)
  if (version === 1) return readMessage(1, bytes.subarray(1))
  // From version 2 on the message is a string of octets with its length.
  const length = bytes[1] ?? 0
  if (length === 0 || length > bytes.length - 2) return unreadable('is shorter than it says')
  return readMessage(version, bytes.subarray(2, 2 + length))
}

/** The place of the vehicle as a fix; undefined when it does not know. */
export function toVehicleFix({ position, isPositionTrusted, sentAt }: VehicleData): LocationFix | undefined {
  if (position === undefined) return undefined
  const [latitude, longitude] = position
  return {
    source: 'ecall',
    ...(isPositionTrusted
      ? { shape: 'circle', latitude, longitude, radiusMetres: TRUSTED_METRES, confidence: 95 }
      : { shape: 'point', latitude, longitude }),
    ...(sentAt === undefined ? {} : { fixedAt: sentAt })
  }
}

function readMessage(version: number, bytes: Uint8Array): MsdReading {
  const bits = new BitReader(bytes)
  const isMessageExtended = bits.flag()
  const hasMore = bits.flag()
  const isExtended = bits.flag()
  const hasRecent = version === 3 ? [true, true] : [bits.flag(), bits.flag()]
  const hasOccupants = bits.flag()
  const messageIdentifier = bits.read(8)
  const trigger = bits.flag() ? 'automatic' : 'manual'
  const [isTest, isPositionTrusted] = [bits.flag(), bits.flag()]
  const vehicleClass = readClass(bits)
  const vin = Array.from({ length: VIN_LENGTH }, () => VIN_LETTERS[bits.read(6)] ?? '?').join('')
  const propulsion = readPropulsion(bits, version)
  const sentAt = bits.read(32) * 1000
  const [north, east] = [signed(bits), signed(bits)]
  const heading = bits.read(8)
  const deltas = hasRecent.map(isThere => (isThere ? readDelta(bits) : undefined))
  const occupants = hasOccupants ? bits.read(8) : undefined
  if (bits.isOver) return unreadable('is shorter than what it holds')
  if (vin.includes('?')) return unreadable('has a vehicle identification number that is none')
  // Behind what is known stands what a maker or a later version added, or, of neither, nothing.
  const isWhole = isMessageExtended || hasMore || isExtended || bits.isPadding()
  if (!isWhole) return unreadable('is longer than what it holds')
  const isKnown = north !== UNKNOWN_POSITION && east !== UNKNOWN_POSITION
  if (isKnown && !isOnEarth(north, east)) return unreadable('has a position that is no latitude and longitude')
  return {
    kind: 'read',
    vehicle: {
      ...{ version, messageIdentifier, trigger, isTest, isPositionTrusted, vehicleClass, vin, propulsion },
      ...(sentAt === 0 ? {} : { sentAt }),
      ...(isKnown ? { position: [degrees(north), degrees(east)] } : {}),
      recentPositions: isKnown ? recentPositions(north, east, deltas) : [],
      ...(heading < NORTH_STEPS ? { headingDegrees: heading * 2 } : {}),
      ...(occupants === undefined || occupants === 255 ? {} : { occupants })
    }
  }
}

function readClass(bits: BitReader): string {
  if (!bits.flag()) return CLASSES[bits.read(4)] ?? 'unknown'
  // X.691 §10.6: a small number, which is large only in versions that nobody has written.
  return bits.flag() ? 'unknown' : (MORE_CLASSES[bits.read(6)] ?? 'unknown')
}

/** Which are told, then what they are: not told is not there. */
function readPropulsion(bits: BitReader, version: number): readonly Propulsion[] {
  const isExtended = bits.flag()
  const kinds = version === 1 ? PROPULSION.slice(0, -1) : PROPULSION
  const told = kinds.filter(() => bits.flag())
  const found = told.filter(() => bits.flag())
  if (!isExtended) return found
  // X.691 §18.7: how many additions, which of them, and each as octets with their length.
  const additions = Array.from({ length: bits.flag() ? 0 : bits.read(6) + 1 }, () => bits.flag()).filter(Boolean)
  for (const _ of additions) bits.read(8 * Math.min(4, bits.read(8)))
  return found
}

function readDelta(bits: BitReader): readonly [north: number, east: number] {
  return [(bits.read(10) - 512) * DELTA, (bits.read(10) - 512) * DELTA]
}

/** Each is told from the one after it. */
function recentPositions(
  north: number,
  east: number,
  deltas: readonly (readonly [north: number, east: number] | undefined)[]
): readonly Place[] {
  const places: Place[] = []
  let at = [north, east] as const
  for (const delta of deltas) {
    if (delta === undefined) continue
    at = [at[0] + delta[0], at[1] + delta[1]]
    if (isOnEarth(...at)) places.push([degrees(at[0]), degrees(at[1])])
  }
  return places
}

function signed(bits: BitReader): number {
  return bits.read(32) - 0x80_00_00_00
}

function isOnEarth(north: number, east: number): boolean {
  return Math.abs(north) <= 90 * DEGREE && Math.abs(east) <= 180 * DEGREE
}

/** To the centimetre or so, as far as the unit goes. */
function degrees(arc: number): number {
  return Math.round((arc / DEGREE) * 1e7) / 1e7
}

function unreadable(reason: string): MsdReading {
  return { kind: 'unreadable', reason }
}
