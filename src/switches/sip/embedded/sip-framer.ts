export interface Framed {
  readonly messages: readonly Buffer[]
  /** Keep-alives that ask for an answer. */
  readonly pings: number
  /** The stream cannot be followed any further; the connection must end. */
  readonly fault?: 'too-large' | 'no-content-length'
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Cuts a byte stream into SIP messages (RFC 3261 §18.3): head, then as many bytes as Content-Length says. */
export class SipFramer {
  readonly #maxBytes: number
  #rest: Buffer = Buffer.alloc(0)
  #emptyBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): Framed {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: Buffer[] = []
    let pings = 0
    for (;;) {
      const skipped = this.#skipEmptyLines()
      pings += skipped
      const headEnd = this.#rest.indexOf(HEAD_END)
      if (headEnd < 0) {
        if (this.#rest.length > this.#maxBytes) return { messages, pings, fault: 'too-large' }
        return { messages, pings }
      }
      const length = contentLength(this.#rest.toString('latin1', 0, headEnd))
      if (length === undefined) return { messages, pings, fault: 'no-content-length' }
      const size = headEnd + HEAD_END.length + length
      if (size > this.#maxBytes) return { messages, pings, fault: 'too-large' }
      if (this.#rest.length < size) return { messages, pings }
      messages.push(this.#rest.subarray(0, size))
      this.#rest = this.#rest.subarray(size)
    }
  }

  /** Empty lines before a message; each pair of them is one keep-alive (RFC 5626 §3.5.1), however it is cut. */
  #skipEmptyLines(): number {
    let at = 0
    while (this.#rest[at] === 13 || this.#rest[at] === 10) at += 1
    if (at > 0) this.#rest = this.#rest.subarray(at)
    const bytes = this.#emptyBytes + at
    this.#emptyBytes = this.#rest.length > 0 ? 0 : bytes % 4
    return Math.floor(bytes / 4)
  }
}

function contentLength(head: string): number | undefined {
  const found = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,7})[ \t]*\r?$/im.exec(head)
  return found === null ? undefined : Number(found[1])
}
