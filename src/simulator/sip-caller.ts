import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { after, type Stop } from '../operations/lifecycle.ts'

/** One call as the demo's switch places it. */
export interface CallPlan {
  readonly ddi: string
  /** As the network asserts it; absent: none. */
  readonly asserted?: string
  /** As the caller shows it; absent: anonymous. */
  readonly shown?: string
  readonly name?: string
  readonly device?: string
  /** PIDF-LO document for the INVITE. */
  readonly location?: string
}

/** A call under way: what its switch may say in it. */
export interface PlacedCall {
  /** 200 when our event leg was taken; the first final answer otherwise, or 408. */
  readonly answered: Promise<number>
  /** INFO inside the dialog with the headers given. */
  tell(headers: readonly string[]): void
  hangUp(): void
}

interface Sent {
  readonly bytes: Buffer
  stop: Stop
  pauseMs: number
  triesLeft: number
}

const T1_MS = 500
const T2_MS = 4_000
/** Timer B: seven sendings in 32 s. */
const TRIES = 7
const HANG_UP_MS = 1_000

/** A small SIP client for the demo: one UDP socket, event legs out, what it sends repeated until it is answered. */
export class SipCaller {
  readonly #socket: Socket = createSocket('udp4')
  readonly #target: { readonly host: string; readonly port: number }
  readonly #answers = new Map<string, (status: number, head: string) => void>()
  readonly #sent = new Map<string, Sent>()
  /** How to end each call that was answered. */
  readonly #up = new Set<() => Promise<unknown>>()
  #local = ''

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target
  }

  async start(): Promise<void> {
    this.#socket.on('message', bytes => this.#onMessage(bytes.toString('latin1')))
    // A gateway that is being restarted refuses datagrams for a moment; what was sent is sent again.
    this.#socket.on('error', () => {})
    await new Promise<void>(done => this.#socket.bind(0, this.#target.host, done))
    this.#local = `${this.#target.host}:${this.#socket.address().port}`
  }

  /** Hangs up what is still up, as a switch does, and waits a moment for the answers. */
  async stop(): Promise<void> {
    const byes = Promise.all([...this.#up].map(hangUp => hangUp()))
    let giveUp: Stop = () => {}
    const late = new Promise<void>(done => {
      giveUp = after(HANG_UP_MS, done)
    })
    await Promise.race([byes, late])
    giveUp()
    for (const { stop } of this.#sent.values()) stop()
    this.#sent.clear()
    await new Promise<void>(done => this.#socket.close(() => done()))
  }

  place(plan: CallPlan): PlacedCall {
    const id = randomBytes(8).toString('hex')
    const dialog = new CallerDialog(plan, { id, local: this.#local, ...this.#target })
    let cseq = 1
    let toTag = ''
    const request = (method: string, headers: readonly string[], body = '') =>
      this.#request(dialog.request(method, cseq++, toTag, headers, body), `${id} ${method} ${cseq - 1}`)
    const hangUp = () => {
      this.#up.delete(hangUp)
      return request('BYE', [])
    }
    const answered = request('INVITE', dialog.inviteHeaders(), dialog.inviteBody()).then(({ status, head }) => {
      toTag = /^to:.*;tag=([^\s;]+)/im.exec(head)?.[1] ?? ''
      if (status >= 300) return status
      this.#send(dialog.request('ACK', cseq - 1, toTag, [], ''))
      this.#up.add(hangUp)
      return status
    })
    return {
      answered,
      tell: headers => void request('INFO', headers),
      hangUp: () => void hangUp()
    }
  }

  /** Resolves with the final answer, or 408 when there was none. */
  #request(text: string, key: string): Promise<{ status: number; head: string }> {
    return new Promise(done => {
      const sent: Sent = { bytes: Buffer.from(text, 'latin1'), stop: () => {}, pauseMs: T1_MS, triesLeft: TRIES }
      const end = (status: number, head: string) => {
        sent.stop()
        this.#sent.delete(key)
        this.#answers.delete(key)
        done({ status, head })
      }
      const send = () => {
        if (sent.triesLeft-- === 0) return end(408, '')
        this.#socket.send(sent.bytes, this.#target.port, this.#target.host)
        sent.stop = after(sent.pauseMs, send)
        sent.pauseMs = Math.min(sent.pauseMs * 2, T2_MS)
      }
      this.#sent.set(key, sent)
      this.#answers.set(key, (status, head) => {
        if (status >= 200) end(status, head)
      })
      send()
    })
  }

  #send(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'), this.#target.port, this.#target.host)
  }

  #onMessage(text: string): void {
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1])
    const callId = /^call-id:\s*([^@\s]+)/im.exec(text)?.[1]
    const [, cseq, method] = /^cseq:\s*(\d+)\s+(\S+)/im.exec(text) ?? []
    if (Number.isNaN(status)) return
    this.#answers.get(`${callId} ${method} ${cseq}`)?.(status, text)
  }
}

/** The texts of one dialog; knows no socket. */
class CallerDialog {
  readonly #plan: CallPlan
  readonly #at: { readonly id: string; readonly local: string; readonly host: string; readonly port: number }

  constructor(plan: CallPlan, at: { id: string; local: string; host: string; port: number }) {
    this.#plan = plan
    this.#at = at
  }

  request(method: string, cseq: number, toTag: string, headers: readonly string[], body: string): string {
    const { ddi, shown, name } = this.#plan
    const { id, local, host, port } = this.#at
    const display = name === undefined ? '' : `"${name}" `
    const from =
      shown === undefined ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : `${display}<sip:${shown}@${local}>`
    return [
      `${method} sip:${ddi}@${host}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${local};branch=z9hG4bK${id}${cseq}${method};rport`,
      `From: ${from};tag=${id}`,
      `To: <sip:${ddi}@${host}:${port}>${toTag === '' ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${id}@demo-switch`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:switch@${local}>`,
      'Max-Forwards: 70',
      ...headers,
      `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
      '',
      body
    ].join('\r\n')
  }

  inviteHeaders(): readonly string[] {
    const { asserted, shown, device, location } = this.#plan
    return [
      ...(asserted === undefined ? [] : [`P-Asserted-Identity: <tel:${asserted}>`]),
      ...(shown === undefined ? ['Privacy: id'] : []),
      ...(device === undefined ? [] : [`X-Device: ${device}`]),
      ...(location === undefined
        ? ['Content-Type: application/sdp']
        : ['Geolocation: <cid:fix@demo-switch>', `Content-Type: multipart/mixed;boundary=${BOUNDARY}`])
    ]
  }

  inviteBody(): string {
    const { location } = this.#plan
    const sdp = [
      'v=0',
      'o=switch 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 49170 RTP/AVP 8',
      ''
    ]
    if (location === undefined) return sdp.join('\r\n')
    const part = (type: string, content: string) =>
      `--${BOUNDARY}\r\nContent-Type: ${type}\r\nContent-ID: <${type === 'application/sdp' ? 'sdp' : 'fix'}@demo-switch>\r\n\r\n${content}\r\n`
    return `${part('application/sdp', sdp.join('\r\n'))}${part('application/pidf+xml', location)}--${BOUNDARY}--\r\n`
  }
}

const BOUNDARY = 'callbox-demo-part'
