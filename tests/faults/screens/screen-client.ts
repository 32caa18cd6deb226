import { WebSocket } from 'ws'
import type { FromClient, ToClient } from '../../../src/delivery/protocol.ts'
import { SOCKET_LIMITS, SUBPROTOCOL } from '../../../src/delivery/protocol-limits.ts'
import { after, interval, type Stop } from '../../../src/operations/lifecycle.ts'
import type { SeededRandom } from '../../../src/simulator/seeded-random.ts'
import type { Desk, Line, ScreenHistory } from '../oracle/history.ts'
import { toLeanLine } from './lean-line.ts'

interface Parts {
  readonly desk: Desk
  /** As `http://127.0.0.1:8080`, one for each gateway; it starts with the first. */
  readonly gateways: readonly string[]
  /** Set-Cookie value of its sign-on, without attributes. */
  readonly cookie: string
  readonly random: SeededRandom
  readonly acks?: boolean
  /** Keeps of each frame only what is judged. */
  readonly isLean?: boolean
}

/** Between two tries, so that many do not come back in one moment. */
const RETRY_MS = { from: 50, to: 500 } as const
/** A node that stands still takes the connection and never answers. */
const OPEN_WITHIN_MS = 1_500
const CHECK_MS = 500
const MAX_ACK_POPS = 200
/** An acknowledgement that no heartbeat has said to be in the record goes again this often. */
const ACK_AGAIN_MS = 10_000
const MAX_UNKEPT = 2_000

/**
 * A handler without a screen, as a witness: it writes down every frame as it comes, before it looks at it, and then
 * does what a client must: counts an event once, acknowledges, and goes round the gateways with its cursor when a link breaks or
 * falls silent.
 */
export class ScreenClient {
  readonly desk: Desk
  readonly lines: Line[] = []
  readonly #parts: Parts
  #link = 0
  #socket: WebSocket | undefined
  #cursor: { epoch: string; seq: number; eventId?: string } | undefined
  #isStopped = false
  #heardAt = 0
  #at = 0
  #unacked = 0
  readonly #popped = new Set<string>()
  /** Pops whose acknowledgement is not known to be in the record, and when it was last sent. */
  readonly #unkept = new Map<string, number>()
  #stopRetry: Stop = () => {}
  #stopAck: Stop = () => {}
  #stopCheck: Stop = () => {}
  #onWelcome: () => void = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.desk = parts.desk
  }

  get history(): ScreenHistory {
    return { desk: this.desk, lines: this.lines, ...(this.#parts.acks === false ? { isOutOfOrder: true } : {}) }
  }

  /** Whether it is welcome somewhere now. */
  get isLive(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN && this.#cursor !== undefined
  }

  get socket(): WebSocket | undefined {
    return this.#socket
  }

  /** Resolves with its first welcome. */
  async start(): Promise<void> {
    const welcomed = new Promise<void>(done => {
      this.#onWelcome = done
    })
    this.#stopCheck = interval(() => this.#check(), CHECK_MS)
    this.#connect()
    await welcomed
  }

  /** Breaks the link without a word, as a network does; it comes back by itself. */
  cut(): void {
    this.#socket?.terminate()
  }

  stop(): void {
    this.#isStopped = true
    for (const stop of [this.#stopRetry, this.#stopAck, this.#stopCheck]) stop()
    this.#socket?.terminate()
  }

  #connect(): void {
    this.#open().catch(() => this.#again())
  }

  async #open(): Promise<void> {
    const { gateways, cookie } = this.#parts
    const url = gateways[this.#at % gateways.length] ?? ''
    const answer = await fetch(`${url}/api/v1/ws-ticket`, {
      method: 'POST',
      headers: { 'x-callbox': '1', cookie },
      signal: AbortSignal.timeout(OPEN_WITHIN_MS)
    })
    if (!answer.ok) throw new Error(`no ticket: ${answer.status}`)
    const { ticket } = (await answer.json()) as { ticket: string }
    if (this.#isStopped) return
    this.#link += 1
    const link = this.#link
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, SUBPROTOCOL, {
      origin: url,
      handshakeTimeout: OPEN_WITHIN_MS
    })
    this.#socket = socket
    this.#heardAt = performance.now()
    socket.on('open', () => {
      this.#write({ at: wallClock(), link, way: 'open' })
      const resume = this.#cursor === undefined ? {} : { resume: this.#cursor }
      this.#send({ t: 'hello', v: 1, ticket, client: 'callbox-witness', ...resume })
    })
    socket.on('message', data => {
      const at = wallClock()
      const message = JSON.parse(data.toString()) as ToClient
      this.#write({ at, link, way: 'in', message })
      if (link === this.#link) this.#receive(message)
    })
    socket.on('error', () => {})
    socket.on('close', code => {
      this.#write({ at: wallClock(), link, way: 'closed', code })
      if (link === this.#link) this.#again()
    })
  }

  /** The next gateway, after a moment of its own. */
  #again(): void {
    if (this.#isStopped) return
    this.#at += 1
    this.#stopRetry()
    this.#stopRetry = after(this.#parts.random.between(RETRY_MS.from, RETRY_MS.to), () => this.#connect())
  }

  #write(line: Line): void {
    const kept = this.#parts.isLean === true ? toLeanLine(line) : line
    if (kept !== undefined) this.lines.push(kept)
  }

  /** A link on which nothing was heard for as long as the protocol says is dead. */
  #check(): void {
    const isSilent = performance.now() - this.#heardAt > SOCKET_LIMITS.deadAfterMs
    if (isSilent && this.#socket?.readyState === WebSocket.OPEN) this.#socket.terminate()
  }

  #receive(message: ToClient): void {
    this.#heardAt = performance.now()
    if (message.t === 'welcome') {
      this.#onWelcome()
      if (message.resumed) this.#ackAgain(0)
    } else if (message.t === 'hb') {
      this.#send({ t: 'hb', vis: 'visible' })
      for (const popId of message.kept ?? []) this.#unkept.delete(popId)
      // An older gateway does not say what is in the record.
      if (message.kept !== undefined) this.#ackAgain(ACK_AGAIN_MS)
    } else if (message.t === 'snapshot') {
      const { epoch, seq, eventId } = message
      if (!message.more) this.#cursor = { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
      this.#ack(message.more ? 0 : seq, message.cards.map(card => card.pop.popId).slice(0, MAX_ACK_POPS))
      if (!message.more) this.#ackAgain(0)
    } else if (message.t === 'ev') {
      const { seq, ev, eventId } = message
      if (seq !== undefined && this.#cursor !== undefined) {
        this.#cursor = { epoch: this.#cursor.epoch, seq, eventId }
      }
      // A state of a call that was not here is its pop (docs/protocol.md).
      const isPop = ev.type === 'call.pop' || (ev.type === 'call.state' && !this.#popped.has(ev.data.popId))
      if (isPop) this.#ack(this.#cursor?.seq ?? 0, [ev.data.popId])
      else this.#ackSoon()
    }
  }

  #ackSoon(): void {
    this.#unacked += 1
    if (this.#unacked >= SOCKET_LIMITS.ackEveryEvents) this.#ack(this.#cursor?.seq ?? 0, [])
    else if (this.#unacked === 1) {
      this.#stopAck = after(SOCKET_LIMITS.ackEveryMs, () => this.#ack(this.#cursor?.seq ?? 0, []))
    }
  }

  /** Acknowledgements can be lost with the link, or with the gateway that had them. */
  #ackAgain(olderThanMs: number): void {
    const by = performance.now() - olderThanMs
    const due = [...this.#unkept].flatMap(([popId, sentAt]) => (sentAt <= by ? [popId] : []))
    for (let at = 0; at < due.length; at += MAX_ACK_POPS) {
      this.#ack(this.#cursor?.seq ?? 0, due.slice(at, at + MAX_ACK_POPS))
    }
  }

  #ack(seq: number, pops: readonly string[]): void {
    this.#stopAck()
    this.#unacked = 0
    if (this.#parts.acks === false) return
    for (const popId of pops) {
      this.#popped.add(popId)
      this.#unkept.set(popId, performance.now())
    }
    for (const popId of this.#unkept.keys()) {
      if (this.#unkept.size <= MAX_UNKEPT) break
      this.#unkept.delete(popId)
    }
    this.#send({ t: 'ack', seq, ...(pops.length === 0 ? {} : { pops: [...pops] }) })
  }

  #send(message: FromClient): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#write({ at: wallClock(), link: this.#link, way: 'out', message })
    this.#socket.send(JSON.stringify(message))
  }
}

/** Epoch milliseconds with fractions, never set back. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now()
}
