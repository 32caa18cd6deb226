import type { Call, Line } from '../call/call.ts'
import type { CallId, ForceId, HandlerId } from '../call/ids.ts'
import type { SignOn } from './address.ts'
import type { AlarmCause } from './alarm.ts'
import type { Card } from './card.ts'
import type { EscalationKind } from './escalation-rules.ts'

export interface PassedOn {
  readonly callId: CallId
  readonly force: ForceId
  readonly line: Line
  readonly kind: EscalationKind
  readonly from: string
  /** How long the call has waited. */
  readonly seconds: number
  readonly next: Next
}

/** What came of the step: the position the pop went on to, or why it went nowhere. */
export type Next = { readonly to: string } | 'nobody-left' | 'answered' | 'gateway-silent'

const MAX_FROM = 120
const EMERGENCY = '999'

/** The positions whose call it is, or `line` where it is offered to many or to nobody. */
export function fromWords(
  { audience }: Pick<Card, 'audience'>,
  signOnOf: (handler: HandlerId) => SignOn | undefined
): string {
  const own = [...audience].filter(([, offer]) => offer === 'device')
  const desks = own.flatMap(([handler]) => signOnOf(handler)?.position ?? [])
  return desks.length === 0 ? 'line' : desks.join(', ').slice(0, MAX_FROM)
}

/** What the supervisors of the call's force hear. */
export function escalationAlarm({ callId, force, line, kind, from, seconds, next }: PassedOn): AlarmCause {
  const code = kind === 'unacked' ? 'pop-unacked' : 'pop-not-taken'
  const desk = from === 'line' ? 'the desks of the line' : from
  return {
    ...{ code, force, call: callId },
    key: `${code}:${callId}`,
    isUrgent: isEmergency({ line }),
    data: { line, seconds, from: desk, next: nextWords(next) }
  }
}

function nextWords(next: Next): string {
  if (typeof next === 'object') return `It has gone on to ${next.to}.`
  if (next === 'answered') return 'A desk has answered it.'
  if (next === 'gateway-silent') return 'The gateway that has it does not answer.'
  return 'Nobody else with a live screen is signed on for it.'
}

export function isEmergency({ line }: Pick<Call, 'line'>): boolean {
  return line === EMERGENCY
}
