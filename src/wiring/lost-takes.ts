import type { CallId, HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Card } from '../pop/card.ts'
import { askAgain, GOOD_ANSWERS } from './asked-again.ts'

interface Parts {
  /** Who has the call by the record; undefined when nobody has, or it is closed. Rejects as the record does. */
  readonly takenBy: (callId: CallId) => Promise<HandlerId | undefined>
  readonly settle: (before: Card, takenBy: HandlerId | undefined) => void
  readonly log: Log
}

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
    let wanted = GOOD_ANSWERS
    const stop = askAgain(
      async () => {
        wanted = (await this.#ask(card)) ? 0 : wanted - 1
        if (wanted === 0) this.#stops.delete(callId)
        return wanted
      },
      thrown => this.#parts.log.debug('pop.doubt', { callId, reason: reasonOf(thrown) })
    )
    this.#stops.set(callId, stop)
  }

  /** Whether it is known who has the call, or nobody wants to know any more. */
  async #ask(card: Card): Promise<boolean> {
    const { takenBy, settle } = this.#parts
    const { callId } = card.call
    const handler = await takenBy(callId)
    if (!this.#stops.has(callId)) return true
    settle(card, handler)
    return handler !== undefined
  }
}
