import { GRID_EXTENT, type GridPoint, isOnGrid } from '../../grid/national-grid.ts'
import { LongWork } from '../../operations/slices.ts'

/** Points lie in squares of this side; a search goes from the middle outward, square by square. */
const CELL = 1_000
const COLUMNS = GRID_EXTENT.east / CELL
const ROWS = GRID_EXTENT.north / CELL
/** The clock is looked at once for so many. */
const LOOK_EVERY = 1_024
/** Nothing further off than this is near; in metres. */
export const NEAR_METRES = 20_000

export interface Found {
  readonly index: number
  readonly metres: number
}

/** Whole metres on the National Grid, one array each: a hundred thousand points take less than a megabyte. */
export interface Points {
  readonly east: Int32Array
  readonly north: Int32Array
}

/** A list of whole numbers that grows; half of it is copied now and then, and what is over is given back at the end. */
export class GrowingList {
  #items = new Int32Array(1_024)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(this.#items.length * 2)
      larger.set(this.#items)
      this.#items = larger
    }
    this.#items[this.#length] = item
    this.#length += 1
  }

  done(): Int32Array {
    return this.#items.slice(0, this.#length)
  }
}

/** Which of many points are the nearest, by squares of a kilometre. Reads in microseconds where points are dense. */
export class PointIndex {
  readonly #points: Points
  /** Where the points of each square begin in `order`; one more than there are squares. */
  readonly #starts: Int32Array
  readonly #order: Int32Array

  private constructor(points: Points, starts: Int32Array, order: Int32Array) {
    this.#points = points
    this.#starts = starts
    this.#order = order
  }

  /** All points must lie on the grid. Made in slices, so that calls come in between. */
  static async make(points: Points, signal?: AbortSignal): Promise<PointIndex> {
    const count = points.east.length
    const starts = new Int32Array(COLUMNS * ROWS + 1)
    const order = new Int32Array(count)
    const work = new LongWork(signal)
    const each = async (total: number, run: (index: number) => void) => {
      for (let index = 0; index < total; index += 1) {
        run(index)
        if (index % LOOK_EVERY === 0 && work.isDue) await work.rest()
      }
    }
    const cell = (index: number) => cellOf(points.east[index] ?? 0, points.north[index] ?? 0)
    await each(count, index => {
      const at = cell(index) + 1
      starts[at] = (starts[at] ?? 0) + 1
    })
    await each(COLUMNS * ROWS, at => {
      starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0)
    })
    // Each square is filled from its end, which leaves its start where it belongs.
    const ends = starts.slice(1)
    await each(count, index => {
      const at = (ends[cell(index)] ?? 0) - 1
      ends[cell(index)] = at
      order[at] = index
    })
    return new PointIndex(points, starts, order)
  }

  pointAt(index: number): GridPoint {
    return { easting: this.#points.east[index] ?? 0, northing: this.#points.north[index] ?? 0 }
  }

  /** The `count` nearest within NEAR_METRES, nearest first. */
  nearest(point: GridPoint, count = 1): readonly Found[] {
    if (!isOnGrid(point)) return []
    const found: Found[] = []
    const column = Math.floor(point.easting / CELL)
    const row = Math.floor(point.northing / CELL)
    const [fromWest, fromSouth] = [point.easting - column * CELL, point.northing - row * CELL]
    const toEdge = Math.min(fromWest, CELL - fromWest, fromSouth, CELL - fromSouth)
    for (let ring = 0; ring * CELL <= NEAR_METRES + CELL; ring += 1) {
      this.#searchRing(point, { column, row, ring }, found, count)
      // All that lies nearer than this has been seen.
      const seenTo = ring * CELL + toEdge
      if (found.length === count && (found.at(-1)?.metres ?? 0) <= seenTo) break
    }
    return found
  }

  #searchRing(
    point: GridPoint,
    { column, row, ring }: { column: number; row: number; ring: number },
    found: Found[],
    count: number
  ): void {
    for (let up = Math.max(0, row - ring); up <= Math.min(ROWS - 1, row + ring); up += 1) {
      const isWhole = Math.abs(up - row) === ring
      const step = isWhole || ring === 0 ? 1 : 2 * ring
      for (let across = column - ring; across <= column + ring; across += step) {
        if (across >= 0 && across < COLUMNS) this.#searchCell(point, up * COLUMNS + across, found, count)
      }
    }
  }

  #searchCell({ easting, northing }: GridPoint, cell: number, found: Found[], count: number): void {
    const end = this.#starts[cell + 1] ?? 0
    for (let at = this.#starts[cell] ?? 0; at < end; at += 1) {
      const index = this.#order[at] ?? 0
      const metres = Math.hypot((this.#points.east[index] ?? 0) - easting, (this.#points.north[index] ?? 0) - northing)
      if (metres > NEAR_METRES || (found.length === count && metres >= (found.at(-1)?.metres ?? 0))) continue
      const place = found.findIndex(other => other.metres > metres)
      found.splice(place === -1 ? found.length : place, 0, { index, metres })
      if (found.length > count) found.pop()
    }
  }
}

function cellOf(easting: number, northing: number): number {
  return Math.floor(northing / CELL) * COLUMNS + Math.floor(easting / CELL)
}
