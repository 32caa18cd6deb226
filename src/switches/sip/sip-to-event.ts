import type { Cli, ReleaseCause } from '../../call/call.ts'
import type { CallEvent, OfferedEvent } from '../../call/call-event.ts'
import { type EventId, type SwitchCallId, toSipSwitchCallId } from '../../call/ids.ts'
import { hasSentLocation, type SentLocation } from '../../call/sent-location.ts'
import { bodyParts } from './body-parts.ts'
import { readCli, saysNetworkNumber } from './caller-headers.ts'
import { sentLocationOf } from './location-parts.ts'
import { toPartyEvents } from './parties.ts'
import { readReasons, readReplaces, readSaid } from './said-by-switch.ts'
import { isHeld } from './sdp.ts'
import type { SipHead } from './sip-head.ts'
import { isSilentBy, stateOf } from './trunk-headers.ts'
import { deviceOf, type TrunkMatch } from './trunk-table.ts'

/** What of a call its later requests need: the trunk's rules and how its media began. */
export interface SipCallContext {
  readonly match: TrunkMatch
  readonly switchCallId: SwitchCallId
  /** As the last offer had it. */
  readonly wasHeld: boolean
}

export function switchCallIdOf(head: SipHead): SwitchCallId {
  return toSipSwitchCallId(head.callId, head.fromTag)
}

/** An INVITE outside a dialog, as the offer of a call. `dialog` is the driver's own memory of it. */
export function toOffered(
  head: SipHead,
  match: TrunkMatch,
  eventId: EventId,
  dialog: Readonly<Record<string, unknown>>
): OfferedEvent {
  const { trunk, number, ddi } = match
  const device = deviceOf(head, trunk)
  const sent = sentLocationOf(head)
  const said = readSaid(head, trunk)
  const replaces = readReplaces(head)
  return {
    kind: 'offered',
    // A repeat has the branch of the first and is answered from memory (RFC 3261 §17.2).
    isNoRepeat: true,
    eventId,
    trunk: trunk.id,
    force: number.force,
    homeForce: number.homeForce ?? number.force,
    switchCallId: switchCallIdOf(head),
    receivedAt: head.receivedAt,
    line: number.line,
    route: number.route,
    access: number.access ?? (isFromVehicle(head, sent) ? 'ecall' : 'voice'),
    direction: 'in',
    cli: readCli(head, match),
    ddi,
    dialog,
    ...(device === undefined ? {} : { device }),
    ...(number.acdQueue === undefined ? {} : { acdQueue: number.acdQueue }),
    ...(number.ivrPath === undefined ? {} : { ivrPath: number.ivrPath }),
    ...(number.silent === undefined ? {} : { silent: number.silent }),
    ...(number.test === undefined ? {} : { test: number.test }),
    ...(said === undefined ? {} : { said }),
    ...(replaces === undefined ? {} : { replaces }),
    ...sent
  }
}

/** RFC 8147 §6: it says what it is by the service it asks for, and sends what it knows. */
function isFromVehicle(head: SipHead, { vehicleData }: SentLocation): boolean {
  return vehicleData !== undefined || /^urn:service:sos\.ecall\b/i.test(head.uri)
}

/**
 * What INFO, UPDATE or re-INVITE inside a call says: first what the mapped header `X-Call-State` says, else a device
 * named (it rings there), hold or retrieve where the offer changed, a corrected number or place, that nobody speaks, and
 * who has come to the call or left it. Often nothing.
 */
export function toLaterEvents(head: SipHead, context: SipCallContext, makeId: () => EventId): readonly CallEvent[] {
  const { trunk } = context.match
  const device = deviceOf(head, trunk)
  const common = { ...commonOf(head, context), ...(device === undefined ? {} : { device }) }
  const events: CallEvent[] = []
  const state = stateOf(head, trunk)
  if (state !== undefined) events.push({ ...common, kind: state, eventId: makeId() })
  else if (device !== undefined) events.push({ ...common, kind: 'alerting', eventId: makeId() })
  const held = heldBy(head)
  if (state === undefined && held !== undefined && held !== context.wasHeld) {
    events.push({ ...common, kind: held ? 'held' : 'retrieved', eventId: makeId() })
  }
  const corrected = correctionOf(head, context.match)
  if (corrected !== undefined) events.push({ ...common, ...corrected, kind: 'corrected', eventId: makeId() })
  return [...events, ...toPartyEvents(head, context, makeId)]
}

/** BYE. Our 200 proves nothing about a handler, so the registry tells ended from abandoned. */
export function toReleased(head: SipHead, context: SipCallContext, eventId: EventId): CallEvent {
  return { ...commonOf(head, context), ...reasonsOf(head), kind: 'released', eventId, cause: 'ended' }
}

/**
 * CANCEL (RFC 3326): Reason SIP 200 or Q.850 26 means another branch has the call. Without a Reason the outcome is
 * unknown, and abandoned only where the trunk declares that its switch says why.
 */
export function toCancelled(head: SipHead, context: SipCallContext, eventId: EventId): CallEvent {
  const reasons = readReasons(head)
  const isElsewhere = reasons.some(reason => reason === 'sip 200' || reason === 'q.850 26')
  const unsaid: ReleaseCause = context.match.trunk.sendsReason || reasons.length > 0 ? 'abandoned' : 'no-outcome'
  const cause: ReleaseCause = isElsewhere ? 'answered-elsewhere' : unsaid
  return { ...commonOf(head, context), ...reasonsOf(head), kind: 'released', eventId, cause }
}

function reasonsOf(head: SipHead): { reasons?: readonly string[] } {
  const reasons = readReasons(head)
  return reasons.length === 0 ? {} : { reasons }
}

/** The media of a request, as hold or not; undefined when it offers none. */
export function heldBy(head: SipHead): boolean | undefined {
  const sdp = sdpOf(head)
  return sdp === undefined ? undefined : isHeld(sdp)
}

export function sdpOf(head: SipHead): string | undefined {
  return bodyParts(head).find(part => part.type === 'application/sdp')?.content
}

function commonOf(head: SipHead, { match, switchCallId }: SipCallContext) {
  return { trunk: match.trunk.id, force: match.number.force, switchCallId, receivedAt: head.receivedAt }
}

/** What is no more than a repeat of the INVITE, as a re-INVITE is, corrects nothing. */
function correctionOf(head: SipHead, match: TrunkMatch): ({ cli?: Cli; silent?: true } & SentLocation) | undefined {
  if (head.method === 'INVITE') return undefined
  const sent = sentLocationOf(head)
  const cli = saysNetworkNumber(head, match.trunk) ? readCli(head, match) : undefined
  // That somebody speaks now is the handler's to say: it would take back their own word.
  const isSilent = isSilentBy(head, match.trunk)
  if (cli === undefined && !hasSentLocation(sent) && !isSilent) return undefined
  return { ...(cli === undefined ? {} : { cli }), ...sent, ...(isSilent ? { silent: true } : {}) }
}
