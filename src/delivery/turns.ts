/** Turns of one node in a second: as many sessions as a small machine opens while it serves calls. */
const PER_SECOND = 500
/** Nobody is asked to come back sooner, or to wait longer: from there the turns begin at the front again. */
const SOONEST_MS = 500
const LONGEST_MS = 20_000

/**
 * When whoever found no room is to come back. Each has a turn of their own, one after the other: consoles that all
 * guess when to ask again ask so often that the gateway does nothing but refuse them, and nobody is ever served.
 */
export class Turns {
  readonly #monotonicMs: () => number
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Milliseconds until the next free turn, which is theirs. */
  next(): number {
    const now = this.#monotonicMs()
    const at = Math.max(now + SOONEST_MS, this.#lastAt + 1_000 / PER_SECOND)
    this.#lastAt = at > now + LONGEST_MS ? now + SOONEST_MS : at
    return Math.ceil(this.#lastAt - now)
  }
}
