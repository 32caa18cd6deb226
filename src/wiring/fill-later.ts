import type { Call } from '../call/call.ts'
import { interval, type Stop } from '../operations/lifecycle.ts'

/** Lookups for ended calls are asked again one by one. */
const EVERY_MS = 25

/** Ended calls that were taken up: their panels have time. */
export class FillLater {
  readonly #fill: (call: Call) => void
  readonly #calls: Call[] = []
  #stop: Stop = () => {}

  constructor(fill: (call: Call) => void) {
    this.#fill = fill
  }

  stop(): void {
    this.#stop()
  }

  /** Taken from the end, where the newest are; stops by itself when there are no more. */
  add(call: Call): void {
    this.#calls.push(call)
    if (this.#calls.length > 1) return
    this.#stop = interval(() => {
      const next = this.#calls.pop()
      if (next === undefined) this.#stop()
      else this.#fill(next)
    }, EVERY_MS)
  }
}
