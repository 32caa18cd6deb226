import { type GridPoint, metresBetween } from '../grid/national-grid.ts'
import { covers, type Unit } from './unit.ts'

/** A side of a square of the index: a force's area has some thousands of them, a unit's cover some tens. */
const CELL_METRES = 2_000
/** Further out than this (100 km) squares are not gone through one by one: the few that hold anybody are. */
const MAX_RINGS = 50
/** Squares of one row have this many numbers, so that one number names a square. */
const ROW = 4_096

/** One that was met on the way outward, with its distance. */
export interface Met {
  readonly unit: Unit
  readonly metres: number
}

/**
 * The units of one force by where they are. Those without a place are in it too, in no square. Moving one is cheap, and
 * asking for the nearest looks at the squares around only.
 */
export class UnitIndex {
  readonly #units = new Map<string, Unit>()
  readonly #cells = new Map<number, Set<string>>()
  /** Those that are in a square. */
  #placed = 0

  get size(): number {
    return this.#units.size
  }

  get(callsign: string): Unit | undefined {
    return this.#units.get(callsign)
  }

  all(): IterableIterator<Unit> {
    return this.#units.values()
  }

  /** Those that have never said where they are. */
  *withoutPlace(): Generator<Unit> {
    if (this.#placed === this.#units.size) return
    for (const unit of this.#units.values()) if (unit.fix === undefined) yield unit
  }

  put(unit: Unit): void {
    const { callsign, fix } = unit
    const before = this.#units.get(callsign)
    const from = before?.fix === undefined ? undefined : cellOf(before.fix)
    const to = fix === undefined ? undefined : cellOf(fix)
    this.#units.set(callsign, unit)
    if (from === to) return
    if (from !== undefined) this.#leave(from, callsign)
    if (to === undefined) return
    this.#placed++
    const there = this.#cells.get(to)
    if (there === undefined) this.#cells.set(to, new Set([callsign]))
    else there.add(callsign)
  }

  remove(callsign: string): void {
    const unit = this.#units.get(callsign)
    this.#units.delete(callsign)
    if (unit?.fix !== undefined) this.#leave(cellOf(unit.fix), callsign)
  }

  /**
   * Units with a place, the nearest first, until `isEnough` says so after one of them. Squares are taken ring by ring, and
   * a unit is handed on only when no square that is still to come can have a nearer one.
   */
  nearest(place: GridPoint, isEnough: (met: Met) => boolean): void {
    let waiting: Met[] = []
    let left = this.#placed
    for (let ring = 0; left > 0; ring++) {
      for (const unit of ring > MAX_RINGS ? this.#beyond(place) : this.#inRing(place, ring)) {
        left--
        if (unit.fix !== undefined) waiting.push({ unit, metres: metresBetween(unit.fix, place) })
      }
      // From anywhere in the middle square the next ring is at least this far off.
      const sure = left === 0 ? Number.POSITIVE_INFINITY : ring * CELL_METRES
      const ready = waiting.filter(({ metres }) => metres <= sure).sort(nearerFirst)
      waiting = waiting.filter(({ metres }) => metres > sure)
      for (const met of ready) if (isEnough(met)) return
    }
  }

  /** Others that cover the same ground: available and as near to this place as `metres`; counted up to `most`. */
  coverAround(place: GridPoint, { metres, without, most }: { metres: number; without: string; most: number }): number {
    const reach = Math.ceil(metres / CELL_METRES)
    let found = 0
    for (let ring = 0; ring <= reach; ring++) {
      for (const unit of this.#inRing(place, ring)) {
        if (unit.callsign === without || !covers(unit) || unit.fix === undefined) continue
        if (metresBetween(unit.fix, place) <= metres && ++found >= most) return found
      }
    }
    return found
  }

  *#inRing(place: GridPoint, ring: number): Generator<Unit> {
    const [column, row] = squareOf(place)
    for (let y = row - ring; y <= row + ring; y++) {
      const isEdge = y === row - ring || y === row + ring
      for (let x = column - ring; x <= column + ring; x += isEdge || ring === 0 ? 1 : 2 * ring) {
        yield* this.#inCell(x, y)
      }
    }
  }

  /** All that no ring came to. */
  *#beyond(place: GridPoint): Generator<Unit> {
    const [column, row] = squareOf(place)
    for (const cell of this.#cells.keys()) {
      const [x, y] = [cell % ROW, Math.floor(cell / ROW)]
      if (Math.max(Math.abs(x - column), Math.abs(y - row)) > MAX_RINGS) yield* this.#inCell(x, y)
    }
  }

  *#inCell(x: number, y: number): Generator<Unit> {
    if (x < 0 || y < 0 || x >= ROW) return
    for (const callsign of this.#cells.get(y * ROW + x) ?? []) {
      const unit = this.#units.get(callsign)
      if (unit !== undefined) yield unit
    }
  }

  #leave(cell: number, callsign: string): void {
    const there = this.#cells.get(cell)
    if (there?.delete(callsign) === true) this.#placed--
    if (there?.size === 0) this.#cells.delete(cell)
  }
}

/** An index of these, for whoever has a list. */
export function indexUnits(units: Iterable<Unit>): UnitIndex {
  const index = new UnitIndex()
  for (const unit of units) index.put(unit)
  return index
}

/** By callsign where the distance is the same, so that the order is the same everywhere. */
function nearerFirst(one: Met, other: Met): number {
  return one.metres - other.metres || (one.unit.callsign < other.unit.callsign ? -1 : 1)
}

function squareOf({ easting, northing }: GridPoint): readonly [column: number, row: number] {
  return [Math.floor(easting / CELL_METRES), Math.floor(northing / CELL_METRES)]
}

function cellOf(point: GridPoint): number {
  const [column, row] = squareOf(point)
  return row * ROW + column
}
