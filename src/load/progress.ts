import type { BookedCall, CallBook } from './call-book.ts'
import { lacksPop, poppedAt } from './call-book.ts'
import { Latency } from './latency.ts'
import { inMs } from './verdict.ts'

/** A pop that is not there after so long is called lost for now; it may still come. */
const LOST_AFTER_MS = 5_000

/** The line that is shown while a load runs. */
export class Progress {
  readonly #book: CallBook
  readonly #pops = new Latency()
  /** Calls up to here have been looked at for good. */
  #seen = 0
  #lost = 0
  readonly #waiting = new Set<BookedCall>()

  constructor(book: CallBook) {
    this.#book = book
  }

  line(now: number): string {
    const { calls, counts } = this.#book
    for (const call of calls.slice(this.#seen)) this.#waiting.add(call)
    this.#seen = calls.length
    let late = 0
    for (const call of this.#waiting) {
      const dueAt = this.#book.dueAt(call)
      if (!lacksPop(call)) {
        const at = poppedAt(call)
        if (at !== undefined) this.#pops.add(at - dueAt)
        this.#waiting.delete(call)
      } else if (now - dueAt > LOST_AFTER_MS) late += 1
    }
    this.#lost = late
    const { offered, answered, popped, acked } = counts
    return `offered ${offered}  answered ${answered}  popped ${popped}  acked ${acked}  lost ${this.#lost}  p99 ${inMs(this.#pops.at(99))}`
  }
}
