interface Noted<T> {
  readonly atMs: number
  readonly value: T
}

/** Longer than a failover takes, and than a master that was replaced can go on taking what it will lose. */
const KEEP_MS = 10_000
const MAX = 5_000

/** What Redis took of late, oldest first: a server that takes another one's place may lack the last of it. */
export class RecentAppends<T> {
  readonly #monotonicMs: () => number
  #noted: Noted<T>[] = []

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  note(value: T): void {
    this.#noted.push({ atMs: this.#monotonicMs(), value })
    // Seldom, so that it costs nothing: up to twice as many are held for a moment.
    if (this.#noted.length >= 2 * MAX) this.#forget()
  }

  list(): readonly T[] {
    this.#forget()
    return this.#noted.map(({ value }) => value)
  }

  #forget(): void {
    const since = this.#monotonicMs() - KEEP_MS
    this.#noted = this.#noted.slice(-MAX).filter(({ atMs }) => atMs >= since)
  }
}
