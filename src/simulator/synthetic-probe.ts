import { WebSocket } from 'ws'
import type { FromClient, ToClient } from '../delivery/protocol.ts'
import { PROTOCOL_VERSION, SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop, within } from '../operations/lifecycle.ts'
import { type PlacedCall, SipCaller } from './sip-caller.ts'

interface Parts {
  readonly sip: { readonly host: string; readonly port: number }
  /** As `http://127.0.0.1:8080`, and the origin that the socket's door lets in. */
  readonly http: { readonly url: string; readonly origin: string }
  /** The number that only this process knows. */
  readonly number: string
  readonly giveTicket: () => string
}

/** refused: the gateway said 503, as it says to any call but 999 when it has too much to do. */
export type ProbeResult =
  | { readonly kind: 'popped'; readonly ms: number }
  | { readonly kind: 'failed' | 'refused'; readonly why: string }

/** Of a whole test: a pop that takes longer is none (docs/alarms.md). */
const POP_WITHIN_MS = 10_000
/** What follows the pop: the call ends, and its card is closed. */
const CLOSE_WITHIN_MS = 5_000
/** Calls whose card could not be closed at once, as while the record is away. */
const MAX_UNCLOSED = 100

/**
 * A test call the whole way, as a switch and a handler see it: INVITE to our own port, through the record's answer, to
 * a pop on a socket of its own, acknowledged; then the call ends and its card is closed. One at a time.
 */
export class SyntheticProbe {
  readonly #parts: Parts
  readonly #caller: SipCaller
  readonly #unclosed = new Set<string>()
  #console: ProbeConsole | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#caller = new SipCaller(parts.sip)
  }

  start(): Promise<void> {
    return this.#caller.start()
  }

  async stop(): Promise<void> {
    this.#console?.end()
    await this.#caller.stop()
  }

  /** Never rejects. */
  async run(): Promise<ProbeResult> {
    let call: PlacedCall | undefined
    let giveUp: Stop = () => {}
    const late = new Promise<ProbeResult>(done => {
      giveUp = after(POP_WITHIN_MS, () => done({ kind: 'failed', why: this.#late(call !== undefined) }))
    })
    const screen = new ProbeConsole(this.#parts)
    this.#console = screen
    try {
      const result = await Promise.race([
        late,
        screen.open().then(() => {
          call = this.#caller.place({ ddi: this.#parts.number })
          return this.#popOf(call, screen)
        })
      ])
      giveUp()
      if (call !== undefined) endOnceUp(call)
      if (result.kind === 'popped') await this.#close(screen)
      return result
    } catch (thrown) {
      if (call !== undefined) endOnceUp(call)
      return { kind: 'failed', why: reasonOf(thrown) }
    } finally {
      giveUp()
      screen.end()
      this.#console = undefined
    }
  }

  async #popOf(call: PlacedCall, screen: ProbeConsole): Promise<ProbeResult> {
    const began = performance.now()
    const refused = call.answered.then((status): Promise<ProbeResult> | ProbeResult => {
      if (status === 503) return { kind: 'refused', why: 'the call was refused with 503' }
      // Answered: what counts is the pop.
      return status < 300 ? new Promise(() => {}) : { kind: 'failed', why: `the INVITE was answered ${status}` }
    })
    const popped = screen.popped().then((callId): ProbeResult => {
      this.#unclosed.add(callId)
      const [oldest] = this.#unclosed
      if (this.#unclosed.size > MAX_UNCLOSED && oldest !== undefined) this.#unclosed.delete(oldest)
      return { kind: 'popped', ms: performance.now() - began }
    })
    return Promise.race([popped, refused])
  }

  /** This call's card, and those of earlier ones that are still there; what cannot be closed now is tried next time. */
  async #close(screen: ProbeConsole): Promise<void> {
    const closed = Promise.all(
      [...this.#unclosed].map(async callId => {
        if (await screen.close(callId)) this.#unclosed.delete(callId)
      })
    )
    // A socket that closes meanwhile is no news: the pop has come.
    await within(
      CLOSE_WITHIN_MS,
      closed.catch(() => {})
    )
  }

  #late(isPlaced: boolean): string {
    const within = `in ${POP_WITHIN_MS / 1000} s`
    return isPlaced ? `no pop came ${within}` : `the socket was not welcomed ${within}`
  }
}

/** The pop comes before the answer, and what was not answered has no dialog to end. */
function endOnceUp(call: PlacedCall): void {
  // Never rejects: no answer is one too.
  void call.answered.then(status => {
    if (status < 300) call.hangUp()
  })
}

const CLOSE_AGAIN_MS = 100

/** A screen that sees test calls only. */
class ProbeConsole {
  readonly #parts: Parts
  #socket: WebSocket | undefined
  readonly #pop = Promise.withResolvers<string>()
  readonly #welcome = Promise.withResolvers<void>()
  readonly #answers = new Map<string, (message: Extract<ToClient, { t: 'res' }>) => void>()
  #command = 0
  #isOver = false

  constructor(parts: Parts) {
    this.#parts = parts
    // Whoever waits is told; where nobody does, nothing is missed.
    this.#pop.promise.catch(() => {})
    this.#welcome.promise.catch(() => {})
  }

  /** Resolves when the gateway has welcomed it. */
  open(): Promise<void> {
    const { http, giveTicket } = this.#parts
    const socket = new WebSocket(`${http.url.replace(/^http/, 'ws')}/api/v1/ws`, SUBPROTOCOL, { origin: http.origin })
    this.#socket = socket
    socket.on('open', () => {
      this.#send({ t: 'hello', v: PROTOCOL_VERSION, ticket: giveTicket(), client: 'callbox-synthetic' })
    })
    socket.on('message', data => this.#receive(JSON.parse(data.toString()) as ToClient))
    socket.on('error', thrown => this.#fail(thrown))
    socket.on('close', code => this.#fail(new Error(`its socket was closed with ${code}`)))
    return this.#welcome.promise
  }

  /** The id of the call that popped. */
  popped(): Promise<string> {
    return this.#pop.promise
  }

  /** True when the card is gone. The call's end may be a moment behind us. */
  async close(call: string): Promise<boolean> {
    for (let left = CLOSE_WITHIN_MS; left > 0 && !this.#isOver; left -= CLOSE_AGAIN_MS) {
      const id = `close-${call}-${++this.#command}`
      const answer = new Promise<Extract<ToClient, { t: 'res' }>>(done => this.#answers.set(id, done))
      this.#send({ t: 'cmd', id: id.slice(0, 64), op: 'call.close', args: { call } })
      if ((await answer).ok) return true
      await new Promise<void>(done => {
        after(CLOSE_AGAIN_MS, done)
      })
    }
    return false
  }

  end(): void {
    this.#isOver = true
    this.#socket?.terminate()
    // Nobody waits for ever for a socket that is gone.
    for (const done of this.#answers.values()) done({ t: 'res', id: '', ok: false })
    this.#answers.clear()
  }

  #receive(message: ToClient): void {
    if (message.t === 'welcome') this.#welcome.resolve()
    else if (message.t === 'hb') this.#send({ t: 'hb', vis: 'visible' })
    else if (message.t === 'res') {
      this.#answers.get(message.id)?.(message)
      this.#answers.delete(message.id)
    } else if (message.t === 'ev' && message.ev.type === 'call.pop') {
      const { popId, state } = message.ev.data
      this.#send({ t: 'ack', seq: message.seq ?? 0, pops: [popId] })
      if (state !== 'released') this.#pop.resolve(message.ev.call)
    }
  }

  #send(message: FromClient): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #fail(thrown: Error): void {
    this.#welcome.reject(thrown)
    this.#pop.reject(thrown)
    this.end()
  }
}
