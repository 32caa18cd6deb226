import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import { type Card, closeCard, closeFor, type Step } from './card.ts'
import type { CardIndex } from './card-index.ts'
import { type Done, refused } from './command-result.ts'
import { type HandDone, HandsInRecord, type HandsParts } from './hands-in-record.ts'
import { isOver, mayHaveIt, putAway, type Restored, type Taking, toWriteUp, withHands } from './holders.ts'
import type { ScreenSender } from './screen-sender.ts'

export interface HandCommandParts extends HandsParts {
  readonly sender: Pick<ScreenSender, 'send'>
  /** Who has taken the call is not known: the record may have it otherwise than this card. */
  readonly onDoubt?: (card: Card) => void
  /** After the record has the card closed. */
  readonly onClosed: (callId: CallId) => void
}

/** The cards, and how a card that has become another is shown. */
export interface HandCards {
  readonly cards: CardIndex
  readonly apply: (step: Step) => unknown
  readonly readdressed: (card: Card) => Step
}

/** A contact that is over is tried to be closed in the record again after this long, until that has it. */
const END_AGAIN_MS = 2_000

/** What handlers do with the calls of this node, and with those of others: they take them, and write them up. */
export class HandCommands {
  readonly #parts: HandCommandParts
  readonly #of: HandCards
  readonly #record: HandsInRecord
  /** Contacts that everybody has written up, and the record does not know so. */
  readonly #ending = new Map<CallId, Stop>()

  constructor(parts: HandCommandParts, cards: HandCards) {
    this.#parts = parts
    this.#of = cards
    this.#record = new HandsInRecord(parts)
  }

  stop(): void {
    for (const stop of this.#ending.values()) stop()
    this.#ending.clear()
  }

  /** By the word of the switch. */
  note(taking: Taking): void {
    this.#record.note(taking)
  }

  async take(handler: HandlerId, callId: CallId): Promise<Done> {
    const { cards } = this.#of
    const card = cards.get(callId)
    if (card === undefined) return refused('call.unknown', 'This call is no longer open.')
    const done = await this.#record.take(handler, card, this.#parts.onDoubt)
    if (done.ok && card.takenBy !== handler) this.#give(cards.get(callId), card, handler)
    return done
  }

  async takeElsewhere(handler: HandlerId, call: Call, known: Restored): Promise<Done> {
    const done = await this.#record.takeElsewhere(handler, call, known)
    // It may have come here meanwhile.
    if (done.ok) this.byRecord({ callId: call.callId, handler, did: 'taken' })
    return done
  }

  async close(handler: HandlerId, callId: CallId): Promise<Done> {
    const { cards } = this.#of
    const card = cards.get(callId)
    const offer = card?.audience.get(handler)
    if (card === undefined) {
      const done = await this.#record.close(handler, callId)
      if (done.ok) this.byRecord({ callId, handler, did: 'closed' })
      return done
    }
    if (offer === undefined) return refused('call.not-entitled', 'This call is not yours to close.')
    // The end of a call can fall into a restart; then only a person can say that it is over.
    if (!isOver(card) && offer !== 'handed') return refused('call.live', 'The call has not ended yet.')
    const isLast = isOver(card) && toWriteUp(card).every(each => each === handler)
    await this.#parts.recordClosed({ callId, handler, isLast })
    const now = cards.get(callId)
    if (isLast) this.end(now ?? card)
    else if (now !== undefined) this.#closed(now, handler)
    else this.#sayOnly(closeFor(card, handler, this.#parts.clock.now()))
    return { ok: true }
  }

  /** The record has somebody as the taker, and the card was as `before` when that was asked: what came since says more. */
  takenByRecord(before: Card, takenBy: HandlerId | undefined): void {
    const now = this.#of.cards.get(before.call.callId)
    if (takenBy === undefined || takenBy === before.takenBy || (now ?? before).takenBy !== before.takenBy) return
    this.#give(now, before, takenBy)
  }

  byRecord({ callId, handler, did }: HandDone): void {
    const card = this.#of.cards.get(callId)
    if (card === undefined) return
    if (did === 'over') this.end(card)
    else if (did === 'taken' && card.takenBy !== handler) this.#give(card, card, handler)
    else if (did === 'closed' && !card.closed.has(handler)) this.#closed(putAway(card, handler), handler)
  }

  /** Everybody who had it has written it up: the contact is over, here and in the record. */
  endIfWrittenUp(card: Card): void {
    if (!isOver(card) || card.had.size === 0 || toWriteUp(card).length > 0) return
    const { callId } = card.call
    if (this.#ending.has(callId)) return
    this.#ending.set(callId, () => {})
    this.#parts.recordClosed({ callId, handler: [...card.closed].at(-1) ?? '', isLast: true }).then(
      () => {
        this.#ending.delete(callId)
        this.end(this.#of.cards.get(callId) ?? card)
      },
      thrown => {
        this.#parts.log.fault('pop.not-closed', thrown, { callId })
        this.#endAgain(callId)
      }
    )
  }

  /** The record has it closed: it leaves the screens. */
  end(card: Card): void {
    const { sender, signOns, clock, onClosed } = this.#parts
    sender.send(closeCard(card, mayHaveIt(card, signOns.all()), clock.now()))
    onClosed(card.call.callId)
  }

  #endAgain(callId: CallId): void {
    // Stopped meanwhile.
    if (!this.#ending.has(callId)) return
    const stop = after(END_AGAIN_MS, () => {
      this.#ending.delete(callId)
      const card = this.#of.cards.get(callId)
      if (card !== undefined) this.endIfWrittenUp(card)
    })
    this.#ending.set(callId, stop)
  }

  #closed(card: Card, handler: HandlerId): void {
    const step = closeFor(card, handler, this.#parts.clock.now())
    this.#of.apply(step)
    this.endIfWrittenUp(step.card)
  }

  #give(now: Card | undefined, before: Card, handler: HandlerId): void {
    const step = this.#of.readdressed(withHands(now ?? before, (now ?? before).call, handler))
    if (now !== undefined) this.#of.apply(step)
    else this.#sayOnly(step)
  }

  /** Let go of while the record wrote: no other gateway knows whom it was shown to here. */
  #sayOnly = ({ sends }: Step) => void this.#parts.sender.send(sends)
}
