import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'

const SAMPLE_MS = 50
/** Each sample moves the figure by an eighth of what it is off. */
const WEIGHT = 1 / 8
/** One stall, as of the collector, stays below the limit however long it was: a sample counts this many limits at most. */
const LIMITS_IN_A_SAMPLE = 6

/** How late this process is with everything, smoothed: what a message waits before it is looked at. */
export class LoopDelay {
  readonly #clock: Clock
  readonly #mostMs: number
  #smoothedMs = 0
  #dueAt = 0
  #stop: Stop = () => {}

  constructor({ clock, limitMs }: { clock: Clock; limitMs: number }) {
    this.#clock = clock
    this.#mostMs = limitMs * LIMITS_IN_A_SAMPLE
  }

  get ms(): number {
    return this.#smoothedMs
  }

  start(): void {
    this.#dueAt = this.#clock.monotonicMs() + SAMPLE_MS
    this.#stop = interval(() => this.#sample(), SAMPLE_MS)
  }

  stop(): void {
    this.#stop()
  }

  #sample(): void {
    const now = this.#clock.monotonicMs()
    const late = Math.min(Math.max(0, now - this.#dueAt), this.#mostMs)
    this.#dueAt = now + SAMPLE_MS
    this.#smoothedMs += (late - this.#smoothedMs) * WEIGHT
  }
}
