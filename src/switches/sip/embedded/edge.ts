import { parseNameAddr } from '../name-addr.ts'
import { FastRequest } from './fast-request.ts'
import type { WireFault, WireMessage } from './parse-wire.ts'
import { parseVia, splitVias, stampVia, type Via } from './via.ts'

export const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE'] as const
export const ALLOW = `Allow: ${METHODS.join(', ')}`

/** Where a request came from. */
export interface Source {
  readonly address: string
  readonly port: number
  readonly receivedAt: number
}

/** Checked: may go to the core. Answer: this status, without a transaction. Silence: nothing can or may be said. */
export type EdgeResult =
  | { readonly kind: 'checked'; readonly request: FastRequest; readonly via: Via }
  | {
      readonly kind: 'answer'
      readonly request: FastRequest
      readonly via: Via
      readonly status: number
      readonly reason: string
      readonly headers: readonly string[]
    }
  | { readonly kind: 'silence'; readonly reason: string }

const SINGLE = ['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-type', 'contact'] as const
const SCHEMES = new Set(['sip', 'sips', 'tel', 'urn'])
const CALL_ID_MAX = 512

/**
 * RFC 3261 §8.2 and §16.3 before the core sees anything: what is broken gets its answer, or silence where none can
 * be routed. ACK is never answered.
 */
export function checkRequest(message: WireMessage, source: Source, fault?: WireFault): EdgeResult {
  const vias = splitVias(message.headers.get('via') ?? [])
  const via = parseVia(vias[0] ?? '')
  if (via === undefined) return { kind: 'silence', reason: 'no-via' }
  vias[0] = stampVia(vias[0] ?? '', via, source.address, source.port)
  message.headers.set('via', vias)
  const made = makeRequest(message, via, source)
  if ('reason' in made) return { kind: 'silence', reason: made.reason }
  const wrong = fault === undefined ? wrongWith(made, message) : wireStatus(fault)
  if (wrong === undefined) return { kind: 'checked', request: made, via }
  if (made.method === 'ACK') return { kind: 'silence', reason: wrong.reason }
  return { kind: 'answer', request: made, via, headers: [], ...wrong }
}

type Wrong = { readonly status: number; readonly reason: string; readonly headers?: readonly string[] }

/** Without From, To, Call-ID and CSeq an answer would name no request, so none is sent. */
function makeRequest(message: WireMessage, via: Via, source: Source): FastRequest | { reason: string } {
  const { headers, method } = message
  const callId = headers.get('call-id')?.[0] ?? ''
  const from = parseNameAddr(headers.get('from')?.[0] ?? '')
  const to = parseNameAddr(headers.get('to')?.[0] ?? '')
  const cseq = /^(\d{1,10})\s+(\S+)$/.exec(headers.get('cseq')?.[0] ?? '')
  if (callId === '' || callId.length > CALL_ID_MAX || from === undefined || to === undefined || cseq === null) {
    return { reason: 'no-dialog-headers' }
  }
  const transaction = method === 'ACK' || method === 'CANCEL' ? 'INVITE' : method
  // RFC 2543 senders have no branch: CSeq and From-tag then tell their requests apart.
  const branch = via.branch ?? `${cseq[1]}:${from.params['tag'] ?? ''}`
  return new FastRequest(message, {
    from,
    to,
    cseq: Number(cseq[1]),
    transactionKey: `${branch}|${via.host}:${via.port ?? ''}|${transaction}|${callId}`,
    peer: source.address,
    receivedAt: source.receivedAt
  })
}

function wrongWith(request: FastRequest, message: WireMessage): Wrong | undefined {
  const { headers, method } = message
  const malformed = malformedIn(request, headers, method)
  if (malformed !== undefined) return { status: 400, reason: malformed }
  if (!(METHODS as readonly string[]).includes(method)) return { status: 405, reason: 'method', headers: [ALLOW] }
  const scheme = /^([a-z]+):/i.exec(message.uri)?.[1]?.toLowerCase() ?? ''
  if (!SCHEMES.has(scheme)) return { status: 416, reason: 'uri-scheme' }
  if (headers.get('max-forwards')?.[0] === '0' && method !== 'ACK') return { status: 483, reason: 'max-forwards' }
  const required = headers.get('require')?.join(', ')
  // We offer no extension, so whatever is required is not supported (§8.2.2.3); ACK and CANCEL must not carry it.
  if (required !== undefined && method !== 'ACK' && method !== 'CANCEL') {
    return { status: 420, reason: 'require', headers: [`Unsupported: ${required}`] }
  }
  if (headers.has('content-encoding') && request.body !== '') return { status: 415, reason: 'content-encoding' }
  return undefined
}

function malformedIn(request: FastRequest, headers: ReadonlyMap<string, string[]>, method: string): string | undefined {
  for (const name of SINGLE) if ((headers.get(name)?.length ?? 0) > 1) return `two-${name}`
  const [, cseq = '', of = ''] = /^(\d+)\s+(\S+)$/.exec(headers.get('cseq')?.[0] ?? '') ?? []
  if (Number(cseq) > 0x7f_ff_ff_ff || of !== method) return 'cseq'
  const hops = headers.get('max-forwards')?.[0]
  if (hops !== undefined && !/^\d{1,3}$/.test(hops)) return 'max-forwards'
  if (request.fromTag === '') return 'from-tag'
  if (request.body !== '' && !headers.has('content-type')) return 'body-without-type'
  if (method === 'INVITE' && request.parseHeader('contact') === undefined) return 'contact'
  return undefined
}

function wireStatus(fault: WireFault): Wrong {
  return { status: fault === 'bad-version' ? 505 : 400, reason: fault }
}
