import { type Clock, interval, type Stop } from './lifecycle.ts'

const TICK_MS = 100

/**
 * Whether this process could not run for a while: stopped, its machine asleep, or one piece of work that held the loop.
 * A timer alone would notice too late, because what queued up meanwhile is read first; so whoever reads asks `check`
 * before it believes anything. Cheap enough for every message.
 */
export class Standstill {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #onThaw: (stoodMs: number) => void
  #ranAt: number

  constructor(parts: { clock: Clock; limitMs: number; onThaw: (stoodMs: number) => void }) {
    this.#clock = parts.clock
    this.#limitMs = parts.limitMs
    this.#onThaw = parts.onThaw
    this.#ranAt = parts.clock.monotonicMs()
  }

  start(): Stop {
    this.#ranAt = this.#clock.monotonicMs()
    return interval(() => void this.check(), TICK_MS)
  }

  /** True for the first to ask after a standstill; `onThaw` has run by then. */
  check(): boolean {
    const now = this.#clock.monotonicMs()
    const stoodMs = now - this.#ranAt
    this.#ranAt = now
    if (stoodMs <= this.#limitMs) return false
    this.#onThaw(stoodMs)
    return true
  }
}
