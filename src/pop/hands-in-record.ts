import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Log } from '../operations/log.ts'
import { isEntitled } from './address.ts'
import type { Card } from './card.ts'
import { type Done, refused } from './command-result.ts'
import type { Closing, Taking } from './holders.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

export interface HandsParts {
  readonly signOns: SignOnDirectory
  /** The record decides who took a call: true for one handler only, whichever node asks. */
  readonly recordTaken: (taking: Taking) => Promise<boolean>
  readonly recordClosed: (closing: Closing) => Promise<void>
  /** Open or closed, by the record. */
  readonly readCall: (callId: CallId) => Promise<Call | undefined>
  /** Who has taken the call is not known: the record may have it otherwise than this card. */
  readonly onDoubt?: (card: Card) => void
  readonly log: Log
}

/** Who takes a call and who has written it up, as the record is told of it. */
export class HandsInRecord {
  readonly #parts: HandsParts

  constructor(parts: HandsParts) {
    this.#parts = parts
  }

  async take(taking: Taking, card: Card): Promise<boolean> {
    const { recordTaken, onDoubt } = this.#parts
    try {
      const isTheirs = await recordTaken(taking)
      if (!isTheirs) onDoubt?.(card)
      return isTheirs
    } catch (thrown) {
      // The record may have done it, and only its answer was lost.
      onDoubt?.(card)
      throw thrown
    }
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
