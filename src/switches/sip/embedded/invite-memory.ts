import { SIP_TRANSPORTS, type SipTransport } from '../../../operations/sip-transport-schema.ts'
import { splitValues } from '../name-addr.ts'
import { streamsOf } from '../sdp.ts'
import { sdpOf } from '../sip-to-event.ts'
import { checkRequest } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import type { Flow } from './flow.ts'
import { parseWire } from './parse-wire.ts'
import { answerPort, parseVia } from './via.ts'

/**
 * What the answer to an INVITE needs, kept with its call: who is killed between the record and the answer can still
 * give it, and so can the node that takes the call over.
 */
export interface InviteMemory {
  /** The INVITE without what no answer repeats: of the caller the address of From alone, of the body its streams. */
  readonly text: string
  readonly transport: SipTransport
  /** Where the answer goes (RFC 3261 §18.2.2). */
  readonly address: string
  readonly port: number
  readonly receivedAt: number
}

/** A longer one is not kept; its call has the dialog all the same. */
const MAX_TEXT = 4_000
/** What tells an answer from another, or decides what it says. From and To come without names (§20.20). */
const WHOLE = ['call-id', 'cseq', 'require', 'supported', 'session-expires', 'min-se'] as const
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
  ['require', 'Require'],
  ['supported', 'Supported'],
  ['session-expires', 'Session-Expires'],
  ['min-se', 'Min-SE']
])

export function toInviteMemory(request: FastRequest, { transport }: Pick<Flow, 'transport'>): InviteMemory | undefined {
  const via = parseVia(request.all('via')[0] ?? '')
  if (via === undefined) return undefined
  const text = toText(request)
  if (text.length > MAX_TEXT) return undefined
  const rport = Number(via.params['rport'] ?? 0)
  const { peer: address, receivedAt } = request
  return { text, transport, address, port: answerPort(via, rport, transport), receivedAt: Math.round(receivedAt) }
}

/** Undefined when the record holds something else. */
export function readInviteMemory(stored: unknown): InviteMemory | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { text, transport, address, port, receivedAt } = stored as Record<string, unknown>
  const known = SIP_TRANSPORTS.find(each => each === transport)
  if (typeof text !== 'string' || known === undefined || typeof address !== 'string') return undefined
  if (typeof port !== 'number' || typeof receivedAt !== 'number') return undefined
  return { text, transport: known, address, port, receivedAt }
}

/** The INVITE as if it had come now; undefined when it cannot be read any more. */
export function readInvite({ text, address, port, receivedAt }: InviteMemory): FastRequest | undefined {
  const parsed = parseWire(Buffer.from(text, 'latin1'), MAX_TEXT)
  if (parsed.kind !== 'request') return undefined
  const checked = checkRequest(parsed.message, { address, port, receivedAt }, parsed.fault)
  return checked.kind === 'checked' && checked.request.method === 'INVITE' ? checked.request : undefined
}

function toText(request: FastRequest): string {
  const all = (name: string, as: string) => request.all(name).map(value => `${as}: ${value}`)
  const sdp = sdpOf(request)
  const body = sdp === undefined ? '' : streamsOf(sdp)
  return [
    `INVITE ${request.uri} SIP/2.0`,
    ...all('via', 'Via'),
    ...all('record-route', 'Record-Route'),
    'Max-Forwards: 70',
    `From: ${withoutName(request.header('from') ?? '')}`,
    `To: ${withoutName(request.header('to') ?? '')}`,
    ...contactsOf(request),
    ...WHOLE.flatMap(name => all(name, WRITTEN.get(name) ?? name)),
    ...(sdp === undefined ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    '',
    body
  ].join('\r\n')
}

function contactsOf(request: FastRequest): readonly string[] {
  const [contact] = request.all('contact').flatMap(splitValues)
  return contact === undefined ? [] : [`Contact: ${withoutNumber(withoutName(contact))}`]
}

/** The address alone, in its brackets where it has them, with its parameters. */
function withoutName(value: string): string {
  const unquoted = value.replace(/^\s*"(?:[^"\\]|\\.)*"/, '')
  const angle = unquoted.indexOf('<')
  return angle < 0 ? unquoted.trim() : unquoted.slice(angle).trim()
}

/** Many switches write the caller's number before the host of their own address. */
export function withoutNumber(uri: string): string {
  return uri.replace(/^(<?sips?:)\+?\d{6}[^@]*@/i, '$1')
}
