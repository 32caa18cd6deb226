import type { CallId, HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Card } from '../pop/card.ts'

interface Parts {
  /** Who has the call by the record; undefined when nobody has, or it is closed. Rejects as the record does. */
  readonly takenBy: (callId: CallId) => Promise<HandlerId | undefined>
  readonly settle: (before: Card, takenBy: HandlerId | undefined) => void
  readonly log: Log
}

const ASK_EVERY_MS = 1_000
/** Asked twice: a statement that waits in the record longer than its asker may be done after the first time. */
const ASK_AGAIN_MS = 5_000
/** A handler asks for one call at a time; more than this is no control room. */
const MAX_DOUBTS = 10_000

/**
 * A take whose answer was lost may have been done all the same: the record then has somebody as the taker, and the call
 * stands before everybody else as nobody's. So the record is asked who has it, and the screens are told.
 */
export class LostTakes {
  readonly #parts: Parts
  readonly #stops = new Map<CallId, Stop>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    for (const stop of this.#stops.values()) stop()
    this.#stops.clear()
  }

  doubt(card: Card): void {
    const { callId } = card.call
    if (this.#stops.has(callId) || this.#stops.size >= MAX_DOUBTS) return
    this.#askIn(ASK_EVERY_MS, card, 2)
  }

  #askIn(ms: number, card: Card, wanted: number): void {
    const { callId } = card.call
    this.#stops.set(
      callId,
      after(ms, () => void this.#ask(card, wanted))
    )
  }

  async #ask(card: Card, wanted: number): Promise<void> {
    const { takenBy, settle, log } = this.#parts
    const { callId } = card.call
    try {
      const handler = await takenBy(callId)
      if (!this.#stops.has(callId)) return
      settle(card, handler)
      if (wanted > 1 && handler === undefined) this.#askIn(ASK_AGAIN_MS, card, wanted - 1)
      else this.#stops.delete(callId)
    } catch (thrown) {
      log.debug('pop.doubt', { callId, reason: reasonOf(thrown) })
      if (this.#stops.has(callId)) this.#askIn(ASK_EVERY_MS, card, wanted)
    }
  }
}
