import type { Cli } from '../../call/call.ts'
import { isPayphoneWord, type RawCli, toCli } from '../../call/cli.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'
import { type NameAddr, parseNameAddr, parseParams, splitValues } from './name-addr.ts'
import { type SipHead, toText } from './sip-head.ts'
import type { TrunkMatch } from './trunk-table.ts'

/*
 * Who calls, as the headers of a request say it. The network number is the network's word (P-Asserted-Identity,
 * RFC 3325, unless the trunk names another header), the presentation number the caller's own (From).
 */

/** Words that callers who do not want to be known have in place of a number (RFC 3323 §4.1.1.3, and what exchanges write). */
const HIDDEN = /^(?:anonymous|restricted|private|withheld)$/i
/** And those of networks that have no number to give. */
const UNKNOWN = /^(?:unavailable|unknown|anonymous\.invalid|unknown\.invalid)$/i
const ANONYMOUS_HOST = /^anonymous\.invalid$/i
/** RFC 3323 §4.2 and RFC 3325 §9.3. `none`, `session`, `critical` and `history` hide no caller. */
const HIDING = new Set(['id', 'user', 'header'])
/**
 * The calling party's category (draft-mahy-iptel-cpc) or originating line information of a payphone: 27 is a coin line, 70 a
 * private pay station. Some put it into the number, some into the URI, some behind it.
 */
const PAYPHONE = /;\s*(?:cpc\s*=\s*"?payphone|(?:isup-)?oli\s*=\s*"?(?:27|70))(?![\w-])/i

/** One identity that a header gives. */
interface Identity {
  readonly addr: NameAddr
  readonly isHidden: boolean
  readonly isPayphone: boolean
}

export function readCli(head: SipHead, { trunk, number }: TrunkMatch): Cli {
  const from = identityAt(head, 'from')
  const network = firstOf(head, trunk.networkNumberFrom)
  const shown = isFromAlone(trunk) ? from : firstOf(head, trunk.presentationNumberFrom)
  const name = from === undefined || from.isHidden ? '' : toText(from.addr.display)
  const hides = isHidden(from) || isHidden(shown) || isHidden(network) || asksPrivacy(head)
  const raw: RawCli = {
    isWithheld: hides,
    ...asNetwork(network),
    ...asPresentation(shown),
    ...(name === '' || HIDDEN.test(name) ? {} : { name }),
    ...(isPayphone(network) || isPayphone(shown) || number.payphone === true ? { isPayphone: true } : {})
  }
  return toCli(raw)
}

/** Whether a request says anything of the network's number: most requests inside a call do not. */
export function saysNetworkNumber(head: SipHead, { networkNumberFrom }: TrunkConfig): boolean {
  return firstOf(head, networkNumberFrom) !== undefined
}

/**
 * A handset that was lifted: some switches tell of it by an INVITE in which the phone calls itself. Nobody calls, so
 * nothing pops. Never true of a number in the trunk's table, so a caller cannot be taken for it.
 */
export function isSelfCall(head: SipHead, match: TrunkMatch): boolean {
  if (match.isKnownNumber) return false
  const from = parseNameAddr(head.header('from') ?? '')?.uri
  // A device by number or name, never a caller's number: that one may be shown falsely, and the call is a call.
  if (from === undefined || !/^(?:\d{1,8}|[a-z][\w.-]{0,31})$/i.test(from.user) || isNobody(from.user)) return false
  const to = parseNameAddr(head.header('to') ?? '')?.uri
  const asserted = firstOf(head, match.trunk.networkNumberFrom)?.addr.uri.user ?? from.user
  // Two people named alike at two hosts may well call each other.
  return to?.host === from.host && [match.ddi, to.user, asserted].every(user => user === from.user)
}

/** What nearly every trunk has: then From is read once. */
function isFromAlone({ presentationNumberFrom: [first, second] }: TrunkConfig): boolean {
  return first === 'from' && second === undefined
}

/** The first of these headers that names somebody. */
function firstOf(head: SipHead, places: readonly string[]): Identity | undefined {
  for (const place of places) {
    const found = identityAt(head, place)
    if (found !== undefined) return found
  }
  return undefined
}

function identityAt(head: SipHead, place: string): Identity | undefined {
  const name = place.startsWith('header:') ? place.slice('header:'.length).toLowerCase() : place
  const values = head.all(name)
  const [only] = values
  if (only === undefined) return undefined
  // Nearly always; and the comma of a name in From splits nothing.
  if (values.length === 1 && (name === 'from' || !only.includes(','))) return toIdentity(only, name)
  const read = values.flatMap(splitValues).flatMap(value => toIdentity(value, name) ?? [])
  // A tel and a sip identity of the same caller may both be there; the number is the same, the tel form cleaner.
  return read.find(({ addr }) => addr.uri.scheme === 'tel') ?? read[0]
}

function toIdentity(value: string, name: string): Identity | undefined {
  const bracket = Math.max(0, value.lastIndexOf('<'))
  // Some border controllers cut a display name inside its quotes; the identity behind it is whole.
  const addr = parseNameAddr(value) ?? parseNameAddr(value.slice(bracket)) ?? bareNumber(value)
  if (addr === undefined) return undefined
  const { uri, display, params } = addr
  if (name === 'remote-party-id' && !isCaller(params)) return undefined
  const privacy = name === 'remote-party-id' ? (params['privacy'] ?? '').toLowerCase() : ''
  return {
    addr,
    isHidden: HIDDEN.test(uri.user) || ANONYMOUS_HOST.test(uri.host) || privacy === 'full' || privacy === 'uri',
    isPayphone: PAYPHONE.test(value.slice(bracket)) || isPayphoneWord(display) || isPayphoneWord(uri.user)
  }
}

/** A header of the trunk's own may hold a number and nothing else. */
function bareNumber(value: string): NameAddr | undefined {
  const [user = ''] = value.split(';')
  if (!/^\s*\+?[\d\s().-]{1,40}$/.test(user)) return undefined
  return {
    display: '',
    uri: { scheme: 'tel', user: user.trim(), host: '' },
    params: parseParams(value.slice(user.length))
  }
}

/** draft-ietf-sip-privacy-04 §5: of the party called it says nothing of the caller, and unscreened it is the caller's own word. */
function isCaller({ party = 'calling', screen = 'yes' }: Readonly<Record<string, string>>): boolean {
  return party.toLowerCase() === 'calling' && screen.toLowerCase() !== 'no'
}

function asksPrivacy(head: SipHead): boolean {
  const values = head.all('privacy')
  if (values.length === 0) return false
  return values.some(value => value.split(/[\s;,]+/).some(word => HIDING.has(word.toLowerCase())))
}

function asNetwork(of: Identity | undefined): Pick<RawCli, 'network' | 'networkContext'> {
  const number = numberOf(of)
  if (number === undefined) return {}
  const { user, phoneContext } = number
  return { network: user, ...(phoneContext === undefined ? {} : { networkContext: phoneContext }) }
}

function asPresentation(of: Identity | undefined): Pick<RawCli, 'presentation' | 'presentationContext'> {
  const number = numberOf(of)
  if (number === undefined) return {}
  const { user, phoneContext } = number
  return { presentation: user, ...(phoneContext === undefined ? {} : { presentationContext: phoneContext }) }
}

function numberOf(of: Identity | undefined): NameAddr['uri'] | undefined {
  return of === undefined || isNobody(of.addr.uri.user) ? undefined : of.addr.uri
}

function isNobody(user: string): boolean {
  return user === '' || HIDDEN.test(user) || UNKNOWN.test(user)
}

function isHidden(of: Identity | undefined): boolean {
  return of?.isHidden === true
}

function isPayphone(of: Identity | undefined): boolean {
  return of?.isPayphone === true
}
