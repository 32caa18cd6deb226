import { type CallId, type HandlerId, popCallId } from '../call/ids.ts'
import type { Audience } from './address.ts'
import type { Card } from './card.ts'

/** A card that is let go of because the record has its call elsewhere is made anew a moment later. */
const MAX_LEFT = 1_000

/** The cards of this node by call, and by the handlers on whose screens they are. As many as the registry has calls. */
export class CardIndex {
  readonly #cards = new Map<CallId, Card>()
  readonly #byHandler = new Map<HandlerId, Set<CallId>>()
  /** On whose screens the cards stood that were let go of last. */
  readonly #left = new Map<CallId, Audience>()

  get(callId: CallId): Card | undefined {
    return this.#cards.get(callId)
  }

  values(): IterableIterator<Card> {
    return this.#cards.values()
  }

  /** On whose screens the call's card stood when it was let go of here; no other gateway need know of them. */
  leftOn(callId: CallId): Audience {
    return this.#left.get(callId) ?? new Map()
  }

  /** In the order in which they came to the handler's screen. */
  of(handler: HandlerId): readonly Card[] {
    return [...(this.#byHandler.get(handler) ?? [])].flatMap(callId => this.#cards.get(callId) ?? [])
  }

  /** Whether this pop was ever on the handler's screen; undefined where its card has not been here all along. */
  wasPopped(handler: HandlerId, popId: string): boolean | undefined {
    const callId = popCallId(popId)
    if (callId === undefined) return false
    const card = this.#cards.get(callId)
    if (card?.popped.has(handler) === true) return true
    return card === undefined || card.isTakenUp === true ? undefined : false
  }

  countOf(handler: HandlerId): number {
    return this.#byHandler.get(handler)?.size ?? 0
  }

  put(card: Card): void {
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
    this.#left.delete(callId)
  }

  delete(callId: CallId): void {
    const audience = this.#cards.get(callId)?.audience ?? new Map<HandlerId, never>()
    for (const handler of audience.keys()) this.#drop(handler, callId)
    this.#cards.delete(callId)
    if (audience.size > 0) this.#left.set(callId, audience)
    const [oldest] = this.#left.keys()
    if (this.#left.size > MAX_LEFT && oldest !== undefined) this.#left.delete(oldest)
  }

  #drop(handler: HandlerId, callId: CallId): void {
    const calls = this.#byHandler.get(handler)
    calls?.delete(callId)
    if (calls?.size === 0) this.#byHandler.delete(handler)
  }
}
