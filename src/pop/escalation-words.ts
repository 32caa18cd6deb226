import type { Call } from '../call/call.ts'
import type { SignOn } from './address.ts'
import type { AlarmCause } from './alarm.ts'
import type { Card } from './card.ts'
import type { EscalationKind } from './escalation-rules.ts'

export interface PassedOn {
  readonly call: Call
  readonly kind: EscalationKind
  readonly from: string
  readonly seconds: number
  /** The position it went on to. */
  readonly to: string | undefined
}

const MAX_FROM = 120
const EMERGENCY = '999'

/** The positions whose call it is, or `line` where it is offered to many or to nobody. */
export function fromWords({ audience }: Card, signOns: readonly SignOn[]): string {
  const desks = signOns.flatMap(({ handler, position }) => (audience.get(handler) === 'device' ? [position] : []))
  return desks.length === 0 ? 'line' : desks.join(', ').slice(0, MAX_FROM)
}

/** What the supervisors of the call's force hear. */
export function escalationAlarm({ call, kind, from, seconds, to }: PassedOn): AlarmCause {
  const code = kind === 'unacked' ? 'pop-unacked' : 'pop-not-taken'
  const isTalking = call.state === 'answered' || call.state === 'held'
  const passed = to === undefined ? 'Nobody else with a live screen is signed on for it.' : `It has gone on to ${to}.`
  return {
    code,
    key: `${code}:${call.callId}`,
    force: call.force,
    call: call.callId,
    isUrgent: isEmergency(call),
    data: {
      line: call.line,
      seconds,
      from: from === 'line' ? 'the desks of the line' : from,
      next: isTalking ? 'The desk has answered it.' : passed
    }
  }
}

export function isEmergency({ line }: Pick<Call, 'line'>): boolean {
  return line === EMERGENCY
}
