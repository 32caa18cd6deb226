import type { Call } from '../call/call.ts'
import type { HandlerId } from '../call/ids.ts'
import { isEntitled, type SignOn } from './address.ts'

interface Desk {
  readonly handler: HandlerId
  readonly openCards: number
  readonly lastPopAt: number
}

interface Parts {
  /** Whose screen answers. */
  readonly live: () => ReadonlySet<HandlerId>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  readonly openCards: (handler: HandlerId) => number
  /** Epoch ms of the last pop; 0 where there was none. */
  readonly lastPopAt: (handler: HandlerId) => number
  readonly monotonicMs: () => number
}

interface Ranking {
  readonly handlers: HandlerId[]
  /** Live screens there were, of any line. */
  readonly among: number
  readonly until: number
}

/** Hundreds of pops may be due in one moment, and thousands of desks be there: they are put in order once for all of these. */
const RANKED_FOR_MS = 500

/**
 * Who gets a pop next: entitled, with a live screen, not on it already; fewest open cards, then longest without a pop.
 * Only live screens are looked at: a force that has lost all its links costs nothing.
 */
export class NextDesk {
  readonly #parts: Parts
  /** By what entitles: force, line and queue. */
  readonly #rankings = new Map<string, Ranking>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Undefined: nobody is left. */
  choose(call: Call, has: ReadonlySet<HandlerId>): HandlerId | undefined {
    const ranking = this.#ranking(call)
    const next = this.#first(call, ranking, has)
    // Who has come since it was made is not kept waiting where nobody else is left.
    if (next !== undefined || ranking.among === this.#parts.live().size) return next
    this.#rankings.clear()
    return this.#first(call, this.#ranking(call), has)
  }

  #first(call: Call, { handlers }: Ranking, has: ReadonlySet<HandlerId>): HandlerId | undefined {
    const { live, signOnOf } = this.#parts
    const at = handlers.findIndex(handler => {
      const signOn = signOnOf(handler)
      return !has.has(handler) && live().has(handler) && signOn !== undefined && isEntitled(call, signOn)
    })
    const [next] = at === -1 ? [] : handlers.splice(at, 1)
    // Another pop of the same moment goes to somebody else.
    if (next !== undefined) handlers.push(next)
    return next
  }

  #ranking(call: Call): Ranking {
    const { live, signOnOf, openCards, lastPopAt, monotonicMs } = this.#parts
    const now = monotonicMs()
    for (const [key, { until }] of this.#rankings) if (until <= now) this.#rankings.delete(key)
    const key = `${call.force} ${call.line} ${call.acdQueue ?? ''}`
    const known = this.#rankings.get(key)
    if (known !== undefined) return known
    const desks: Desk[] = []
    for (const handler of live()) {
      const signOn = signOnOf(handler)
      if (signOn === undefined || !isEntitled(call, signOn)) continue
      desks.push({ handler, openCards: openCards(handler), lastPopAt: lastPopAt(handler) })
    }
    desks.sort(
      (one, other) =>
        one.openCards - other.openCards || one.lastPopAt - other.lastPopAt || (one.handler < other.handler ? -1 : 1)
    )
    const ranking = { handlers: desks.map(({ handler }) => handler), among: live().size, until: now + RANKED_FOR_MS }
    this.#rankings.set(key, ranking)
    return ranking
  }
}
