import type { Cli, ReleaseCause } from '../../call/call.ts'
import type { CallEvent, OfferedEvent } from '../../call/call-event.ts'
import { type RawCli, toCli } from '../../call/cli.ts'
import { type EventId, type SwitchCallId, toSipSwitchCallId } from '../../call/ids.ts'
import { hasSentLocation, type SentLocation } from '../../call/sent-location.ts'
import { bodyParts } from './body-parts.ts'
import { sentLocationOf } from './location-parts.ts'
import { type NameAddr, parseNameAddr, splitValues } from './name-addr.ts'
import { toPartyEvents } from './parties.ts'
import { readReasons, readReplaces, readSaid } from './said-by-switch.ts'
import { isHeld } from './sdp.ts'
import { type SipHead, toText } from './sip-head.ts'
import { stateOf } from './trunk-headers.ts'
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
    cli: readCli(head),
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
 * A handset that was lifted: some switches tell of it by an INVITE in which the phone calls itself. Nobody calls, so
 * nothing pops. Never true of a number in the trunk's table, so a caller cannot be taken for it.
 */
export function isSelfCall(head: SipHead, match: TrunkMatch): boolean {
  const from = parseNameAddr(head.header('from') ?? '')?.uri
  const to = parseNameAddr(head.header('to') ?? '')?.uri
  const asserted = assertedOf(head)?.uri.user ?? from?.user
  // Extensions only: two people named alike at two hosts may well call each other.
  if (match.isKnownNumber || from === undefined || !/^\d{1,8}$/.test(from.user)) return false
  return to?.host === from.host && [match.ddi, to.user, asserted].every(user => user === from.user)
}

/**
 * What INFO, UPDATE or re-INVITE inside a call says: first what the mapped header `X-Call-State` says, else a device
 * named (it rings there), hold or retrieve where the offer changed, a corrected number or place, and who has come to the
 * call or left it. Often nothing.
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
  const corrected = correctionOf(head)
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

/** P-Asserted-Identity is the network's word (RFC 3325), From the caller's own. */
function readCli(head: SipHead): Cli {
  const from = parseNameAddr(head.header('from') ?? '')
  const asserted = assertedOf(head)
  const privacy = (head.header('privacy') ?? '').toLowerCase()
  const presentation = from?.uri.user ?? ''
  const isAnonymous = /^anonymous$/i.test(presentation) || /^anonymous\.invalid$/i.test(from?.uri.host ?? '')
  const name = toText(from?.display ?? '')
  const raw: RawCli = {
    isWithheld: isAnonymous || /\b(id|user|header)\b/.test(privacy),
    ...(asserted === undefined ? {} : { network: asserted.uri.user }),
    ...(presentation === '' || isAnonymous ? {} : { presentation }),
    ...(name === '' || isAnonymous ? {} : { name })
  }
  return toCli(raw)
}

function assertedOf(head: SipHead): NameAddr | undefined {
  const values = head.all('p-asserted-identity').flatMap(splitValues)
  // Some border controllers cut a display name inside its quotes; the identity behind it is whole.
  const read = values.flatMap(value => parseNameAddr(value) ?? parseNameAddr(value.slice(value.lastIndexOf('<'))) ?? [])
  // A tel and a sip identity of the same caller may both be there; the number is the same, the tel form cleaner.
  return read.find(each => each.uri.scheme === 'tel') ?? read[0]
}

function correctionOf(head: SipHead): ({ cli?: Cli } & SentLocation) | undefined {
  if (head.method === 'INVITE') return undefined
  const sent = sentLocationOf(head)
  const cli = assertedOf(head) === undefined ? undefined : readCli(head)
  if (cli === undefined && !hasSentLocation(sent)) return undefined
  return { ...(cli === undefined ? {} : { cli }), ...sent }
}
