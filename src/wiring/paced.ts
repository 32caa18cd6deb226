import { after, type Stop } from '../operations/lifecycle.ts'

interface Limits {
  /** Between the end of one and the next. */
  readonly everyMs: number
  /** More wait only by leaving this pace. */
  readonly maxWaiting: number
}

/**
 * Runs what comes one by one, with room between them. What has piled up elsewhere, as while a site was away, comes back all
 * at once; done at once it would stand before calls that come meanwhile.
 */
export class Paced<T> {
  readonly #limits: Limits
  readonly #run: (item: T) => void
  #waiting: T[] = []
  #isResting = false
  #stop: Stop = () => {}

  constructor(limits: Limits, run: (item: T) => void) {
    this.#limits = limits
    this.#run = run
  }

  /** The first after a quiet time at once. */
  add(item: T): void {
    const { maxWaiting } = this.#limits
    if (this.#isResting && this.#waiting.length < maxWaiting) {
      this.#waiting.push(item)
      return
    }
    this.#run(item)
    if (!this.#isResting) this.#rest()
  }

  /** What still waits is run now: it is the last that is known. */
  stop(): void {
    this.#stop()
    for (const item of this.#waiting.splice(0)) this.#run(item)
  }

  #rest(): void {
    this.#isResting = true
    this.#stop = after(this.#limits.everyMs, () => {
      this.#isResting = false
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#run(next)
      this.#rest()
    })
  }
}
