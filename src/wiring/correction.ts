import type { Call } from '../call/call.ts'
import type { CorrectedEvent } from '../call/call-event.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import { makeEventId } from '../call/ids.ts'

/**
 * The gateway itself says something of a call: it goes through the door like what a switch says, so that the record and
 * every screen have it in order. Undefined when every name that a switch has for the call means another by now.
 */
export function correctionOf(
  call: Call,
  registry: Pick<CallRegistry, 'callOf'>,
  receivedAt: number
): CorrectedEvent | undefined {
  const { callId, trunk, force, switchCallIds } = call
  const switchCallId = switchCallIds.find(id => registry.callOf({ trunk, switchCallId: id })?.callId === callId)
  if (switchCallId === undefined) return undefined
  return { kind: 'corrected', eventId: makeEventId(receivedAt), trunk, force, switchCallId, receivedAt }
}
