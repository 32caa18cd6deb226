import type { GridPoint } from '../../grid/national-grid.ts'
import { isOnGrid } from '../../grid/national-grid.ts'
import { LongWork } from '../../operations/slices.ts'
import { GrowingList, PointIndex } from './point-index.ts'

/** Great Britain has 1.75 million; what is beyond is not taken. */
export const MAX_POSTCODES = 2_500_000
/** Outward codes (`OX1`) of Great Britain: about 2,900. */
const MAX_OUTWARD = 8_000
/** Inward codes there can be: a figure and two letters. */
const INWARD = 10 * 26 * 26
const POSTCODE = /^([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})$/
const IN_TEXT = /\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})\b/g
/** Code-Point Open's indicator: from here on the place is that of a neighbour or of the whole sector, 90 is none. */
const COARSE_QUALITY = 50
const COARSE_METRES = 1_000
const NEIGHBOURS = 3
const LEAST_METRES = 30
const MOST_METRES = 2_000
/** The clock is looked at once for so many. */
const LOOK_EVERY = 1_024

export interface PostcodeCentre extends GridPoint {
  readonly postcode: string
  /**
   * How far an address of it may lie from the centre: as far as the third nearest other postcode, 30 m to 2 km; at
   * least 1 km where the centre itself is not known well. A reckoning, for the open data say nothing of it.
   */
  readonly radiusMetres: number
}

/** The last postcode that stands in an address, as `OX1 1AA`; an address ends with it. */
export function postcodeIn(address: string): string | undefined {
  const found = [...address.slice(0, 1_000).toUpperCase().matchAll(IN_TEXT)].at(-1)
  return found === undefined ? undefined : `${found[1]} ${found[2]}`
}

/** Takes rows of Code-Point Open, and gives a table of them. */
export class PostcodeReader {
  readonly #east = new GrowingList()
  readonly #north = new GrowingList()
  readonly #keys = new GrowingList()
  readonly #coarse = new Set<number>()
  readonly #outward: string[] = []
  readonly #outwardAt = new Map<string, number>()

  get count(): number {
    return this.#keys.length
  }

  /** One row: postcode, quality, easting, northing, and more that is not read. */
  add(row: string): 'taken' | 'no-position' | 'not-read' | 'full' {
    const [quoted = '', quality = '', easting = '', northing = ''] = row.split(',', 4)
    const found = POSTCODE.exec(quoted.replaceAll('"', '').replace(/ +/g, ' ').trim())
    const point = { easting: Number(easting), northing: Number(northing) }
    if (found === null || !/^\d+$/.test(easting) || !/^\d+$/.test(northing)) return 'not-read'
    if (point.easting === 0 && point.northing === 0) return 'no-position'
    if (!isOnGrid(point)) return 'not-read'
    const outward = this.#outwardOf(found[1] ?? '')
    if (this.count >= MAX_POSTCODES || outward === undefined) return 'full'
    if (Number(quality) >= COARSE_QUALITY) this.#coarse.add(this.count)
    this.#east.push(point.easting)
    this.#north.push(point.northing)
    this.#keys.push(outward * INWARD + toInward(found[2] ?? ''))
    return 'taken'
  }

  async done(signal?: AbortSignal): Promise<Postcodes> {
    const index = await PointIndex.make({ east: this.#east.done(), north: this.#north.done() }, signal)
    const keys = this.#keys.done()
    const slots = await hash(keys, signal)
    return new Postcodes({ ...{ index, keys, slots }, coarse: this.#coarse, outward: this.#outward })
  }

  #outwardOf(code: string): number | undefined {
    const known = this.#outwardAt.get(code)
    if (known !== undefined || this.#outward.length >= MAX_OUTWARD) return known
    this.#outwardAt.set(code, this.#outward.length)
    return this.#outward.push(code) - 1
  }
}

interface PostcodeTable {
  readonly index: PointIndex
  readonly keys: Int32Array
  readonly slots: Int32Array
  readonly coarse: ReadonlySet<number>
  readonly outward: readonly string[]
}

/** Postcodes by name and by place, 22 bytes each. */
export class Postcodes {
  readonly #table: PostcodeTable

  constructor(table: PostcodeTable) {
    this.#table = table
  }

  get count(): number {
    return this.#table.keys.length
  }

  nearest(point: GridPoint): { readonly postcode: string; readonly metres: number } | undefined {
    const [found] = this.#table.index.nearest(point)
    return found === undefined ? undefined : { postcode: this.#nameAt(found.index), metres: found.metres }
  }

  /** Its centre; undefined where it is no postcode, or none that the file has. */
  centreOf(text: string): PostcodeCentre | undefined {
    const found = POSTCODE.exec(text.trim().toUpperCase().replace(/ +/g, ' '))
    const outward = this.#table.outward.indexOf(found?.[1] ?? '')
    if (found === null || outward === -1) return undefined
    const at = this.#find(outward * INWARD + toInward(found[2] ?? ''))
    if (at === undefined) return undefined
    const { index, coarse } = this.#table
    const point = index.pointAt(at)
    // The nearest of all is itself.
    const neighbour = index.nearest(point, NEIGHBOURS + 1).at(NEIGHBOURS)?.metres ?? MOST_METRES
    const least = coarse.has(at) ? COARSE_METRES : LEAST_METRES
    const radiusMetres = Math.round(Math.min(MOST_METRES, Math.max(least, neighbour)))
    return { ...point, postcode: this.#nameAt(at), radiusMetres }
  }

  #find(key: number): number | undefined {
    const { slots, keys } = this.#table
    for (let slot = key % slots.length; ; slot = (slot + 1) % slots.length) {
      const entry = slots[slot] ?? 0
      if (entry === 0) return undefined
      if (keys[entry - 1] === key) return entry - 1
    }
  }

  #nameAt(index: number): string {
    const key = this.#table.keys[index] ?? 0
    const inward = key % INWARD
    const letter = (value: number) => String.fromCharCode(65 + value)
    return `${this.#table.outward[Math.floor(key / INWARD)] ?? ''} ${Math.floor(inward / 676)}${letter(
      Math.floor(inward / 26) % 26
    )}${letter(inward % 26)}`
  }
}

/** Where each key stands, plus one, in a table that is never full; 0 is an empty slot. */
async function hash(keys: Int32Array, signal?: AbortSignal): Promise<Int32Array> {
  const work = new LongWork(signal)
  const slots = new Int32Array(Math.ceil(keys.length * 1.4) + 1)
  for (let at = 0; at < keys.length; at += 1) {
    let slot = (keys[at] ?? 0) % slots.length
    while (slots[slot] !== 0) slot = (slot + 1) % slots.length
    slots[slot] = at + 1
    if (at % LOOK_EVERY === 0 && work.isDue) await work.rest()
  }
  return slots
}

function toInward(code: string): number {
  const letter = (at: number) => code.charCodeAt(at) - 65
  return Number(code.slice(0, 1)) * 676 + letter(1) * 26 + letter(2)
}
