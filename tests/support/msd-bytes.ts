/* An eCall minimum set of data (EN 15722), encoded here bit by bit so that the reader is not judged by itself. */

export interface MsdFields {
  readonly version: 1 | 2 | 3
  readonly automatic: boolean
  readonly test: boolean
  readonly trusted: boolean
  /** Place in the list of classes; from 13 on behind the extension mark. */
  readonly vehicleClass: number
  readonly vin: string
  /** By the order of EN 15722; the seventh is of version 2 and later. */
  readonly propulsion: readonly boolean[]
  /** Epoch seconds. */
  readonly time: number
  /** Milliseconds of arc. */
  readonly north: number
  readonly east: number
  /** Steps of two degrees; 255: unknown. */
  readonly direction: number
  /** Steps of 100 ms of arc. */
  readonly before: readonly (readonly [number, number] | undefined)[]
  readonly occupants?: number
}

const LETTERS = '0123456789ABCDEFGHJKLMNPRSTUVWXYZ'

export function makeMsd(over: Partial<MsdFields> = {}): Buffer {
  const msd: MsdFields = {
    ...{ version: 2, automatic: true, test: false, trusted: true, vehicleClass: 0, vin: 'XYZNVENTEDCAR0001' },
    ...{ propulsion: [true, false, false, false, true], time: 1_772_539_200, direction: 45 },
    ...{ north: 51.752 * 3_600_000, east: -1.2577 * 3_600_000, before: [undefined, undefined], occupants: 2 },
    ...over
  }
  let bits = ''
  const put = (value: number, count: number) => {
    bits += value.toString(2).padStart(count, '0').slice(-count)
  }
  const flag = (isSet: boolean) => put(isSet ? 1 : 0, 1)
  put(0, 3)
  if (msd.version !== 3) for (const delta of msd.before) flag(delta !== undefined)
  flag(msd.occupants !== undefined)
  put(1, 8)
  for (const each of [msd.automatic, msd.test, msd.trusted]) flag(each)
  flag(msd.vehicleClass >= 13)
  if (msd.vehicleClass >= 13) put(msd.vehicleClass - 13, 7)
  else put(msd.vehicleClass, 4)
  // A letter that none may hold goes out as the last code there is.
  for (const letter of msd.vin) put(LETTERS.includes(letter) ? LETTERS.indexOf(letter) : 63, 6)
  const kinds = Array.from({ length: msd.version === 1 ? 6 : 7 }, (_, at) => msd.propulsion[at] ?? false)
  flag(false)
  for (const kind of kinds) flag(kind)
  for (const kind of kinds) if (kind) flag(true)
  put(msd.time, 32)
  put(Math.round(msd.north) + 2 ** 31, 32)
  put(Math.round(msd.east) + 2 ** 31, 32)
  put(msd.direction, 8)
  for (const delta of msd.before) {
    if (delta === undefined && msd.version !== 3) continue
    for (const steps of delta ?? [0, 0]) put(steps + 512, 10)
  }
  if (msd.occupants !== undefined) put(msd.occupants, 8)
  const octets = bits.match(/.{1,8}/g) ?? []
  const message = Buffer.from(octets.map(octet => Number.parseInt(octet.padEnd(8, '0'), 2)))
  return Buffer.concat([Buffer.from(msd.version === 1 ? [1] : [msd.version, message.length]), message])
}
