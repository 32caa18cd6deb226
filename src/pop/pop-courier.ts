import type { Call } from '../call/call.ts'
import { type CallId, type HandlerId, popCallId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { type Audience, address, isEntitled } from './address.ts'
import {
  type Card,
  cardRevision,
  closeCard,
  makeCard,
  putPanel,
  readdress,
  type Step,
  type ToBarePop,
  withCard
} from './card.ts'
import { type EscalatedWords, PANEL_NAMES, type PopCard, type RevisedPanel } from './pop.ts'
import type { ScreenSender } from './screen-sender.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

/** What a command of a handler came to; `code` and `text` are for the screen. */
export type Done = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly text: string }

/** Cards one snapshot carries, the newest; a screen shows fewer. The others stay in the record. */
export const SNAPSHOT_CARDS = 100

interface Parts {
  readonly signOns: SignOnDirectory
  readonly sender: Pick<ScreenSender, 'send'>
  readonly toBarePop: ToBarePop
  /** The record decides who took a call: true for one handler only, whichever node asks. */
  readonly recordTaken: (callId: CallId, handler: HandlerId, at: number) => Promise<boolean>
  readonly recordClosed: (callId: CallId, handler: HandlerId) => Promise<void>
  /** Each time a card is another one; what watches over pops that nobody takes sees it here. */
  readonly onCard?: (card: Card) => void
  /** The card is gone, whoever let it go. */
  readonly onForgotten?: (callId: CallId) => void
  /** After the record has the card closed. */
  readonly onClosed: (callId: CallId) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** How a call from the record comes back. */
interface Restored {
  readonly takenBy?: HandlerId
  readonly isOld?: boolean
  readonly isUnheard?: boolean
}

/**
 * Keeps a card for every call the registry holds and takes each change of it to the screens entitled to it. Its size
 * is the registry's: `forget` follows every call the registry lets go.
 */
export class PopCourier {
  readonly #parts: Parts
  readonly #cards = new Map<CallId, Card>()
  readonly #byHandler = new Map<HandlerId, Set<CallId>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The bare pop, or the new state. Returns at once; nothing it waits for may hold up the switch's answer. */
  deliver(call: Call, receivedAt: number): void {
    const known = this.#cards.get(call.callId)
    const card = { ...(known ?? makeCard(call)), isUnheard: false }
    const takenBy = card.takenBy ?? answeredBy(call, this.#parts.signOns)
    const next = takenBy === undefined ? card : { ...card, takenBy }
    // Who had the call when it ended writes it up; its end must not offer it to the whole line again.
    const audience = call.state === 'released' ? card.audience : this.#addressed({ ...next, call })
    this.#apply(readdress(next, call, audience, receivedAt, this.#parts.toBarePop))
    if (takenBy !== card.takenBy && takenBy !== undefined) this.#noteTaken(call, takenBy, receivedAt)
    if (known === undefined && audience.size === 0) this.#nobody(call)
  }

  /**
   * A call taken up from the record, after a restart or from another node: its pop again where it never arrived, its
   * state everywhere. `isOld`: it had settled long before, so that its screens know it, and only its card is made.
   * `isUnheard`: nobody has heard of it since its node died.
   */
  restore(call: Call, { takenBy, isOld = false, isUnheard = true }: Restored = {}): void {
    const at = this.#parts.clock.now()
    const { panels, escalated } = this.#cards.get(call.callId) ?? makeCard(call)
    const first = readdress(
      {
        ...{ ...makeCard(call), panels, isUnheard },
        ...(takenBy === undefined ? {} : { takenBy }),
        ...(escalated === undefined ? {} : { escalated })
      },
      call,
      address(call, this.#parts.signOns.all(), takenBy, escalated?.to),
      at,
      this.#parts.toBarePop
    )
    // From here on a pop is a pop again: a log that has the first one from before would take it for a repeat.
    const card: Card = { ...first.card, isTakenUp: true }
    this.#apply({ card, sends: isOld ? [] : first.sends })
    if (!isOld) this.#apply(readdress(card, call, card.audience, at, this.#parts.toBarePop))
  }

  /**
   * One answer of the lookups. A call whose card another node keeps is addressed from here, by the call as the record
   * has it; a card that was closed meanwhile needs no panel, and its screens ignore one.
   */
  publishPanel(call: Call, revised: RevisedPanel): Promise<void> {
    const card = this.#cards.get(call.callId)
    if (card !== undefined) return this.#apply(putPanel(card, revised, card.call.offeredAt))
    const audience = address(call, this.#parts.signOns.all())
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
    if (card.takenBy === handler) return { ok: true }
    const { clock } = this.#parts
    const won = card.takenBy === undefined && (await this.#parts.recordTaken(callId, handler, clock.now()))
    if (!won) return refused('call.taken', 'Another handler has taken this call.')
    const now = this.#cards.get(callId)
    if (now !== undefined) this.#readdress({ ...now, takenBy: handler })
    return { ok: true }
  }

  /** `call.close`: written up. Only an ended call closes, or one not heard of since a restart, and only by someone who has it on the screen. */
  async close(handler: HandlerId, callId: CallId): Promise<Done> {
    const card = this.#cards.get(callId)
    if (card === undefined) return { ok: true }
    if (!card.audience.has(handler)) return refused('call.not-entitled', 'This call is not yours to close.')
    // The end of a call can fall into a restart; then only a person can say that it is over.
    if (!isEnded(card) && card.isUnheard !== true) return refused('call.live', 'The call has not ended yet.')
    await this.#parts.recordClosed(callId, handler)
    const now = this.#cards.get(callId) ?? card
    this.#parts.sender.send(closeCard(now, this.#parts.clock.now()))
    this.#parts.onClosed(callId)
    return { ok: true }
  }

  /** Whether this node keeps the call's card. */
  has(callId: CallId): boolean {
    return this.#cards.has(callId)
  }

  /** A call of another node as this handler's screen shows it; undefined when it is not theirs. */
  foreignCard(call: Call, takenBy: HandlerId | undefined, handler: HandlerId): PopCard | undefined {
    const { signOns } = this.#parts
    const signOn = signOns.of(handler)
    if (signOn === undefined || !isEntitled(call, signOn)) return undefined
    const audience = address(call, signOns.all(), takenBy)
    const card: Card = { ...makeCard(call), audience, ...(takenBy === undefined ? {} : { takenBy }) }
    return audience.has(handler) ? this.#toPopCard(card, handler) : undefined
  }

  /**
   * Nobody has acknowledged or taken the pop: these handlers get it besides, with the words why. Nothing when the card
   * is not here; handlers who have it already keep what they have.
   */
  escalate(callId: CallId, to: readonly HandlerId[], words: EscalatedWords): void {
    const card = this.#cards.get(callId)
    const known = card?.escalated?.to ?? new Set<HandlerId>()
    if (card === undefined || isEnded(card) || to.every(handler => known.has(handler))) return
    this.#readdress({ ...card, escalated: { words, to: new Set([...known, ...to]) } })
  }

  /** How many cards the handler's screen shows. */
  openCards(handler: HandlerId): number {
    return this.#byHandler.get(handler)?.size ?? 0
  }

  /** Whether this pop was ever on the handler's screen, as far as this node's cards go. */
  wasPopped(handler: HandlerId, popId: string): boolean {
    const callId = popCallId(popId)
    return callId !== undefined && this.#cards.get(callId)?.popped.has(handler) === true
  }

  /** Everything this handler's screen must show, newest last. */
  snapshot(handler: HandlerId): PopCard[] {
    const cards = [...(this.#byHandler.get(handler) ?? [])].flatMap(callId => this.#cards.get(callId) ?? [])
    // Live calls before ended ones when there are more than fit.
    const kept = [...cards.filter(card => isEnded(card)), ...cards.filter(card => !isEnded(card))]
    return kept.slice(-SNAPSHOT_CARDS).map(card => this.#toPopCard(card, handler))
  }

  /** Calls of this process offered before `at` (epoch ms) that still lack a panel; `max` of them at most. */
  withoutPanels(at: number, max: number): readonly Call[] {
    const found: Call[] = []
    for (const { call, panels, isUnheard } of this.#cards.values()) {
      if (found.length >= max) break
      if (isUnheard !== true && call.offeredAt < at && panels.size < PANEL_NAMES.length) found.push(call)
    }
    return found
  }

  /** Somebody signed on or off: open calls are addressed anew; ended ones are only ever added to a screen. */
  signOnsChanged(): void {
    for (const card of [...this.#cards.values()]) {
      const found = this.#addressed(card)
      const audience = isEnded(card) ? new Map([...found, ...card.audience]) : found
      const same = audience.size === card.audience.size && [...audience].every(([h, o]) => card.audience.get(h) === o)
      if (!same) this.#readdress(card, audience)
    }
  }

  /** The registry has let the call go. */
  forget(callId: CallId): void {
    const card = this.#cards.get(callId)
    if (card === undefined) return
    for (const handler of card.audience.keys()) this.#drop(handler, callId)
    this.#cards.delete(callId)
    this.#parts.onForgotten?.(callId)
  }

  #addressed({ call, takenBy, escalated }: Card): Audience {
    return address(call, this.#parts.signOns.all(), takenBy, escalated?.to)
  }

  #readdress(card: Card, to = this.#addressed(card)): void {
    this.#apply(readdress(card, card.call, to, this.#parts.clock.now(), this.#parts.toBarePop))
  }

  #apply({ card, sends }: Step): Promise<void> {
    const { callId } = card.call
    for (const handler of this.#cards.get(callId)?.audience.keys() ?? []) {
      if (!card.audience.has(handler)) this.#drop(handler, callId)
    }
    for (const handler of card.audience.keys()) {
      const calls = this.#byHandler.get(handler)
      if (calls === undefined) this.#byHandler.set(handler, new Set([callId]))
      else calls.add(callId)
    }
    this.#cards.set(callId, card)
    this.#parts.onCard?.(card)
    return this.#parts.sender.send(sends)
  }

  #drop(handler: HandlerId, callId: CallId): void {
    const calls = this.#byHandler.get(handler)
    calls?.delete(callId)
    if (calls?.size === 0) this.#byHandler.delete(handler)
  }

  #noteTaken(call: Call, handler: HandlerId, at: number): void {
    const { log, recordTaken } = this.#parts
    recordTaken(call.callId, handler, at).catch(thrown =>
      log.fault('pop.taken-not-recorded', thrown, { callId: call.callId })
    )
  }

  #nobody(call: Call): void {
    this.#parts.metrics.popUndeliverable.inc()
    this.#parts.log.warn('pop.nobody-signed-on', { callId: call.callId, force: call.force, line: call.line })
  }

  #toPopCard(card: Card, handler: HandlerId): PopCard {
    const offer = card.audience.get(handler) ?? 'queue'
    return {
      call: card.call.callId,
      rev: cardRevision(card),
      pop: withCard(this.#parts.toBarePop(card.call, offer), card, offer),
      panels: offer === 'device' ? [...card.panels.values()] : []
    }
  }
}

/** The switch says at which desk it was answered: that person has it, without a command. */
function answeredBy(call: Call, signOns: SignOnDirectory): HandlerId | undefined {
  if (call.answeredAt === undefined || call.state === 'released') return undefined
  const device = call.legs.find(leg => leg.state === 'connected')?.device
  if (device === undefined) return undefined
  for (const signOn of signOns.all()) {
    if (signOn.devices.includes(device) && isEntitled(call, signOn)) return signOn.handler
  }
  return undefined
}

function isEnded(card: Card): boolean {
  return card.call.state === 'released'
}

function refused(code: string, text: string): Done {
  return { ok: false, code, text }
}
