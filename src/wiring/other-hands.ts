import { type CallId, type HandlerId, parseCallId } from '../call/ids.ts'
import type { Log } from '../operations/log.ts'
import type { Card } from '../pop/card.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type HeldHands, otherHands } from '../records/adoption.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Notice } from '../records/notices.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'cards' | 'handByRecord'>
  /** Of these calls of this node, those of which the record knows more hands. Rejects as the record does. */
  readonly otherHands: (held: readonly HeldHands[]) => Promise<readonly OpenCall[]>
  readonly markSilent: (handler: HandlerId, callId: CallId) => Promise<unknown>
  readonly log: Log
}

const BATCH = 5_000

/**
 * What handlers do at other gateways with calls that this one has. A gateway does not take a call over for that: its own
 * gateway may know of its end, and not have written it. So the record is told, and this one says it to the screens.
 */
export class OtherHands {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  hear(notice: Extract<Notice, { t: 'hand' | 'silent' }>): void {
    const { courier, markSilent, log } = this.#parts
    const callId = parseCallId(notice.call)
    const card = callId === undefined ? undefined : courier.card(callId)
    if (callId === undefined || card === undefined) return
    const { handler } = notice
    if (notice.t === 'silent') {
      markSilent(handler, callId).catch(thrown => log.fault('call.mark-silent', thrown, { callId }))
      // What was done before this node adopted the call, it was told with the call.
    } else if (notice.generation >= card.call.generation) courier.handByRecord({ callId, handler, did: notice.did })
  }

  /** What a lost notice would have told. Rejects as the record does. */
  async reconcile(): Promise<void> {
    const { courier, otherHands } = this.#parts
    const held = [...courier.cards()].map(toHeld)
    for (let at = 0; at < held.length; at += BATCH) {
      for (const open of await otherHands(held.slice(at, at + BATCH))) this.#settle(open)
    }
  }

  /** Who had the call before by its card, and has it by the record, is no news: the switch has said since who has it. */
  #settle({ call: { callId }, takenBy, hands = [] }: OpenCall): void {
    const { courier } = this.#parts
    const known = courier.card(callId)
    if (known === undefined) return
    if (takenBy !== undefined && !known.had.has(takenBy)) {
      courier.handByRecord({ callId, handler: takenBy, did: 'taken' })
    }
    for (const { handler, isClosed } of hands) {
      if (isClosed) courier.handByRecord({ callId, handler, did: 'closed' })
    }
  }
}

function toHeld({ call, takenBy, closed }: Card): HeldHands {
  return { callId: call.callId, takenBy, closed: closed.size }
}

/** What this gateway does about such hands. */
export function startOtherHands(
  { node, log }: Pick<Base, 'node' | 'log'>,
  { nodesPool: pool }: Pick<Stores, 'nodesPool'>,
  parts: Pick<Parts, 'courier' | 'markSilent'>
): OtherHands {
  return new OtherHands({ ...parts, otherHands: held => otherHands(pool, node, held), log })
}
