/**
 * Keys seen of late, in two halves that take turns: a key is known for one to two turns, and what is over the limit
 * only makes the turn come sooner.
 */
export class RecentKeys {
  readonly #max: number
  #now = new Set<string>()
  #before: ReadonlySet<string> = new Set()

  /** At most this many keys in each half. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#now.size + this.#before.size
  }

  has(key: string): boolean {
    return this.#now.has(key) || this.#before.has(key)
  }

  add(key: string): void {
    if (this.#now.size >= this.#max) this.turn()
    this.#now.add(key)
  }

  turn(): void {
    this.#before = this.#now
    this.#now = new Set()
  }
}
