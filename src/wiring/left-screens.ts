import type { CallId, HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { type Card, leave } from '../pop/card.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { ScreenSender } from '../pop/screen-sender.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'
import { readOpenCall } from '../records/adoption.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

interface Parts {
  /** Undefined when it is closed. Rejects as the record does. */
  readonly readOpen: (callId: CallId) => Promise<OpenCall | undefined>
  readonly signOns: Pick<SignOnDirectory, 'of'>
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly send: ScreenSender['send']
  readonly log: Log
  readonly clock: Pick<Clock, 'now'>
}

/** By then whoever has the call has said whose it is. */
const ASK_AFTER_MS = 1_000
/** No more calls than a gateway holds. */
const MAX_WAITING = 50_000

/**
 * Whose screens a call stood on when this node let go of it: the one that has it now knows of those that it has shown it
 * to itself, and what is still on its way from here may be the last word that somebody else gets. So those whose it is
 * not by the record lose it, by a word of this node's own time: a log that has a later one does not take it.
 */
export class LeftScreens {
  readonly #parts: Parts
  readonly #left = new Map<CallId, Card>()
  #isAsking = false
  #isStopped = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isStopped = true
    this.#stop()
  }

  /** The card as it was here. */
  add(card: Card): void {
    if (card.audience.size === 0 || this.#left.size >= MAX_WAITING) return
    this.#left.set(card.call.callId, card)
    if (!this.#isAsking) this.#askLater()
  }

  #askLater(): void {
    if (this.#isStopped) return
    this.#isAsking = true
    this.#stop = after(ASK_AFTER_MS, () => {
      this.#askAll().then(
        () => {
          this.#isAsking = false
          if (this.#left.size > 0) this.#askLater()
        },
        thrown => {
          this.#parts.log.debug('pop.left', { reason: reasonOf(thrown) })
          this.#askLater()
        }
      )
    })
  }

  /** One after the other: there is time. What comes meanwhile waits its turn. */
  async #askAll(): Promise<void> {
    for (const [callId, card] of [...this.#left]) {
      const open = await this.#parts.readOpen(callId)
      if (this.#isStopped) return
      if (this.#left.get(callId) === card) this.#left.delete(callId)
      if (open !== undefined) this.#settle(card, open)
    }
  }

  #settle(card: Card, { call, ...known }: OpenCall): void {
    const { courier, signOns, send, clock } = this.#parts
    // Here again: its card knows whose screens it was on.
    if (courier.card(call.callId) !== undefined) return
    const isTheirs = (handler: HandlerId) =>
      signOns.of(handler) === undefined || courier.foreignCard(call, known, handler) !== undefined
    const others = [...card.audience.keys()].filter(handler => !isTheirs(handler))
    void send(leave(card, others, clock.now()))
  }
}

export function startLeftScreens(
  { log, clock, releases }: Pick<Base, 'log' | 'clock' | 'releases'>,
  { nodesPool: pool }: Pick<Stores, 'nodesPool'>,
  { courier, signOns, sender }: Pick<Parts, 'courier' | 'signOns'> & { readonly sender: Pick<ScreenSender, 'send'> }
): LeftScreens {
  const left = new LeftScreens({
    readOpen: callId => readOpenCall(pool, callId),
    send: sends => sender.send(sends),
    ...{ courier, signOns, log, clock }
  })
  releases.push('left screens', () => left.stop())
  return left
}
