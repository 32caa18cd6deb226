const MOST_APART_MS = 1.5
const HALF_OF_A_MILLISECOND = 0.5

/**
 * Epoch ms with fractions, as the kernel's own stamps in SIPp's log have it. The process's monotonic clock is set by the
 * wall clock once at its start; where the system moves that meanwhile, this follows.
 */
export class WallClock {
  #offset = performance.timeOrigin

  /** Called now and then. */
  follow(): void {
    const apart = Date.now() + HALF_OF_A_MILLISECOND - this.at(performance.now())
    if (Math.abs(apart) > MOST_APART_MS) this.#offset += apart
  }

  now(): number {
    return this.at(performance.now())
  }

  at(monotonicMs: number): number {
    return this.#offset + monotonicMs
  }
}
