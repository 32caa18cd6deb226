import { type Handover, isOver } from '../pop/handover.ts'

/*
 * What must not stay unheard of: each step at most once for each hand-over, whichever gateway takes it. The times are written
 * into the record with each change, so that whoever sweeps there needs no more than a clock.
 */

export const HANDOVER_STEPS = ['not-delivered', 'not-accepted', 'idle', 'past-target', 'refused'] as const
export type HandoverStep = (typeof HANDOVER_STEPS)[number]

/** Epoch ms at which each step is due, as the hand-over stands; undefined: there is no cause, or no longer. */
export function stepsAt(handover: Handover): Readonly<Record<HandoverStep, number | undefined>> {
  if (isOver(handover)) return NONE
  const { state, toControl, deliveredAt, controlAt, acceptedAt, enRouteAt, refusedAt } = handover
  const { deliverBy, acceptBy, moveWithinMs, targetAt } = handover
  const isThere = (toControl ? controlAt : deliveredAt) !== undefined
  const isIdle = acceptedAt !== undefined && enRouteAt === undefined && state !== 'refused'
  return {
    'not-delivered': isThere ? undefined : deliverBy,
    'not-accepted': acceptedAt === undefined && state !== 'refused' ? acceptBy : undefined,
    idle: isIdle ? acceptedAt + moveWithinMs : undefined,
    'past-target': targetAt,
    refused: state === 'refused' ? refusedAt : undefined
  }
}

const NONE = Object.fromEntries(HANDOVER_STEPS.map(step => [step, undefined])) as Record<HandoverStep, undefined>

/** Those that are due at `now`, in the order of the list. */
export function dueSteps(handover: Handover, now: number): readonly HandoverStep[] {
  const at = stepsAt(handover)
  return HANDOVER_STEPS.filter(step => (at[step] ?? Number.POSITIVE_INFINITY) <= now)
}
