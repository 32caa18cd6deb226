import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { isEntitled } from './address.ts'
import type { Card } from './card.ts'
import { type Done, refused } from './command-result.ts'
import { type Closing, mayTake, type Restored, type Taking } from './holders.ts'
import { recordedCard } from './recorded-card.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

/** What a handler did with a call, by the record: has it now, has written it up, or was the last to. */
export interface HandDone {
  readonly callId: CallId
  readonly handler: HandlerId
  readonly did: 'taken' | 'closed' | 'over'
}

export interface HandsParts {
  readonly signOns: SignOnDirectory
  /** The record decides who took a call: true for one handler only, whichever node asks. */
  readonly recordTaken: (taking: Taking) => Promise<boolean>
  readonly recordClosed: (closing: Closing) => Promise<void>
  /** Open or closed, by the record. */
  readonly readCall: (callId: CallId) => Promise<Call | undefined>
  readonly log: Log
  readonly clock: Clock
}

const TAKEN = refused('call.taken', 'Another handler has taken this call.')

/** Who takes a call and who has written it up, as the record is told of it. */
export class HandsInRecord {
  readonly #parts: HandsParts

  constructor(parts: HandsParts) {
    this.#parts = parts
  }

  /** By this card; `onDoubt` when the record has not said that the call is this handler's. */
  async take(handler: HandlerId, card: Card, onDoubt = (_: Card): void => {}): Promise<Done> {
    const { recordTaken, signOns, clock } = this.#parts
    const { call, takenBy: from } = card
    const signOn = signOns.of(handler)
    if (signOn === undefined || !isEntitled(call, signOn)) {
      return refused('call.not-entitled', 'This call is not yours to take.')
    }
    if (from === handler) return { ok: true }
    if (!mayTake(card, signOn, signOns.has(from))) return TAKEN
    try {
      const taking = { callId: call.callId, handler, at: clock.now(), ...(from === undefined ? {} : { from }) }
      if (await recordTaken(taking)) return { ok: true }
      onDoubt(card)
      return TAKEN
    } catch (thrown) {
      // The record may have done it, and only its answer was lost.
      onDoubt(card)
      throw thrown
    }
  }

  /** A call that another gateway has, as the record has it: that gateway hears of it with the commit. */
  takeElsewhere(handler: HandlerId, call: Call, known: Restored): Promise<Done> {
    return this.take(handler, recordedCard(call, known, this.#parts.signOns).card)
  }

  /** By the word of the switch. */
  note(taking: Taking): void {
    const { log, recordTaken } = this.#parts
    recordTaken(taking).catch(thrown => log.fault('pop.taken-not-recorded', thrown, { callId: taking.callId }))
  }

  /** Of a card that is closed here already, or never was here: not done before the record has it. */
  async close(handler: HandlerId, callId: CallId): Promise<Done> {
    const call = await this.#parts.readCall(callId)
    const signOn = this.#parts.signOns.of(handler)
    if (call !== undefined && (signOn === undefined || !isEntitled(call, signOn))) {
      return refused('call.not-entitled', 'This call is not yours to close.')
    }
    await this.#parts.recordClosed({ callId, handler, isLast: false })
    return { ok: true }
  }
}
