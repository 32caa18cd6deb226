import type { Card } from './card.ts'
import type { StepClaim } from './escalation-record.ts'
import type { EscalationKind } from './escalation-rules.ts'

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

  constructor(card: Card) {
    this.card = card
    this.isLoaded = card.call.generation === 1
  }
}
