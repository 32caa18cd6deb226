import type { CallId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { Card } from './card.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

interface Parts {
  readonly signOns: Pick<SignOnDirectory, 'has'>
  /** A live call is on the screen of nobody who is signed on. */
  readonly onNobody?: (call: Card['call']) => void
  readonly log: Log
  readonly metrics: Metrics
}

/** Live calls that nobody sees; each has a card. Said once each time that a live call is left without a screen. */
export class UnseenCalls {
  readonly #parts: Parts
  readonly #unseen = new Set<CallId>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  note({ call, audience }: Card): void {
    const isSeen = call.state === 'released' || [...audience.keys()].some(handler => this.#parts.signOns.has(handler))
    if (isSeen) this.#unseen.delete(call.callId)
    else if (!this.#unseen.has(call.callId)) {
      this.#unseen.add(call.callId)
      this.#nobody(call)
    }
  }

  forget(callId: CallId): void {
    this.#unseen.delete(callId)
  }

  #nobody(call: Card['call']): void {
    if (isSynthetic(call.force)) return
    this.#parts.metrics.popUndeliverable.inc()
    this.#parts.log.warn('pop.nobody-signed-on', { callId: call.callId, force: call.force, line: call.line })
    this.#parts.onNobody?.(call)
  }
}
