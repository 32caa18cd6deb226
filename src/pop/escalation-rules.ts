import type { Call, Line } from '../call/call.ts'

/** `unacked`: no screen has acknowledged the pop. `not-taken`: nobody has acted on it. */
export const ESCALATION_KINDS = ['unacked', 'not-taken'] as const
export type EscalationKind = (typeof ESCALATION_KINDS)[number]

export interface EscalationLimits {
  readonly unackedMs: number
  readonly takeWithinMs: number
  readonly lines: readonly { readonly line: Line; readonly takeWithinMs: number }[]
  /** Steps of each kind. */
  readonly tries: number
}

/** What is known of a call's pop: by this gateway, or by the record. */
export interface PopProgress {
  readonly isAcked: boolean
  readonly isTaken: boolean
}

/** How long each step of a kind waits. */
export function limitOf(kind: EscalationKind, line: Line, limits: EscalationLimits): number {
  if (kind === 'unacked') return limits.unackedMs
  return limits.lines.find(each => each.line === line)?.takeWithinMs ?? limits.takeWithinMs
}

/** Test calls, ended calls and those we placed ourselves trouble nobody. */
export function isWatched({ state, flags, direction }: Call): boolean {
  return state !== 'released' && !flags.test && direction === 'in'
}

/** Nothing more to do for this kind. The switch's word that a desk answered counts as a taking. */
export function isMet(kind: EscalationKind, { isAcked, isTaken }: PopProgress, call: Call): boolean {
  return kind === 'unacked' ? isAcked : isTaken || call.answeredAt !== undefined
}

/** Epoch ms at which this step of the kind is due; 1 is the first. */
export function dueAt(kind: EscalationKind, call: Call, step: number, limits: EscalationLimits): number {
  return call.offeredAt + step * limitOf(kind, call.line, limits)
}

/** How long the call has waited at this step, in whole seconds. */
export function secondsOf(kind: EscalationKind, line: Line, step: number, limits: EscalationLimits): number {
  return Math.round((step * limitOf(kind, line, limits)) / 1000)
}
