import type { CallId, HandlerId } from '../call/ids.ts'
import type { SignOn } from './address.ts'
import type { EscalationRecord, TakenStep } from './escalation-record.ts'
import { ESCALATION_KINDS } from './escalation-rules.ts'
import { fromWords } from './escalation-words.ts'
import type { PopCourier } from './pop-courier.ts'
import type { PopWatch } from './pop-watch.ts'

interface Parts {
  readonly record: Pick<EscalationRecord, 'stepsOf' | 'progressOf'>
  readonly courier: Pick<PopCourier, 'escalate'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  readonly watchOf: (callId: CallId) => PopWatch | undefined
  /** Acknowledged by the record. */
  readonly onAcked: (popIds: readonly string[]) => void
}

/** What earlier processes and other gateways did for calls that were taken up from the record. */
export class EarlierSteps {
  readonly #parts: Parts
  #isLoading = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Reads them, unless it is reading still; returns at once. */
  load(callIds: readonly CallId[]): void {
    const { record } = this.#parts
    if (this.#isLoading) return
    this.#isLoading = true
    Promise.all([record.stepsOf(callIds), record.progressOf(callIds)])
      .then(([steps, progress]) => {
        for (const { callId, isAcked } of progress) if (isAcked) this.#parts.onAcked([`p_${callId}`])
        for (const callId of callIds) {
          const watch = this.#parts.watchOf(callId)
          const taken = steps.filter(step => step.callId === callId)
          if (watch !== undefined) this.#takeUp(watch, taken)
        }
      })
      // The record is away; the sweeper says so, and the next tick asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#isLoading = false
      })
  }

  #takeUp(watch: PopWatch, steps: readonly TakenStep[]): void {
    const { courier, signOnOf } = this.#parts
    watch.isLoaded = true
    for (const kind of ESCALATION_KINDS) {
      const taken = steps.filter(step => step.kind === kind)
      watch.takeUp(kind, taken)
      const last = taken.at(-1)
      const handlers = taken.flatMap(({ handler }) => handler ?? [])
      if (last === undefined || handlers.length === 0) continue
      const from = fromWords(watch.card, signOnOf)
      const { callId } = watch.card.call
      courier.escalate(callId, handlers, { from, why: kind, at: last.at }, { isAgain: true })
    }
  }
}
