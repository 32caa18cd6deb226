import type { Time } from '../../src/sdk/time.ts'

interface Timer {
  readonly atMs: number
  readonly run: () => void
}

/** Time that moves only by hand; timers run in order, and what they start in turn runs too. */
export class HandTime implements Time {
  #nowMs = 0
  #startAt: number
  readonly #timers = new Set<Timer>()

  constructor(startAt = Date.UTC(2026, 10, 25, 14, 2, 0)) {
    this.#startAt = startAt
  }

  now(): number {
    return this.#startAt + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Somebody sets the clock on by so many ms, or back; no time passes. */
  setOn(ms: number): void {
    this.#startAt += ms
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Promises settle between timers, as they would in real time. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settle()
    for (;;) {
      const next = [...this.#timers].sort((one, other) => one.atMs - other.atMs)[0]
      if (next === undefined || next.atMs > endMs) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await settle()
    }
    this.#nowMs = endMs
  }
}

/** Lets what is already resolved run to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
