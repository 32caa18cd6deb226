import type { Clock } from '../operations/lifecycle.ts'
import type { Card } from './card.ts'
import type { StepClaim, TakenStep } from './escalation-record.ts'
import { dueAt, type EscalationKind, type EscalationLimits, isMet, limitOf } from './escalation-rules.ts'

/** What is known here of one live call's pop. */
export class PopWatch {
  card: Card
  isAcked = false
  /** Steps that have been taken, by whichever gateway. */
  readonly steps: Record<EscalationKind, number> = { unacked: 0, 'not-taken': 0 }
  /** Of those, by which somebody was given the pop: one that found nobody does not use up the others. */
  readonly #given: Record<EscalationKind, number> = { unacked: 0, 'not-taken': 0 }
  /** When that was done last. */
  readonly #givenAt: Partial<Record<EscalationKind, number>> = {}
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
  /** Steps for want of an acknowledgement by which it had been given to somebody then. */
  #givenBefore = 0

  readonly #clock: Clock
  readonly #offsetMs: number

  constructor(card: Card, clock: Clock) {
    this.card = card
    this.isLoaded = card.call.generation === 1
    this.#takenUpAt = card.isUnheard === true ? clock.now() : undefined
    this.#clock = clock
    this.#offsetMs = offsetOf(clock)
  }

  /** Nothing more is done for this kind. */
  isDone(kind: EscalationKind, limits: EscalationLimits): boolean {
    return this.#given[kind] >= limits.tries || isMet(kind, progressOf(this), this.card.call)
  }

  /** The supervisors know that nobody could be given the pop; whoever can be is not kept waiting. */
  hasFoundNobody(kind: EscalationKind): boolean {
    return this.steps[kind] > this.#given[kind]
  }

  /** Epoch ms at which the next step of the kind is due, by the clock as it is now: that it was set ages no call. */
  dueAt(kind: EscalationKind, limits: EscalationLimits): number {
    return this.#dueAt(kind, limits) + this.#setMs()
  }

  /** How long its caller has waited at `at`, an epoch ms of the clock as it is now. */
  waitedMs(at: number): number {
    return at - this.#setMs() - this.card.call.offeredAt
  }

  /** This gateway has taken a step. */
  onStep({ kind, step, handler, at }: StepClaim): void {
    this.steps[kind] = step
    if (handler === undefined) return
    this.#given[kind] += 1
    this.#givenAt[kind] = at - this.#setMs()
  }

  /** The steps of a kind that stand in the record, oldest first. */
  takeUp(kind: EscalationKind, taken: readonly TakenStep[]): void {
    const isFirst = this.steps[kind] === 0
    const given = taken.filter(({ handler }) => handler !== undefined)
    this.steps[kind] = Math.max(this.steps[kind], taken.length)
    this.#given[kind] = Math.max(this.#given[kind], given.length)
    const lastAt = given.at(-1)?.at
    if (lastAt !== undefined) this.#givenAt[kind] = Math.max(this.#givenAt[kind] ?? lastAt, lastAt)
    if (kind === 'unacked' && isFirst) this.#givenBefore = given.length
  }

  /** As long after the one before as after the offer: to whoever was given it late it is left as long as to the others. */
  #dueAt(kind: EscalationKind, limits: EscalationLimits): number {
    const { call } = this.card
    const given = this.#given[kind]
    const givenAt = this.#givenAt[kind]
    const afterLast = givenAt === undefined ? 0 : givenAt + limitOf(kind, call.line, limits)
    const due = Math.max(dueAt(kind, call, given + 1, limits), afterLast)
    if (kind !== 'unacked' || this.#takenUpAt === undefined) return due
    return Math.max(due, this.#takenUpAt + (given + 1 - this.#givenBefore) * limits.unackedMs)
  }

  /** By how much the clock has been set since the watch began. */
  #setMs(): number {
    return Math.round(offsetOf(this.#clock) - this.#offsetMs)
  }
}

export function isTaken({ takenBy, call }: Card): boolean {
  return takenBy !== undefined || call.answeredAt !== undefined
}

function progressOf({ card, isAcked }: PopWatch) {
  return { isAcked, isTaken: isTaken(card) }
}

function offsetOf(clock: Clock): number {
  return clock.now() - clock.monotonicMs()
}
