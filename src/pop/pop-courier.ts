import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { Audience } from './address.ts'
import {
  type Card,
  makeCard,
  putPanel,
  readdress,
  readdressAgain,
  type Step,
  sayAgain,
  type ToBarePop
} from './card.ts'
import { CardIndex } from './card-index.ts'
import { toPopCard } from './card-words.ts'
import type { Done } from './command-result.ts'
import { type HandCommandParts, HandCommands } from './hand-commands.ts'
import type { HandDone } from './hands-in-record.ts'
import {
  addressAmong,
  audienceAgain,
  audienceOf,
  isSameAudience,
  lacksNotes,
  lacksPanels,
  newestLast,
  passedOn,
  type Restored,
  withHands,
  withLeft,
  withOwn
} from './holders.ts'
import type { EscalatedWords, PopCard, RevisedPanel } from './pop.ts'
import { foreignCard, holderOf, recordedCard } from './recorded-card.ts'
import { UnseenCalls } from './unseen-calls.ts'

export type { Done } from './command-result.ts'

/** Cards one snapshot carries, the newest; of the others it says how many there are. */
export const SNAPSHOT_CARDS = 100

interface Parts extends HandCommandParts {
  readonly toBarePop: ToBarePop
  /** A live call is on the screen of nobody who is signed on. */
  readonly onNobody?: (call: Call) => void
  /** Each time a card is another one; and when it is gone, whoever let it go. */
  readonly onCard?: (card: Card) => void
  readonly onForgotten?: (callId: CallId) => void
  readonly metrics: Metrics
}

/**
 * Keeps a card for every call the registry holds and takes each change of it to the screens entitled to it. Its size
 * is the registry's: `forget` follows every call the registry lets go.
 */
export class PopCourier {
  readonly #parts: Parts
  readonly #cards = new CardIndex()
  readonly #unseen: UnseenCalls
  readonly #hands: HandCommands

  constructor(parts: Parts) {
    this.#parts = parts
    this.#unseen = new UnseenCalls(parts)
    this.#hands = new HandCommands(parts, {
      cards: this.#cards,
      apply: step => this.#apply(step),
      readdressed: card => this.#step(card, this.#audience(card))
    })
  }

  stop(): void {
    this.#hands.stop()
  }

  /** The bare pop, or the new state. Returns at once; nothing it waits for may hold up the switch's answer. */
  deliver(call: Call, receivedAt: number): void {
    const known = this.#cards.get(call.callId)
    const before = known ?? makeCard(call)
    const takenBy = holderOf(before, call, this.#parts.signOns)
    const card = withHands({ ...before, isUnheard: call.isUnheard === true }, call, takenBy)
    // Who had the call when it ended writes it up; its end must not offer it to the whole line again.
    this.#apply(readdress(card, call, this.#audience({ ...card, call }), receivedAt, this.#parts.toBarePop))
    if (takenBy === before.takenBy || takenBy === undefined) return
    const from = before.takenBy === undefined ? {} : { from: before.takenBy }
    this.#hands.note({ callId: call.callId, handler: takenBy, at: receivedAt, ...from })
  }

  /**
   * A call taken up from the record, after a restart or from another node: its pop again where it never arrived, its
   * state everywhere; of one whose screens know it (`isOld`) only its card is made.
   */
  restore(call: Call, known: Restored = {}): void {
    const { isOld = false, isUnheard = true } = known
    const recorded = {
      ...withOwn(recordedCard(call, known, this.#parts.signOns).card, this.#cards.get(call.callId)),
      isUnheard
    }
    const audience = audienceAgain({ ...recorded, audience: new Map() }, this.#parts.signOns)
    const { card, sends } = this.#again(withLeft(recorded, this.#cards.leftOn(call.callId), audience), audience)
    this.#apply({ card, sends: isOld ? [] : sends })
    this.#hands.endIfWrittenUp(card)
  }

  /**
   * One answer of the lookups. A call whose card another node keeps is addressed from here, by the call in the record; a
   * card that was closed meanwhile needs no panel.
   */
  publishPanel(call: Call, revised: RevisedPanel): Promise<void> {
    const card = this.#cards.get(call.callId)
    if (card !== undefined) return this.#apply(putPanel(card, revised, card.call.offeredAt))
    const audience = addressAmong(call, this.#parts.signOns)
    return this.#parts.sender.send(putPanel({ ...makeCard(call), audience }, revised, call.offeredAt).sends)
  }

  /** `call.take`: this person acts on it; every other screen it was offered on lets it go. */
  take(handler: HandlerId, callId: CallId): Promise<Done> {
    return this.#hands.take(handler, callId)
  }

  /** The same of a call that another gateway has, as the record has it: that one tells the screens. */
  takeElsewhere(handler: HandlerId, call: Call, known: Restored): Promise<Done> {
    return this.#hands.takeElsewhere(handler, call, known)
  }

  /** The record has somebody as the taker, and the card was as `before` when that was asked. */
  takenByRecord(before: Card, takenBy: HandlerId | undefined): void {
    this.#hands.takenByRecord(before, takenBy)
  }

  /**
   * `call.close`: this handler has written up their part of a call that ended, went on to another, or was not heard of
   * since a restart. With the last part the call closes.
   */
  close(handler: HandlerId, callId: CallId): Promise<Done> {
    return this.#hands.close(handler, callId)
  }

  /** The record has the card closed, and whoever was to hear of it did not: it leaves the screens. */
  closedByRecord(callId: CallId): void {
    const card = this.#cards.get(callId)
    if (card !== undefined) this.#hands.end(card)
  }

  /** At another gateway a handler did this with the call, and the record has it. */
  handByRecord(hand: HandDone): void {
    this.#hands.byRecord(hand)
  }

  card(callId: CallId): Card | undefined {
    return this.#cards.get(callId)
  }

  cards(): Iterable<Card> {
    return this.#cards.values()
  }

  /** Something else than the call itself is to be said anew on its card. */
  refresh(callId: CallId): void {
    const card = this.#cards.get(callId)
    if (card !== undefined) this.#readdress(card, card.audience)
  }

  /** Its screens may have been shown it by a record that was behind: by another node, or when their logs were lost. */
  sayAgain(callId: CallId): void {
    const card = this.#cards.get(callId)
    if (card !== undefined) this.#apply(sayAgain(card, this.#parts.clock.now(), this.#parts.toBarePop))
  }

  /**
   * Nobody has acknowledged or taken the pop: these handlers get it besides, with the words why. By the record they may
   * have it already (`isAgain`), from another gateway or from before a restart: then it must not ring a second time.
   */
  escalate(callId: CallId, to: readonly HandlerId[], words: EscalatedWords, { isAgain = false } = {}): void {
    const next = passedOn(this.#cards.get(callId), to, words)
    if (next !== undefined) this.#apply((isAgain ? this.#again : this.#step)(next, this.#audience(next)))
  }

  openCards(handler: HandlerId): number {
    return this.#cards.countOf(handler)
  }

  /** A call of another node as this handler's screen shows it; undefined when it is not theirs. */
  foreignCard(call: Call, known: Restored, handler: HandlerId): PopCard | undefined {
    return foreignCard({ call, known, handler }, this.#parts)
  }

  /** Whether this pop was ever on the handler's screen; undefined where this node's cards cannot tell. */
  wasPopped(handler: HandlerId, popId: string): boolean | undefined {
    return this.#cards.wasPopped(handler, popId)
  }

  /** Everything this handler's screen must show, newest last. */
  snapshot(handler: HandlerId): PopCard[] {
    const cards = newestLast(this.#cards.of(handler), SNAPSHOT_CARDS)
    return cards.map(card => toPopCard(card, handler, this.#parts.toBarePop))
  }

  /** How many calls of this handler a snapshot has no room for. */
  leftOut(handler: HandlerId): number {
    return Math.max(0, this.#cards.of(handler).length - SNAPSHOT_CARDS)
  }

  /** Calls that a switch has spoken of to this process and that lack a panel; `max` of them at most, the oldest first. */
  withoutPanels(max: number): readonly Call[] {
    return [...this.#cards.values()].flatMap(card => (lacksPanels(card) ? [card.call] : [])).slice(0, max)
  }

  /** Calls whose notes could not be asked for when they last were; `max` of them at most, the oldest first. */
  withoutNotes(max: number): readonly Call[] {
    return [...this.#cards.values()].flatMap(card => (lacksNotes(card) ? [card.call] : [])).slice(0, max)
  }

  /** Somebody signed on or off: open calls are addressed anew; ended ones are only ever added to a screen. */
  signOnsChanged(): void {
    for (const before of [...this.#cards.values()]) {
      const takenBy = this.#parts.signOns.has(before.takenBy)
        ? before.takenBy
        : holderOf(before, before.call, this.#parts.signOns)
      const card = takenBy === before.takenBy ? before : withHands(before, before.call, takenBy)
      const audience = audienceAgain(card, this.#parts.signOns)
      if (card !== before || !isSameAudience(audience, card.audience)) this.#readdress(card, audience)
    }
  }

  forget(callId: CallId): void {
    this.#cards.delete(callId)
    this.#unseen.forget(callId)
    this.#parts.onForgotten?.(callId)
  }

  #readdress(card: Card, to = this.#audience(card)): void {
    this.#apply(this.#step(card, to))
  }

  #step = (card: Card, to: Audience) => readdress(card, card.call, to, this.#parts.clock.now(), this.#parts.toBarePop)
  #again = (card: Card, to: Audience) => readdressAgain(card, to, this.#parts.clock.now(), this.#parts.toBarePop)
  #audience = (card: Card) => audienceOf(card, this.#parts.signOns)

  #apply({ card, sends }: Step): Promise<void> {
    this.#cards.put(card)
    this.#unseen.note(card)
    this.#parts.onCard?.(card)
    return this.#parts.sender.send(sends)
  }
}
