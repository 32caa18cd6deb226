import { WebSocket } from 'ws'
import type { Ev, FromClient, ToClient } from '../delivery/protocol.ts'
import { SOCKET_LIMITS, SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { BoardEvent } from '../pop/board.ts'
import type { PopEvent } from '../pop/pop.ts'

/** One event as it reached the client, noted before it is acknowledged: what the gateway is judged by. */
export interface Received {
  /** Epoch ms, with fractions. */
  readonly at: number
  readonly seq: number | undefined
  readonly eventId: string
  readonly ev: PopEvent
}

interface Parts {
  /** As `http://127.0.0.1:8080`. */
  readonly url: string
  readonly handler: string
  readonly password: string
  readonly position: string
  readonly onEvent?: (received: Received) => void
}

/** Up to this long, doubled with each try in vain: handlers of one room must not come back as one. */
const FIRST_RETRY_MS = 200
const MAX_RETRY_MS = 1_000
/** What is no pop may be acknowledged this much later, or with this many others (docs/protocol.md). */
const ACK_WITHIN_MS = SOCKET_LIMITS.ackEveryMs
const ACK_EVENTS = SOCKET_LIMITS.ackEveryEvents
/** Pops one acknowledgement may name. */
const MAX_ACK_POPS = 200

/**
 * A handler without a screen: signs on, holds a socket, notes and acknowledges everything, and comes back with its
 * cursor when the socket breaks. It shares nothing with the console but the wire.
 */
export class HandlerClient {
  readonly journal: Received[] = []
  /** What a supervisor was told of alarms and the ledger, repeats left out. */
  readonly board: BoardEvent[] = []
  /** Calls in the snapshots it was given, with the pops they carry. */
  readonly snapshotPops = new Set<string>()
  /** Panels that came in snapshots: `call:panel`. */
  readonly snapshotPanels = new Set<string>()
  readonly #parts: Parts
  readonly #known = new Set<string>()
  #cookie = ''
  #socket: WebSocket | undefined
  #cursor: { epoch: string; seq: number; eventId?: string } | undefined
  #stopped = false
  #stopRetry: Stop = () => {}
  #tries = 0
  #stopAck: Stop = () => {}
  #unacked = 0
  #lastPops: string[] = []
  #welcomes = 0
  #closes: number[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get handler(): string {
    return this.#parts.handler
  }

  /** How often the gateway has welcomed it: 1 is the first time. */
  get welcomes(): number {
    return this.#welcomes
  }

  /** Close codes seen, in order. */
  get closes(): readonly number[] {
    return this.#closes
  }

  /** Resolves when the first welcome has come. */
  async start(): Promise<void> {
    const { url, handler, password, position } = this.#parts
    const answer = await fetch(`${url}/api/v1/sign-on`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-callbox': '1' },
      body: JSON.stringify({ handler, password, position })
    })
    if (!answer.ok) throw new Error(`${handler} cannot sign on: ${answer.status} ${await answer.text()}`)
    this.#cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    await this.#connect()
  }

  /** Breaks the socket without a word, as a network does; the client comes back by itself. */
  cut(): void {
    this.#socket?.terminate()
  }

  /** From the next close on it does not come back by itself, as a page that was told of another one. */
  staysAway(): void {
    this.#stopped = true
  }

  /** As the button does; the gateway closes the socket. */
  async signOff(): Promise<void> {
    this.staysAway()
    const headers = { 'x-callbox': '1', cookie: this.#cookie }
    const answer = await fetch(`${this.#parts.url}/api/v1/sign-off`, { method: 'POST', headers })
    if (!answer.ok) throw new Error(`${this.handler} cannot sign off: ${answer.status}`)
  }

  stop(): void {
    this.#stopped = true
    this.#stopRetry()
    this.#stopAck()
    this.#socket?.terminate()
  }

  async #connect(): Promise<void> {
    const { url } = this.#parts
    const answer = await fetch(`${url}/api/v1/ws-ticket`, {
      method: 'POST',
      headers: { 'x-callbox': '1', cookie: this.#cookie }
    })
    if (!answer.ok) throw new Error(`no ticket: ${answer.status} ${await answer.text()}`)
    const { ticket } = (await answer.json()) as { ticket: string }
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, SUBPROTOCOL, { origin: url })
    this.#socket = socket
    await new Promise<void>((welcomed, fail) => {
      socket.on('open', () => {
        const resume = this.#cursor === undefined ? {} : { resume: this.#cursor }
        this.#send({ t: 'hello', v: 1, ticket, client: 'callbox-simulator', ...resume })
      })
      socket.on('message', data => {
        const message = JSON.parse(data.toString()) as ToClient
        this.#receive(message)
        if (message.t === 'welcome') welcomed()
      })
      socket.on('error', fail)
      socket.on('close', code => {
        this.#closes.push(code)
        fail(new Error(`closed with ${code}`))
        this.#again()
      })
    })
  }

  #again(): void {
    if (this.#stopped) return
    this.#stopRetry()
    const delayMs = Math.random() * Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#tries, 8))
    this.#tries += 1
    this.#stopRetry = after(delayMs, () => {
      // The gateway may be down for a while: the next try comes round.
      this.#connect().catch(() => this.#again())
    })
  }

  #receive(message: ToClient): void {
    const at = performance.timeOrigin + performance.now()
    if (message.t === 'welcome') {
      this.#welcomes += 1
      this.#tries = 0
      this.#ackAgain()
    } else if (message.t === 'hb') this.#send({ t: 'hb', vis: 'visible' })
    else if (message.t === 'snapshot') {
      const { epoch, seq, eventId } = message
      if (!message.more) this.#cursor = { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
      for (const { call, pop, panels } of message.cards) {
        this.snapshotPops.add(pop.popId)
        for (const { panel } of panels) this.snapshotPanels.add(`${call}:${panel.panel}`)
      }
      this.#ack(message.more ? 0 : seq, message.cards.map(card => card.pop.popId).slice(0, 200))
    } else if (message.t === 'ev') {
      // What went straight to the socket while Redis was slow comes again with its place in the log.
      if (!this.#known.has(message.eventId)) {
        this.#known.add(message.eventId)
        this.#note(at, message)
      }
      const { seq, ev } = message
      if (seq !== undefined && this.#cursor !== undefined) {
        this.#cursor = { epoch: this.#cursor.epoch, seq, eventId: message.eventId }
      }
      if (ev.type === 'call.pop') this.#ack(seq ?? this.#cursor?.seq ?? 0, [ev.data.popId])
      else this.#ackSoon()
    }
  }

  #note(at: number, { seq, eventId, ev }: Ev): void {
    if (!('call' in ev)) {
      this.board.push(ev)
      return
    }
    const received: Received = { at, seq, eventId, ev }
    this.journal.push(received)
    this.#parts.onEvent?.(received)
  }

  #ackSoon(): void {
    this.#unacked += 1
    if (this.#unacked >= ACK_EVENTS) this.#ack(this.#cursor?.seq ?? 0, [])
    else if (this.#unacked === 1) this.#stopAck = after(ACK_WITHIN_MS, () => this.#ack(this.#cursor?.seq ?? 0, []))
  }

  /** Acknowledgements can be lost with the link: the last pops go again after it. */
  #ackAgain(): void {
    if (this.#lastPops.length > 0) this.#ack(this.#cursor?.seq ?? 0, this.#lastPops)
  }

  #ack(seq: number, pops: readonly string[]): void {
    this.#stopAck()
    this.#unacked = 0
    this.#lastPops = [...new Set([...this.#lastPops, ...pops])].slice(-MAX_ACK_POPS)
    this.#send({ t: 'ack', seq, ...(pops.length === 0 ? {} : { pops: [...pops] }) })
  }

  #send(message: FromClient): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }
}
