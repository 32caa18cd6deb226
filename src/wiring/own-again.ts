import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'

/** An entry on its way to the record when its call was adopted again comes back sooner than so many others were. */
const MAX_KNOWN = 1_000

/** Calls that this node adopted a second time without having lost them, and went on with as it knew them. */
export class OwnAgain {
  /** The generation that the call went on from. */
  readonly #from = new Map<CallId, number>()

  note(before: Call, after: Call): void {
    this.#from.delete(after.callId)
    this.#from.set(after.callId, before.generation)
    const [oldest] = this.#from.keys()
    if (this.#from.size > MAX_KNOWN && oldest !== undefined) this.#from.delete(oldest)
  }

  /** Whether the call as it is held goes on from the older one, with all that was in that. */
  has(older: Call, held: Call): boolean {
    return this.#from.get(held.callId) === older.generation && held.generation === older.generation + 1
  }
}
