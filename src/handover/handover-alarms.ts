import type { HandlerId } from '../call/ids.ts'
import type { AlarmCause } from '../pop/alarm.ts'
import type { AlarmCode } from '../pop/alarm-catalogue.ts'
import type { Handover } from '../pop/handover.ts'
import type { HandoverStep } from './handover-steps.ts'

const CODES = {
  'not-delivered': 'handover-not-delivered',
  'not-accepted': 'handover-not-accepted',
  idle: 'handover-idle',
  'past-target': 'handover-past-target',
  refused: 'handover-refused'
} as const satisfies Readonly<Record<HandoverStep, AlarmCode>>

/** Of one hand-over each step is one alarm, over all gateways. */
export function handoverAlarmKey(handover: string, step: HandoverStep): string {
  return `${CODES[step]}:${handover}`
}

/**
 * The alarm of a step, in words without a caller: to supervisors, to whoever handed over, and to the dispatchers of the
 * force. `isUrgent`: of the first grade of the force's list.
 */
export function handoverAlarm(
  { handover, call, force, line, gradeName, by, madeAt, acceptedAt, targetAt }: Handover,
  step: HandoverStep,
  { isUrgent, dispatchers, now }: { isUrgent: boolean; dispatchers: readonly HandlerId[]; now: number }
): AlarmCause {
  const since = step === 'idle' ? (acceptedAt ?? madeAt) : madeAt
  const [seconds, minutes] = [Math.round((now - since) / 1000), Math.round((targetAt - madeAt) / 60_000)]
  return {
    code: CODES[step],
    key: handoverAlarmKey(handover, step),
    force,
    call: call as NonNullable<AlarmCause['call']>,
    isUrgent,
    handlers: [...new Set([by, ...dispatchers])].slice(0, MAX_HANDLERS),
    data: { line, grade: gradeName, seconds, minutes }
  }
}

/** Told of one alarm; a force has no more dispatchers at their desks. */
const MAX_HANDLERS = 50
