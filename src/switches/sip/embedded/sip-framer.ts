export interface Framed {
  readonly messages: readonly Buffer[]
  /** Keep-alives that ask for an answer. */
  readonly pings: number
  /** There may be more whole messages in what is held: push nothing to get them. */
  readonly hasMore: boolean
  /** The stream cannot be followed any further; the connection must end. */
  readonly fault?: StreamFault
}

/** `out-of-step`: where a message should begin there is none, so an earlier length was not true. */
export type StreamFault = 'too-large' | 'no-content-length' | 'out-of-step'

const HEAD_END = Buffer.from('\r\n\r\n')
/** Loose: what is wrong in a start line is the parser's to judge, as long as it is one. */
const START_LINE = /^(?:SIP\/\d|[A-Za-z0-9\-.!%*_+`'~]+ [^\r\n]+ SIP\/\d)/i
const NOTHING = Buffer.alloc(0)
const FIRST_CAPACITY = 2048

/**
 * Cuts a byte stream into SIP messages (RFC 3261 §18.3): head, then as many bytes as Content-Length says. However the
 * stream is cut, each byte is looked at and copied a bounded number of times.
 */
export class SipFramer {
  readonly #maxBytes: number
  /** What is held of a message that is not whole, from `#start` to `#end` of `#store`. */
  #store: Buffer = NOTHING
  #start = 0
  #end = 0
  /** How much of it has been searched for the end of the head. */
  #searched = 0
  /** Of the message begun, once its head is whole. */
  #size: number | undefined
  /** False while the store is the network's own chunk. */
  #isOwn = false
  #emptyBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether a message has begun and is not whole. */
  get isPartial(): boolean {
    return this.#end > this.#start
  }

  /** Bytes of memory held, for tests and figures. */
  get capacity(): number {
    return this.#store.length
  }

  /** At most `most` messages at once, so that one peer's flood does not keep the others waiting. */
  push(chunk: Buffer, most = Number.POSITIVE_INFINITY): Framed {
    if (chunk.length > 0) this.#append(chunk)
    const messages: Buffer[] = []
    let pings = 0
    let fault: StreamFault | undefined
    while (messages.length < most) {
      if (this.#size === undefined) pings += this.#skipEmptyLines()
      const size = this.#sizeOfFirst()
      if (typeof size === 'string') fault = size
      if (typeof size !== 'number' || this.#end - this.#start < size) break
      messages.push(this.#store.subarray(this.#start, this.#start + size))
      this.#start += size
      this.#searched = 0
      this.#size = undefined
    }
    const hasMore = messages.length === most && this.isPartial
    if (this.#start === this.#end) this.#letGo()
    // A few bytes must not keep the whole chunk they came in.
    else if (!hasMore && !this.#isOwn && this.#start > 0) this.#move(FIRST_CAPACITY)
    return { messages, pings, hasMore, ...(fault === undefined ? {} : { fault }) }
  }

  #append(chunk: Buffer): void {
    const held = this.#end - this.#start
    if (held === 0) {
      // Most chunks are whole messages: they are cut where they are, and nothing is copied.
      this.#store = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    const needed = held + chunk.length
    // What was handed out lies in the store, so it is never written over: what is held moves to a store of its own.
    if (this.#end + chunk.length > this.#store.length || !this.#isOwn) this.#move(Math.max(needed * 2, FIRST_CAPACITY))
    chunk.copy(this.#store, this.#end)
    this.#end += chunk.length
  }

  #move(capacity: number): void {
    const store = Buffer.allocUnsafeSlow(Math.max(capacity, this.#end - this.#start))
    const held = this.#store.copy(store, 0, this.#start, this.#end)
    this.#store = store
    this.#start = 0
    this.#end = held
    this.#isOwn = true
  }

  #letGo(): void {
    this.#store = NOTHING
    this.#isOwn = false
    this.#start = 0
    this.#end = 0
  }

  /** Bytes of the message begun, undefined while its head is not whole. */
  #sizeOfFirst(): number | undefined | StreamFault {
    if (this.#size !== undefined) return this.#size
    const from = this.#start + Math.max(0, this.#searched - HEAD_END.length + 1)
    const headEnd = this.#store.subarray(0, this.#end).indexOf(HEAD_END, from)
    this.#searched = this.#end - this.#start
    if (headEnd < 0) return this.#searched > this.#maxBytes ? 'too-large' : undefined
    const head = this.#store.toString('latin1', this.#start, headEnd)
    const length = contentLength(head)
    if (length === undefined) return 'no-content-length'
    if (!START_LINE.test(head)) return 'out-of-step'
    const size = headEnd - this.#start + HEAD_END.length + length
    if (size > this.#maxBytes) return 'too-large'
    this.#size = size
    return size
  }

  /** Empty lines before a message; each pair of them is one keep-alive (RFC 5626 §3.5.1), however it is cut. */
  #skipEmptyLines(): number {
    let at = this.#start
    while (at < this.#end && (this.#store[at] === 13 || this.#store[at] === 10)) at += 1
    const bytes = this.#emptyBytes + at - this.#start
    this.#start = at
    this.#emptyBytes = at < this.#end ? 0 : bytes % 4
    return Math.floor(bytes / 4)
  }
}

function contentLength(head: string): number | undefined {
  const found = /^(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?(\d{1,7})[ \t]*\r?$/im.exec(head)
  return found === null ? undefined : Number(found[1])
}
