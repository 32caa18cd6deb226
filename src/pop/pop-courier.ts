import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Metrics } from '../operations/metrics.ts'
import { type Audience, isEntitled } from './address.ts'
import {
  type Card,
  closeCard,
  closeFor,
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
import { type Done, refused } from './command-result.ts'
import { HandsInRecord, type HandsParts } from './hands-in-record.ts'
import {
  addressAmong,
  audienceAgain,
  audienceOf,
  desksOn,
  holderAtDesk,
  isEnded,
  isOver,
  isSameAudience,
  lacksPanels,
  mayHaveIt,
  mayTake,
  passedOn,
  type Restored,
  restoredCard,
  toWriteUp,
  withHands,
  withLeft,
  withOwn,
  withSteps
} from './holders.ts'
import type { EscalatedWords, PopCard, RevisedPanel } from './pop.ts'
import type { ScreenSender } from './screen-sender.ts'
import { UnseenCalls } from './unseen-calls.ts'

export type { Done } from './command-result.ts'

/** Cards one snapshot carries, the newest; the others stay in the record. */
export const SNAPSHOT_CARDS = 100

interface Parts extends HandsParts {
  readonly sender: Pick<ScreenSender, 'send'>
  readonly toBarePop: ToBarePop
  /** A live call is on the screen of nobody who is signed on. */
  readonly onNobody?: (call: Call) => void
  /** Each time a card is another one; and when it is gone, whoever let it go. */
  readonly onCard?: (card: Card) => void
  readonly onForgotten?: (callId: CallId) => void
  /** After the record has the card closed. */
  readonly onClosed: (callId: CallId) => void
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * Keeps a card for every call the registry holds and takes each change of it to the screens entitled to it. Its size
 * is the registry's: `forget` follows every call the registry lets go.
 */
export class PopCourier {
  readonly #parts: Parts
  readonly #cards = new CardIndex()
  readonly #unseen: UnseenCalls
  readonly #hands: HandsInRecord

  constructor(parts: Parts) {
    this.#parts = parts
    this.#unseen = new UnseenCalls(parts)
    this.#hands = new HandsInRecord(parts)
  }

  /** The bare pop, or the new state. Returns at once; nothing it waits for may hold up the switch's answer. */
  deliver(call: Call, receivedAt: number): void {
    const known = this.#cards.get(call.callId)
    const before = known ?? makeCard(call)
    const takenBy = this.#holder(before, call)
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
    const recorded = { ...withOwn(this.#fromRecord(call, known).card, this.#cards.get(call.callId)), isUnheard }
    const audience = audienceAgain({ ...recorded, audience: new Map() }, this.#parts.signOns)
    const { card, sends } = this.#again(withLeft(recorded, this.#cards.leftOn(call.callId), audience), audience)
    this.#apply({ card, sends: isOld ? [] : sends })
    this.#endIfWrittenUp(card)
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
  async take(handler: HandlerId, callId: CallId): Promise<Done> {
    const card = this.#cards.get(callId)
    const signOn = this.#parts.signOns.of(handler)
    if (card === undefined) return refused('call.unknown', 'This call is no longer open.')
    if (signOn === undefined || !isEntitled(card.call, signOn)) {
      return refused('call.not-entitled', 'This call is not yours to take.')
    }
    const from = card.takenBy
    if (from === handler) return { ok: true }
    const isFree = mayTake(card, signOn, this.#parts.signOns.has(from))
    const taking = { callId, handler, at: this.#parts.clock.now(), ...(from === undefined ? {} : { from }) }
    if (!isFree || !(await this.#hands.take(taking, card))) {
      return refused('call.taken', 'Another handler has taken this call.')
    }
    this.#give(this.#cards.get(callId), card, handler)
    return { ok: true }
  }

  /** The record has somebody as the taker, and the card was as `before` when that was asked: what came since says more. */
  takenByRecord(before: Card, takenBy: HandlerId | undefined): void {
    const now = this.#cards.get(before.call.callId)
    if (takenBy === undefined || takenBy === before.takenBy || (now ?? before).takenBy !== before.takenBy) return
    this.#give(now, before, takenBy)
  }

  /**
   * `call.close`: this handler has written up their part of a call that ended, went on to another, or was not heard of
   * since a restart. With the last part the call closes.
   */
  async close(handler: HandlerId, callId: CallId): Promise<Done> {
    const card = this.#cards.get(callId)
    const offer = card?.audience.get(handler)
    if (card === undefined) return this.#hands.close(handler, callId)
    if (offer === undefined) return refused('call.not-entitled', 'This call is not yours to close.')
    // The end of a call can fall into a restart; then only a person can say that it is over.
    if (!isOver(card) && offer !== 'handed') return refused('call.live', 'The call has not ended yet.')
    const isLast = isOver(card) && toWriteUp(card).every(each => each === handler)
    await this.#parts.recordClosed({ callId, handler, isLast })
    const now = this.#cards.get(callId)
    if (isLast) this.#end(now ?? card)
    else if (now !== undefined) {
      const step = closeFor(now, handler, this.#parts.clock.now())
      this.#apply(step)
      this.#endIfWrittenUp(step.card)
    } else this.#sayOnly(closeFor(card, handler, this.#parts.clock.now()))
    return { ok: true }
  }

  /** The record has the card closed, and whoever was to hear of it did not: it leaves the screens. */
  closedByRecord(callId: CallId): void {
    const card = this.#cards.get(callId)
    if (card !== undefined) this.#end(card)
  }

  card(callId: CallId): Card | undefined {
    return this.#cards.get(callId)
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
    const signOn = this.#parts.signOns.of(handler)
    if (signOn === undefined || !isEntitled(call, signOn)) return undefined
    const { card, audience } = this.#fromRecord(call, known)
    if (!audience.has(handler)) return undefined
    return toPopCard({ ...card, audience, isUnheard: call.isUnheard === true }, handler, this.#parts.toBarePop)
  }

  /** Whether this pop was ever on the handler's screen; undefined where this node's cards cannot tell. */
  wasPopped(handler: HandlerId, popId: string): boolean | undefined {
    return this.#cards.wasPopped(handler, popId)
  }

  /** Everything this handler's screen must show, newest last. */
  snapshot(handler: HandlerId): PopCard[] {
    const cards = this.#cards.of(handler)
    // Live calls before ended ones when there are more than fit.
    const kept = [...cards.filter(card => isEnded(card)), ...cards.filter(card => !isEnded(card))]
    return kept.slice(-SNAPSHOT_CARDS).map(card => toPopCard(card, handler, this.#parts.toBarePop))
  }

  /** Calls that a switch has spoken of to this process and that lack a panel; `max` of them at most, the oldest first. */
  withoutPanels(max: number): readonly Call[] {
    return [...this.#cards.values()].flatMap(card => (lacksPanels(card) ? [card.call] : [])).slice(0, max)
  }

  /** Somebody signed on or off: open calls are addressed anew; ended ones are only ever added to a screen. */
  signOnsChanged(): void {
    for (const before of [...this.#cards.values()]) {
      const takenBy = this.#parts.signOns.has(before.takenBy)
        ? before.takenBy
        : this.#atDesk(before.call, before.takenBy)
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

  #fromRecord(call: Call, { takenBy, hands = [], steps = [] }: Restored): { card: Card; audience: Audience } {
    const made = restoredCard(call, hands, takenBy)
    const card = withSteps(withHands(made, call, this.#holder(made, call)), this.#parts.signOns, steps)
    return { card, audience: audienceAgain(card, this.#parts.signOns) }
  }

  /** The switch's word counts when it is new; else whoever took the call has it. */
  #holder({ call: before, takenBy }: Card, call: Call): HandlerId | undefined {
    const isNews = takenBy === undefined || before === call || desksOn(before) !== desksOn(call)
    return isNews ? this.#atDesk(call, takenBy) : takenBy
  }

  #atDesk = (call: Call, takenBy: HandlerId | undefined) => holderAtDesk(call, this.#parts.signOns, takenBy) ?? takenBy

  /** Everybody who had it has written it up: the contact is over, here and in the record. */
  #endIfWrittenUp(card: Card): void {
    if (!isOver(card) || card.had.size === 0 || toWriteUp(card).length > 0) return
    const { callId } = card.call
    this.#parts.recordClosed({ callId, handler: [...card.closed].at(-1) ?? '', isLast: true }).then(
      () => this.#end(this.#cards.get(callId) ?? card),
      thrown => this.#parts.log.fault('pop.not-closed', thrown, { callId })
    )
  }

  #end(card: Card): void {
    this.#parts.sender.send(closeCard(card, mayHaveIt(card, this.#parts.signOns.all()), this.#parts.clock.now()))
    this.#parts.onClosed(card.call.callId)
  }

  #give(now: Card | undefined, before: Card, handler: HandlerId): void {
    const taken = withHands(now ?? before, (now ?? before).call, handler)
    if (now !== undefined) this.#readdress(taken)
    else this.#sayOnly(this.#step(taken, this.#audience(taken)))
  }

  /** Let go of while the record wrote: no other gateway knows whom it was shown to here. */
  #sayOnly = ({ sends }: Step) => void this.#parts.sender.send(sends)

  #apply({ card, sends }: Step): Promise<void> {
    this.#cards.put(card)
    this.#unseen.note(card)
    this.#parts.onCard?.(card)
    return this.#parts.sender.send(sends)
  }
}
