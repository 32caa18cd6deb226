import type { Clock } from '../operations/lifecycle.ts'
import type { Card } from './card.ts'
import type { StepClaim } from './escalation-record.ts'
import { dueAt, type EscalationKind, type EscalationLimits } from './escalation-rules.ts'

/** What is known here of one live call's pop. */
export class PopWatch {
  card: Card
  isAcked = false
  /** Steps that have been taken, by whichever gateway. */
  readonly steps: Record<EscalationKind, number> = { unacked: 0, 'not-taken': 0 }
  /** The last step a timer was set for. */
  readonly armed: Partial<Record<EscalationKind, number>> = {}
  readonly acting = new Set<EscalationKind>()
  /** Steps taken here that the record does not have yet; no more than there are steps. */
  readonly owed: StepClaim[] = []
  /** False: the call was taken up from the record, where earlier steps stand. */
  isLoaded: boolean

  /**
   * Taken up from a gateway that died, at this epoch ms. Until then no screen could acknowledge, and what they had
   * acknowledged may have died with it: they come back, and say it again.
   */
  readonly #takenUpAt: number | undefined
  /** Steps for want of an acknowledgement that stood in the record then. */
  stepsBefore = 0

  readonly #clock: Clock
  readonly #offsetMs: number

  constructor(card: Card, clock: Clock) {
    this.card = card
    this.isLoaded = card.call.generation === 1
    this.#takenUpAt = card.isUnheard === true ? clock.now() : undefined
    this.#clock = clock
    this.#offsetMs = offsetOf(clock)
  }

  /** Epoch ms at which the next step of the kind is due, by the clock as it is now: that it was set ages no call. */
  dueAt(kind: EscalationKind, limits: EscalationLimits): number {
    return this.#dueAt(kind, limits) + Math.round(offsetOf(this.#clock) - this.#offsetMs)
  }

  #dueAt(kind: EscalationKind, limits: EscalationLimits): number {
    const step = this.steps[kind] + 1
    const due = dueAt(kind, this.card.call, step, limits)
    if (kind !== 'unacked' || this.#takenUpAt === undefined) return due
    return Math.max(due, this.#takenUpAt + (step - this.stepsBefore) * limits.unackedMs)
  }
}

function offsetOf(clock: Clock): number {
  return clock.now() - clock.monotonicMs()
}
