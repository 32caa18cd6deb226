import { IncomingRequestMessage, NameAddrHeader, URI } from 'sip.js/lib/core/index.js'
import { type NameAddr, parseNameAddr } from '../name-addr.ts'
import type { SipHead } from '../sip-head.ts'
import type { WireMessage } from './parse-wire.ts'

interface Facts {
  readonly from: NameAddr
  readonly to: NameAddr
  readonly cseq: number
  /** Branch, sent-by, method and Call-ID: RFC 3261 §17.2.3 in one string. */
  readonly transactionKey: string
  readonly peer: string
  readonly admittedTo: readonly string[] | undefined
  readonly receivedAt: number
}

/**
 * A request for sip.js' core, made by our wire parser. The core asks for headers by name and for To, From and Contact
 * parsed; all of it is answered here, so that its PEG grammar (a hundred times the cost) is never reached.
 */
export class FastRequest extends IncomingRequestMessage implements SipHead {
  readonly uri: string
  readonly peer: string
  readonly admittedTo?: readonly string[]
  readonly receivedAt: number
  /** All headers as the sender wrote them, by long lower-case name. */
  readonly wire: ReadonlyMap<string, string[]>
  readonly #parsed = new Map<string, unknown>()

  constructor(message: WireMessage, { from, to, cseq, transactionKey, peer, admittedTo, receivedAt }: Facts) {
    super()
    this.wire = message.headers
    this.uri = message.uri
    this.peer = peer
    if (admittedTo !== undefined) this.admittedTo = admittedTo
    this.receivedAt = receivedAt
    this.method = message.method
    this.body = message.body
    this.callId = message.headers.get('call-id')?.[0] ?? ''
    this.cseq = cseq
    this.from = toNameAddrHeader(from)
    this.to = toNameAddrHeader(to)
    this.fromTag = from.params['tag'] ?? ''
    // The core tells a first request from a later one by whether this is a string at all.
    if (to.params['tag'] !== undefined && to.params['tag'] !== '') this.toTag = to.params['tag']
    this.viaBranch = transactionKey
    this.#parsed.set('from', this.from)
    this.#parsed.set('to', this.to)
  }

  header(name: string): string | undefined {
    return this.wire.get(name)?.[0]
  }

  all(name: string): readonly string[] {
    return this.wire.get(name) ?? []
  }

  override getHeader(name: string): string | undefined {
    return this.wire.get(name.toLowerCase())?.[0]
  }

  override getHeaders(name: string): string[] {
    return this.wire.get(name.toLowerCase()) ?? []
  }

  override hasHeader(name: string): boolean {
    return this.wire.has(name.toLowerCase())
  }

  override parseHeader(name: string): unknown {
    const key = name.toLowerCase()
    if (!this.#parsed.has(key)) this.#parsed.set(key, this.#parse(key))
    return this.#parsed.get(key)
  }

  #parse(key: string): unknown {
    const value = this.header(key)
    // A sender of RFC 2543 without a Contact is reached at its From.
    if (value === undefined) return key === 'contact' ? this.from : undefined
    if (key === 'contact') {
      const contact = parseNameAddr(value)
      return contact === undefined ? undefined : toNameAddrHeader(contact)
    }
    if (key === 'content-disposition') return { type: (value.split(';')[0] ?? '').trim().toLowerCase() }
    return key === 'content-type' ? (value.split(';')[0] ?? '').trim().toLowerCase() : value
  }
}

function toNameAddrHeader({ display, uri, params }: NameAddr): NameAddrHeader {
  // The core never dials what it holds here; a tel or urn identity only has to survive.
  return new NameAddrHeader(
    new URI(uri.scheme, uri.user, uri.host === '' ? 'invalid' : uri.host, uri.port),
    display,
    params
  )
}
