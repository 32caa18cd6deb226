import { createHash } from 'node:crypto'
import { type NameAddr, parseNameAddr, parseUri, splitValues } from '../name-addr.ts'
import { FastRequest } from './fast-request.ts'
import type { WireFault, WireMessage } from './parse-wire.ts'
import { hasCookie, hasEmptyPart, parseVia, splitVias, stampVia, type Via } from './via.ts'

export const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE', 'PRACK', 'REFER'] as const
export const ALLOW = `Allow: ${METHODS.join(', ')}`
/**
 * Extensions a switch may require of us: 3262, 4028, 4488, 7044, 3891, 7866, 4412. What only has to be read (Histinfo,
 * a priority of any namespace) is supported by reading it: a caller is not refused for more.
 */
export const SUPPORTED = [
  '100rel',
  'timer',
  'norefersub',
  'histinfo',
  'replaces',
  'siprec',
  'resource-priority'
] as const
const SUPPORTED_HEADER = `Supported: ${SUPPORTED.join(', ')}`
export const ACCEPT =
  'Accept: application/sdp, application/pidf+xml, application/EmergencyCallData.eCall.MSD, multipart/mixed'
/** Bodies that say something of a call by themselves. */
const READABLE = new Set(['application/sdp', 'application/pidf+xml', 'application/emergencycalldata.ecall.msd'])
/** What a ping is told of us. */
export const CAPABILITIES = [ALLOW, ACCEPT, SUPPORTED_HEADER]
const ACCEPT_ENCODING = 'Accept-Encoding: identity'

/** Where a request came from. */
export interface Source {
  readonly address: string
  readonly port: number
  readonly admittedTo?: readonly string[]
  readonly receivedAt: number
}

/**
 * Checked: may go to the core. Answer: this status, without a transaction; where the request is not `isNamed` by its
 * headers, a repeat cannot be told from another one. Silence: nothing can or may be said.
 */
export type EdgeResult =
  | { readonly kind: 'checked'; readonly request: FastRequest; readonly via: Via }
  | ({ readonly kind: 'answer'; readonly request: FastRequest; readonly via: Via; readonly isNamed: boolean } & Wrong)
  | { readonly kind: 'silence'; readonly reason: string }

interface Wrong {
  readonly status: number
  readonly reason: string
  readonly headers?: readonly string[]
}

const SINGLE = ['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-type'] as const
const SCHEMES = new Set(['sip', 'sips', 'tel', 'urn'])
const CALL_ID_MAX = 512
/** Kept with each call, as the Call-ID is. */
const FROM_TAG_MAX = 512
/** A longer transaction key is kept as its hash: thousands are kept for half a minute. */
const KEY_MAX = 256
/** More than any call has hops. */
const MAX_VIAS = 100
/** What stands in for a From or To that is none, in a request that is answered with 400. */
const NOBODY: NameAddr = { display: '', uri: { scheme: 'sip', user: '', host: 'invalid' }, params: {} }

/**
 * RFC 3261 §8.2 before the core sees anything: what is broken gets its answer, or silence where none can be routed.
 * ACK is never answered.
 */
export function checkRequest(message: WireMessage, source: Source, fault?: WireFault): EdgeResult {
  const written = message.headers.get('via') ?? []
  const vias = splitVias(written)
  const via = parseVia(vias[0] ?? '')
  if (via === undefined) return { kind: 'silence', reason: 'no-via' }
  // Each would come back in the answer, longer than it came.
  if (vias.length > MAX_VIAS) return { kind: 'silence', reason: 'too-many-vias' }
  vias[0] = stampVia(vias[0] ?? '', via, source.address, source.port)
  message.headers.set('via', vias)
  const read = readDialogHeaders(message)
  const request = makeRequest(message, read, via, source)
  const wrong =
    (fault === undefined ? undefined : wireStatus(fault)) ??
    (hasEmptyPart(written) || via.version !== '2.0' ? { status: 400, reason: 'via' } : undefined) ??
    (read.isWhole ? wrongWith(request, message, read.cseqMethod, via) : { status: 400, reason: 'no-dialog-headers' })
  if (wrong === undefined) return { kind: 'checked', request, via }
  if (message.method === 'ACK') return { kind: 'silence', reason: wrong.reason }
  return { kind: 'answer', request, via, isNamed: read.isWhole, ...wrong }
}

interface DialogHeaders {
  readonly callId: string
  readonly from: NameAddr | undefined
  readonly to: NameAddr | undefined
  readonly cseq: string
  readonly cseqMethod: string
  /** Whether each of them is there and can be read. */
  readonly isWhole: boolean
}

function readDialogHeaders({ headers }: WireMessage): DialogHeaders {
  const callId = headers.get('call-id')?.[0] ?? ''
  const from = parseNameAddr(headers.get('from')?.[0] ?? '')
  const to = parseNameAddr(headers.get('to')?.[0] ?? '')
  const [, cseq = '', cseqMethod = ''] = /^(\d{1,40})\s+(\S+)$/.exec(headers.get('cseq')?.[0] ?? '') ?? []
  const hasCallId = callId !== '' && callId.length <= CALL_ID_MAX
  return {
    callId,
    from,
    to,
    cseq,
    cseqMethod,
    isWhole: hasCallId && cseq !== '' && hasKeepableTag(from) && to !== undefined
  }
}

function hasKeepableTag(from: NameAddr | undefined): boolean {
  return from !== undefined && (from.params['tag'] ?? '').length <= FROM_TAG_MAX
}

function bounded(key: string): string {
  return key.length <= KEY_MAX ? key : createHash('sha256').update(key, 'latin1').digest('base64url')
}

function makeRequest(message: WireMessage, read: DialogHeaders, via: Via, source: Source): FastRequest {
  const { method } = message
  const { callId, from = NOBODY, to = NOBODY, cseq } = read
  const transaction = method === 'ACK' || method === 'CANCEL' ? 'INVITE' : method
  // Without the cookie the branch is whatever an old sender likes: CSeq and From-tag then tell its requests apart.
  const branch = hasCookie(via) ? via.branch : `${via.branch ?? ''}:${cseq}:${from.params['tag'] ?? ''}`
  return new FastRequest(message, {
    from,
    to,
    cseq: Number(cseq),
    transactionKey: bounded(`${branch}|${via.host}:${via.port ?? ''}|${transaction}|${callId}`),
    peer: source.address,
    admittedTo: source.admittedTo,
    receivedAt: source.receivedAt
  })
}

function wrongWith(request: FastRequest, message: WireMessage, cseqMethod: string, via: Via): Wrong | undefined {
  const { headers, method, uri } = message
  const malformed = cseqMethod === method ? malformedIn(request, message, via) : 'cseq'
  if (malformed !== undefined) return { status: 400, reason: malformed }
  if (!(METHODS as readonly string[]).includes(method)) return unwantedMethod(request)
  if (!SCHEMES.has(schemeOf(uri))) return { status: 416, reason: 'uri-scheme' }
  // A call's hops end here whatever is left of them; a ping that has none left is somebody's loop.
  if (method === 'OPTIONS' && Number(headers.get('max-forwards')?.[0] ?? 70) === 0) {
    return { status: 483, reason: 'max-forwards' }
  }
  const required = headers.has('require') ? unsupportedTags(headers.get('require') ?? []) : []
  // §8.2.2.3; ACK and CANCEL must not carry it.
  if (required.length > 0 && method !== 'ACK' && method !== 'CANCEL') {
    return { status: 420, reason: 'require', headers: [`Unsupported: ${required.join(', ')}`] }
  }
  return request.body === '' ? unwantedAnswer(request) : (unreadableBody(request) ?? unwantedAnswer(request))
}

function unsupportedTags(values: readonly string[]): readonly string[] {
  const tags = values.flatMap(splitValues).filter(tag => /^[\w.%*+`'~!-]+$/.test(tag))
  return tags.filter(tag => !(SUPPORTED as readonly string[]).includes(tag.toLowerCase()))
}

/** RFC 6665: nothing can be subscribed to here, and no subscription of ours can have a NOTIFY. */
function unwantedMethod(request: FastRequest): Wrong {
  const { method } = request
  if (method === 'SUBSCRIBE') return { status: 489, reason: 'event' }
  if (method !== 'NOTIFY') return { status: 405, reason: 'method', headers: [ALLOW] }
  return { status: request.header('event') === undefined ? 489 : 481, reason: 'subscription' }
}

function malformedIn(request: FastRequest, { headers, method, uri }: WireMessage, via: Via): string | undefined {
  for (const name of SINGLE) if ((headers.get(name)?.length ?? 0) > 1) return `two-${name}`
  if (request.cseq > 0x7f_ff_ff_ff) return 'cseq'
  const hops = headers.get('max-forwards')?.[0]
  if (hops !== undefined && !(/^\d{1,9}$/.test(hops) && Number(hops) <= 255)) return 'max-forwards'
  const scheme = schemeOf(uri)
  if (scheme === '' || /\s/.test(uri)) return 'request-uri'
  if (SCHEMES.has(scheme) && parseUri(uri) === undefined) return 'request-uri'
  const type = headers.get('content-type')?.[0]
  if (request.body !== '' && !/^[^\s/;,]+\s*\/\s*[^\s/;,]+/.test(type ?? '')) return 'body-without-type'
  return method === 'INVITE' ? wrongContact(request, headers.get('contact') ?? [], via) : undefined
}

/** One, which may only be missing where an old sender means its From (RFC 2543 §6.13). */
function wrongContact(request: FastRequest, contacts: readonly string[], via: Via): string | undefined {
  if (contacts.length === 0) return hasCookie(via) ? 'contact' : undefined
  if (contacts.length > 1) return 'two-contact'
  return request.parseHeader('contact') === undefined ? 'contact' : undefined
}

/** §8.2.3: only of an INVITE, where the body is the call. What INFO and UPDATE carry besides is for others. */
function unreadableBody(request: FastRequest): Wrong | undefined {
  const encoding = request.header('content-encoding')?.toLowerCase()
  if (encoding !== undefined && encoding !== 'identity') {
    return { status: 415, reason: 'content-encoding', headers: [ACCEPT, ACCEPT_ENCODING] }
  }
  if (request.method !== 'INVITE') return undefined
  const type = (request.header('content-type') ?? '').split(';')[0]?.replace(/\s/g, '').toLowerCase() ?? ''
  if (READABLE.has(type) || type.startsWith('multipart/')) return undefined
  const isOptional = /;\s*handling\s*=\s*optional/i.test(request.header('content-disposition') ?? '')
  return isOptional ? undefined : { status: 415, reason: 'content-type', headers: [ACCEPT, ACCEPT_ENCODING] }
}

/** A sender that takes no SDP could make nothing of our 200 (§20.1, §21.4.7). */
function unwantedAnswer(request: FastRequest): Wrong | undefined {
  const accepted = request.all('accept').flatMap(splitValues)
  if (request.method !== 'INVITE' || accepted.length === 0) return undefined
  const takesSdp = accepted.some(each => /^(?:\*\/\*|application\/\*|application\/sdp)\s*(?:;|$)/i.test(each))
  return takesSdp ? undefined : { status: 406, reason: 'accept' }
}

function schemeOf(uri: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase() ?? ''
}

function wireStatus(fault: WireFault): Wrong {
  return { status: fault === 'bad-version' ? 505 : 400, reason: fault }
}
