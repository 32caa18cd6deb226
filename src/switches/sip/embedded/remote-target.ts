import { parseNameAddr } from '../name-addr.ts'
import type { FastRequest } from './fast-request.ts'

/** A request of ours inside a dialog is addressed by what the switch said of itself (RFC 3261 §12.1.1). */
export interface RemoteTarget {
  /** From its Contact. */
  readonly uri: string
  /** From its Record-Route, in the order of a UAS. */
  readonly routes: readonly string[]
  /** Its From, and the To it called. Not kept in the record, where the caller's number does not belong twice. */
  readonly from?: string
  readonly to?: string
}

/** What stands in the journal is bounded; a target beyond it cannot be reached by us, and is not kept. */
const MAX_ROUTES = 10
const MAX_URI = 512

export function targetOf(request: FastRequest): RemoteTarget | undefined {
  const uri = contactUri(request)
  const routes = request.all('record-route')
  if (uri === undefined || routes.length > MAX_ROUTES || routes.some(each => each.length > MAX_URI)) return undefined
  return { uri, routes, from: request.header('from') ?? '', to: request.header('to') ?? '' }
}

/** INVITE and UPDATE inside a dialog may move it (§12.2.2); routes stay as they were. */
export function movedTarget(target: RemoteTarget | undefined, request: FastRequest): RemoteTarget | undefined {
  const uri = contactUri(request)
  return target === undefined || uri === undefined ? target : { ...target, uri }
}

function contactUri(request: FastRequest): string | undefined {
  const contact = request.header('contact') ?? ''
  const uri = /<([^<>\s]+)>/.exec(contact)?.[1] ?? contact.split(';')[0]?.trim() ?? ''
  const isSip = /^sips?:[^\s<>"]+$/i.test(uri) && parseNameAddr(`<${uri}>`) !== undefined
  return isSip && uri.length <= MAX_URI ? uri : undefined
}

interface InsideRequest {
  readonly method: string
  readonly target: RemoteTarget
  readonly callId: string
  readonly fromTag: string
  readonly toTag: string
  readonly cseq: number
  readonly branch: string
  readonly protocol: string
  /** Our own address, as in our Contact. */
  readonly contact: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** A request of ours in a dialog the switch opened: its From is our To and the other way round. */
export function toInsideRequest(request: InsideRequest): string {
  const { method, target, callId, fromTag, toTag, cseq, branch, protocol, contact, headers = [], body = '' } = request
  const { uri, routes } = route(target)
  const sentBy = contact.slice(contact.indexOf('@') + 1)
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${protocol} ${sentBy};branch=${branch};rport`,
    'Max-Forwards: 70',
    ...routes.map(each => `Route: ${each}`),
    `From: ${withTag(target.to ?? `<${contact}>`, toTag)}`,
    `To: ${withTag(target.from ?? `<${target.uri}>`, fromTag)}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <${contact}>`,
    'User-Agent: Callbox',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    '',
    body
  ].join('\r\n')
}

/** §12.2.1.1: a first hop without `lr` is a strict router, which wants to be the Request-URI itself. */
function route({ uri, routes }: RemoteTarget): { uri: string; routes: readonly string[] } {
  const [first, ...rest] = routes
  if (first === undefined || /;\s*lr\b/i.test(first)) return { uri, routes }
  const strict = /<([^<>]+)>/.exec(first)?.[1] ?? first
  return { uri: strict, routes: [...rest, `<${uri}>`] }
}

function withTag(address: string, tag: string): string {
  const isTagged = /;\s*tag\s*=/i.test(address.slice(address.lastIndexOf('>') + 1))
  return isTagged || tag === '' ? address : `${address};tag=${tag}`
}
