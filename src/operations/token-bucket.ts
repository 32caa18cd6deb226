export interface Rate {
  readonly perSecond: number
  /** Most that may come at once after a quiet time. */
  readonly burst: number
}

/** So many a second, and so many at once. Time is handed in; it may stand still, and where it goes back nothing is lost. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = nowMs
  }

  /** False: over the rate; nothing is taken then. */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, nowMs - this.#at) * perSecond) / 1000)
    this.#at = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
