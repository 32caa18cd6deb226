interface Noted<T> {
  readonly atMs: number
  readonly value: T
}

/**
 * Longer than replicas are behind, and than a master that was replaced can go on taking what it will lose. It counts
 * back from the last that was taken: while Redis is away nothing is, and a failover may be slow.
 */
const KEEP_MS = 10_000
const MAX = 5_000
/** Held beyond that for a moment, so that forgetting costs nothing. */
const FORGET_EVERY = 1_000
/** The guard of an event lives for four hours; what is older than this must not come near that. */
const OLDEST_MS = 600_000

/** What Redis took of late, oldest first: a server that takes another one's place may lack the last of it. */
export class RecentAppends<T> {
  readonly #monotonicMs: () => number
  #noted: Noted<T>[] = []

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  note(value: T): void {
    this.#noted.push({ atMs: this.#monotonicMs(), value })
    if (this.#noted.length >= MAX + FORGET_EVERY) this.#forget()
  }

  list(): readonly T[] {
    this.#forget()
    return this.#noted.map(({ value }) => value)
  }

  #forget(): void {
    const last = this.#noted.at(-1)?.atMs ?? 0
    const since = Math.max(last - KEEP_MS, this.#monotonicMs() - OLDEST_MS)
    this.#noted = this.#noted.slice(-MAX).filter(({ atMs }) => atMs >= since)
  }
}
