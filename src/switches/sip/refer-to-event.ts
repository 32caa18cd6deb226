import type { CallEvent } from '../../call/call-event.ts'
import type { EventId } from '../../call/ids.ts'
import { parseNameAddr } from './name-addr.ts'
import type { SipHead } from './sip-head.ts'
import type { SipCallContext } from './sip-to-event.ts'

const DEVICE_MAX = 64

/**
 * REFER inside an event leg: the switch says that it moved the call (RFC 3515). Whether anybody had answered is the
 * call's to know, so both are said: moved, and, where it only rang, that it rings there. Undefined when Refer-To
 * cannot be read; without a device when it names an outside number.
 */
export function toReferred(
  head: SipHead,
  { match, switchCallId }: SipCallContext,
  makeId: () => EventId
): readonly CallEvent[] | undefined {
  const referTo = parseNameAddr(head.header('refer-to') ?? '')
  if (referTo === undefined || head.all('refer-to').length !== 1) return undefined
  const user = referTo.uri.user.slice(0, DEVICE_MAX)
  const isOutside = user === '' || /^(?:\+|0)\d{6,}$/.test(user) || match.trunk.numbers.some(row => row.number === user)
  const common = { trunk: match.trunk.id, force: match.number.force, switchCallId, receivedAt: head.receivedAt }
  if (isOutside) return [{ ...common, kind: 'transferred', eventId: makeId() }]
  return [
    { ...common, kind: 'transferred', eventId: makeId(), device: user },
    { ...common, kind: 'alerting', eventId: makeId(), device: user }
  ]
}
