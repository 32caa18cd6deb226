import type { SipTransport } from '../../../operations/sip-transport-schema.ts'
import { parseParams, splitValues } from '../name-addr.ts'
import { toAddress } from '../trunk-table.ts'

/** The top Via of a request, as its sender wrote it (RFC 3261 §20.42). */
export interface Via {
  /** `2.0`; another only in a message that is answered with 505. */
  readonly version: string
  readonly host: string
  readonly port?: number
  readonly branch?: string
  readonly params: Readonly<Record<string, string>>
}

const TOKEN = "[A-Za-z0-9\\-.!%*_+`'~]+"
const SENT_BY = '(\\[[0-9A-Fa-f:.]+\\]|[^\\s:;,[\\]]+)'
const VIA = new RegExp(
  `^SIP\\s*/\\s*(\\d{1,3}\\.\\d{1,3})\\s*/\\s*${TOKEN}\\s+${SENT_BY}(?:\\s*:\\s*(\\d{1,5}))?\\s*(;.*)?$`,
  'i'
)
/** RFC 3261 §8.1.1.7: a branch that begins so is unique by itself. */
const COOKIE = /^z9hG4bK/i

/** Every Via value on its own, in order, whether joined by commas or not. */
export function splitVias(values: readonly string[]): string[] {
  return values.flatMap(value => splitValues(value))
}

/** Whether a Via header holds values or parameters that are empty, which no grammar allows. */
export function hasEmptyPart(values: readonly string[]): boolean {
  return values.some(value => /[;,][ \t]*(?:[;,]|$)/.test(value))
}

/** Undefined when it is no Via. */
export function parseVia(value: string): Via | undefined {
  const found = VIA.exec(value)
  if (found === null) return undefined
  const [, version = '', host = '', port, rest = ''] = found
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return undefined
  const params = parseParams(rest)
  const branch = params['branch']
  return {
    version,
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(branch === undefined || branch === '' ? {} : { branch }),
    params
  }
}

/** False for senders of RFC 2543: their branch, where there is one, tells no requests apart (§17.2.3). */
export function hasCookie({ branch = '' }: Via): boolean {
  return COOKIE.test(branch) && branch.length > 'z9hG4bK'.length
}

/** The top Via as it goes back: with `received`, and `rport` filled where it was asked for (RFC 3581 §4). */
export function stampVia(value: string, via: Via, address: string, port: number): string {
  const asked = 'rport' in via.params
  const plain = asked ? value.replace(/;[ \t]*rport(?=[ \t]*(?:;|$))/i, `;rport=${port}`) : value
  // A sender that names its own `received` is not believed.
  const unsaid = 'received' in via.params ? plain.replace(/;[ \t]*received[ \t]*=[^;]*/gi, '') : plain
  // IPv6 is written in brackets here and without them in `received`, and in more than one way (RFC 5118 §4.5).
  const host = via.host.startsWith('[') ? toAddress(via.host.slice(1, -1)) : via.host
  return asked || host !== address ? `${unsaid};received=${address}` : unsaid
}

/**
 * Where the answer goes (RFC 3261 §18.2.2, RFC 3581 §4): over UDP at once, over a connection only once that is gone,
 * and then never to the port it came from, which nobody listens on.
 */
export function answerPort(via: Via, sourcePort: number, transport: SipTransport = 'udp'): number {
  if (transport === 'udp' && 'rport' in via.params) return sourcePort
  return via.port ?? (transport === 'tls' ? 5061 : 5060)
}
