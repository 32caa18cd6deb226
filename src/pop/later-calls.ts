import type { LaterCall } from './ledger.ts'

/** Ties that wait for the record; the next restart finds what is more. */
const MAX_WAITING = 20_000
/** In one statement. */
const MOST_AT_ONCE = 1_000
/** Ties that were written of late are not written with each event of their call: an entry does not show all that it has. */
const MAX_TIED = 5_000

/** Later calls that are to be tied to open entries, each pair once. */
export class LaterCalls {
  readonly #waiting = new Map<string, LaterCall>()
  readonly #tied = new Set<string>()

  add(later: LaterCall): void {
    const name = nameOf(later)
    if (this.#waiting.size >= MAX_WAITING || this.#tied.has(name) || this.#waiting.has(name)) return
    this.#waiting.set(name, later)
  }

  /** The oldest of those that may be written now; they wait on until they are `tied`. */
  due(isDue: (later: LaterCall) => boolean): readonly LaterCall[] {
    return [...this.#waiting.values()].filter(isDue).slice(0, MOST_AT_ONCE)
  }

  tied(written: readonly LaterCall[]): void {
    for (const later of written) {
      const name = nameOf(later)
      this.#waiting.delete(name)
      this.#tied.add(name)
    }
    const [...names] = this.#tied
    for (const name of names.slice(0, Math.max(0, names.length - MAX_TIED))) this.#tied.delete(name)
  }
}

function nameOf({ entryCall, call }: LaterCall): string {
  return `${entryCall}|${call}`
}
