import type { CallId, HandlerId, PopId } from '../call/ids.ts'
import type { EscalationKind } from './escalation-rules.ts'

/** A step that somebody has taken. */
export interface TakenStep {
  readonly callId: CallId
  readonly kind: EscalationKind
  /** Who was given the pop. */
  readonly handler?: HandlerId
  readonly at: number
}

export interface StepClaim extends TakenStep {
  readonly popId: PopId
  /** A gateway whose call was adopted by another one claims nothing. */
  readonly generation: number
  readonly step: number
  readonly node: string
}

/** The record of steps; records/escalations.ts. Each rejects while PostgreSQL does not answer. */
export interface EscalationRecord {
  /** `won` for one claim of a step, whoever asks, and only while there is cause for it. */
  claim(step: StepClaim): Promise<{ readonly won: boolean; readonly isAcked: boolean; readonly isTaken: boolean }>
  /** A step that was taken while the record could not be asked: whom the pop was given to stands there from then on. */
  keep(step: StepClaim): Promise<void>
  stepsOf(callIds: readonly CallId[]): Promise<readonly TakenStep[]>
  progressOf(
    callIds: readonly CallId[]
  ): Promise<readonly { callId: CallId; isAcked: boolean; isTaken: boolean; isOver: boolean }[]>
}
