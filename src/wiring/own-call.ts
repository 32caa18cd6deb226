import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { isOwnOffer } from '../pop/address.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { isOwnCard } from '../pop/recorded-card.ts'
import type { OpenCall } from '../records/journal-rows.ts'

/**
 * Whether the call stands on this handler's screen as their own, and not as one that many were offered. `open`: of a call
 * that another gateway has, as the record has it; where that is missing too it is nobody's.
 */
export function isOwnCall(
  courier: Pick<PopCourier, 'card' | 'foreignCard'>,
  handler: HandlerId,
  callId: CallId,
  open: OpenCall | undefined
): boolean {
  const card = courier.card(callId)
  if (card === undefined) return isOwnElsewhere(courier, handler, open)
  const offer = card.audience.get(handler)
  return offer !== undefined && isOwnOffer(offer)
}

/** The same of a call that another gateway has. */
export function isOwnElsewhere(
  courier: Pick<PopCourier, 'foreignCard'>,
  handler: HandlerId,
  open: OpenCall | undefined
): boolean {
  return open !== undefined && isOwnCard(courier.foreignCard(open.call, open, handler))
}

/** The call where it stands on this handler's screen as their own, or why they may do nothing with it. */
export function ownCall(
  courier: Pick<PopCourier, 'card' | 'foreignCard'>,
  handler: HandlerId,
  callId: CallId,
  open: OpenCall | undefined
): Call | 'unknown' | 'not-entitled' {
  const call = courier.card(callId)?.call ?? open?.call
  if (call === undefined) return 'unknown'
  return isOwnCall(courier, handler, callId, open) ? call : 'not-entitled'
}
