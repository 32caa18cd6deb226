import { reasonOf } from './errors.ts'

/**
 * One round at a time. Whoever asks while one is under way has the next, together with all who ask meanwhile: it begins
 * after they asked, so that what they know of is in it.
 */
export class Rounds {
  readonly #run: () => Promise<void>
  #current: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(run: () => Promise<void>) {
    this.#run = run
  }

  /** The round under way; undefined when there is none. */
  get current(): Promise<void> | undefined {
    return this.#current
  }

  /** A round that begins not before this moment. Rejects as it does. */
  ask(): Promise<void> {
    if (this.#current === undefined) return this.#begin()
    this.#next ??= this.#current.catch(reasonOf).then(() => {
      this.#next = undefined
      return this.#current ?? this.#begin()
    })
    return this.#next
  }

  #begin(): Promise<void> {
    this.#current = this.#run().finally(() => {
      this.#current = undefined
    })
    return this.#current
  }
}
