import { Ajv } from 'ajv'
import type { HandlerId } from '../call/ids.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import { parseStorable } from '../operations/storable-text.ts'
import type { RingBackCount } from '../pop/board.ts'
import type { Done } from '../pop/pop-courier.ts'
import { Acknowledgements, type AckParts } from './acknowledgements.ts'
import type { Admission } from './admission.ts'
import type { Attention } from './console-presence.ts'
import type { HandlerSession, Wire } from './handler-session.ts'
import type { Hub } from './hub.ts'
import { type Cmd, FromClient, type Hello, type NextGateways, type ServiceLevel, type SourcePanel } from './protocol.ts'
import { CLOSE, PROTOCOL_VERSION, SOCKET_LIMITS, type SocketLimits } from './protocol-limits.ts'
import type { Tickets } from './tickets.ts'

export interface LinkParts extends AckParts {
  readonly hub: Hub
  readonly admission: Admission
  readonly tickets: Tickets
  readonly node: string
  readonly service: () => ServiceLevel
  readonly isSignedOn: (handler: HandlerId) => boolean
  readonly run: (handler: HandlerId, cmd: Cmd) => Promise<Done>
  readonly recordSeen: (handler: HandlerId, popId: string, paintMs: number, at: number) => void
  /** What is known of the person behind the socket; `gone` when it was their last. */
  readonly noteAttention: (handler: HandlerId, attention: Attention) => void
  readonly makeSessionId: () => string
  /** Where a client may go when this gateway does not serve; undefined where nobody has said. */
  readonly next?: (handler: HandlerId) => NextGateways
  /** Calls of this handler's lines that are to be rung back. */
  readonly ringBacks?: (handler: HandlerId) => RingBackCount | undefined
  /** Panels that come beside the built-in ones. */
  readonly panels?: readonly SourcePanel[]
  /** Fences this node when it stood still: what is read now is as old as that. */
  readonly check?: () => boolean
  readonly limits?: SocketLimits
  readonly clock: Clock
}

/** awaiting-hello → opening → live → closed; nothing leads back. */
type State =
  | { readonly kind: 'awaiting-hello' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'live'; readonly session: HandlerSession; readonly acks: Acknowledgements }
  | { readonly kind: 'closed' }

const MAX_COMMANDS = 1_000
/** Those that find no room come back over this time. */
const BUSY_SPREAD_MS = 4_000
const isFromClient = new Ajv({ strict: false }).compile<FromClient>(FromClient)

/** One console's socket, from hello to close. It knows text and times, not sockets; `delivery/socket.ts` has those. */
export class ConsoleLink {
  readonly #parts: LinkParts
  readonly #wire: Wire
  readonly #limits: SocketLimits
  readonly #done = new Map<string, { readonly at: number; readonly answer: Promise<string> }>()
  #state: State = { kind: 'awaiting-hello' }
  #stopHelloLate: Stop = () => {}
  #budget: number
  #budgetAt: number
  #heardAt: number
  #beatAt = 0
  /** Since when the window has been out of sight, as its heartbeats say. */
  #hiddenAt: number | undefined

  constructor(parts: LinkParts, wire: Wire) {
    this.#parts = parts
    this.#wire = wire
    this.#limits = parts.limits ?? SOCKET_LIMITS
    this.#budget = this.#limits.messageBurst
    this.#heardAt = parts.clock.monotonicMs()
    this.#budgetAt = this.#heardAt
  }

  start(): void {
    this.#stopHelloLate = after(this.#limits.helloMs, () => this.#close(CLOSE.helloLate))
  }

  /** The socket is gone, whoever closed it. */
  closed(): void {
    this.#stopHelloLate()
    const state = this.#state
    this.#state = { kind: 'closed' }
    if (state.kind !== 'live') return
    const { hub, noteAttention } = this.#parts
    hub.leave(state.session)
    if (hub.of(state.session.handler) === undefined) noteAttention(state.session.handler, 'gone')
  }

  /** Called often: the heartbeat when it is due, and what the client's silence means. */
  beat(now: number): void {
    if (this.#state.kind !== 'live') return
    const { session, acks } = this.#state
    const { noteAttention, hub, clock, service } = this.#parts
    const isHeard = now - this.#heardAt <= this.#limits.deadAfterMs
    if (hub.of(session.handler) === session) noteAttention(session.handler, this.#attention(isHeard, now))
    if (!isHeard) session.cut(CLOSE.deadLink.code, CLOSE.deadLink.text)
    else if (now >= this.#beatAt) {
      this.#beatAt = now + this.#limits.heartbeatMs
      const ts = new Date(clock.now()).toISOString()
      const more = { ...this.#next(session.handler), ...this.#ringBacks(session.handler) }
      this.#send({ t: 'hb', seq: session.cursor.seq, ts, service: service(), kept: acks.takeKept(), ...more })
    }
  }

  /** The gateway is going: the client is told to come back, not all at once. */
  drain(retryMs: number): void {
    this.#wire.send(JSON.stringify({ t: 'bye', code: 'restart', retryMs }))
    this.#close(CLOSE.restart)
  }

  /** This node may not be believed any more: at once, and without a word that would have to be true. */
  cut(): void {
    // What it has sent and we have not read yet is as old as our standstill.
    this.closed()
    this.#close(CLOSE.restart)
  }

  receive(text: string): void {
    if (this.#state.kind === 'closed' || this.#parts.check?.() === true) return
    this.#heardAt = this.#parts.clock.monotonicMs()
    const message = read(text)
    if (!this.#isWithinRate()) this.#close(CLOSE.tooSlow)
    else if (message === undefined) this.#close(CLOSE.badFrame)
    else if (this.#state.kind === 'awaiting-hello' && message.t === 'hello') {
      this.#state = { kind: 'opening' }
      this.#stopHelloLate()
      this.#admit(message).catch(thrown => this.#broke('socket.open', thrown))
    } else if (this.#state.kind === 'live') this.#receiveLive(message, this.#state)
    else this.#close(CLOSE.badFrame)
  }

  async #admit(hello: Hello): Promise<void> {
    const { admission, metrics } = this.#parts
    const mayEnter = await admission.enter()
    metrics.hellos.inc({ result: mayEnter ? 'admitted' : 'later' })
    if (!mayEnter) {
      this.#send({ t: 'bye', code: 'busy', retryMs: Math.round(Math.random() * BUSY_SPREAD_MS) })
      this.#close(CLOSE.busy)
      return
    }
    try {
      if (this.#state.kind === 'opening') await this.#open(hello)
    } finally {
      admission.leave()
    }
  }

  async #open(hello: Hello): Promise<void> {
    const { tickets, hub, isSignedOn, makeSessionId, service, node, metrics, noteAttention, clock, panels } =
      this.#parts
    const handler = await tickets.spend(hello.ticket)
    if (handler === undefined || !isSignedOn(handler)) return this.#close(CLOSE.notSignedOn)
    const id = makeSessionId()
    const { session, resumed, snapshot } = await hub.open(hello, id, handler, this.#wire)
    if (this.#state.kind !== 'opening') return hub.leave(session)
    this.#state = { kind: 'live', session, acks: new Acknowledgements(this.#parts, session) }
    const { epoch, seq } = session.cursor
    const hb = this.#limits.heartbeatMs
    const who = { session: id, handler, node, service: service() }
    const next = this.#next(handler)
    this.#send({
      t: 'welcome',
      v: PROTOCOL_VERSION,
      ...who,
      epoch,
      seq,
      resumed,
      hb,
      ...next,
      ...(panels === undefined ? {} : { panels })
    })
    if (snapshot !== undefined) session.moveTo(session.cursor, snapshot)
    hub.begin(session)
    metrics.sockets.set(hub.size)
    const now = clock.monotonicMs()
    this.#heardAt = now
    this.#beatAt = now + hb
    noteAttention(handler, 'live')
  }

  #receiveLive(message: FromClient, { session, acks }: Extract<State, { kind: 'live' }>): void {
    const { clock, recordSeen, metrics } = this.#parts
    const at = clock.now()
    switch (message.t) {
      case 'ack':
        if (session.takeOwed()) this.#budget += 1
        session.ack(message.seq)
        if (message.pops !== undefined) acks.take(message.pops, at)
        return
      case 'seen':
        if (session.takeOwed()) this.#budget += 1
        if (acks.isTheirs(message.popId) !== true) return
        metrics.paintSeconds.observe(message.paintMs / 1000)
        recordSeen(session.handler, message.popId, message.paintMs, at)
        return
      case 'cmd':
        this.#command(session.handler, message).catch(thrown => this.#broke('socket.command', thrown))
        return
      case 'bye':
        this.#wire.close(1000, 'bye')
        return
      case 'hello':
        this.#close(CLOSE.badFrame)
        return
      case 'hb':
        this.#hiddenAt = message.vis === 'visible' ? undefined : (this.#hiddenAt ?? this.#heardAt)
        return
    }
  }

  /** The same command id gets the same answer, however often a client that lost the first asks. */
  async #command(handler: HandlerId, cmd: Cmd): Promise<void> {
    const now = this.#parts.clock.monotonicMs()
    for (const [id, { at }] of this.#done) {
      if (this.#done.size < MAX_COMMANDS && now - at < this.#limits.commandMemoryMs) break
      this.#done.delete(id)
    }
    const known = this.#done.get(cmd.id)
    const answer = known?.answer ?? this.#answer(handler, cmd)
    if (known === undefined) this.#done.set(cmd.id, { at: now, answer })
    this.#wire.send(await answer)
  }

  async #answer(handler: HandlerId, cmd: Cmd): Promise<string> {
    const done = await this.#parts.run(handler, cmd).catch((thrown: unknown): Done => {
      this.#done.delete(cmd.id)
      this.#parts.log.fault('socket.command', thrown, { handler })
      return { ok: false, code: 'call.try-again', text: 'The record does not answer. Try again.' }
    })
    const error = done.ok ? {} : { error: { code: done.code, text: done.text } }
    return JSON.stringify({ t: 'res', id: cmd.id, ok: done.ok, ...error })
  }

  #next(handler: HandlerId): { readonly next?: NextGateways } {
    const { next } = this.#parts
    return next === undefined ? {} : { next: next(handler) }
  }

  #ringBacks(handler: HandlerId): { readonly ringBacks?: RingBackCount } {
    const ringBacks = this.#parts.ringBacks?.(handler)
    return ringBacks === undefined ? {} : { ringBacks }
  }

  #attention(isHeard: boolean, now: number): Attention {
    if (!isHeard) return 'stale'
    return this.#hiddenAt !== undefined && now - this.#hiddenAt > this.#limits.hiddenAfterMs ? 'hidden' : 'live'
  }

  /** Token bucket: a burst, then so many a second. */
  #isWithinRate(): boolean {
    const now = this.#heardAt
    const refill = ((now - this.#budgetAt) / 1000) * this.#limits.messagesPerSecond
    this.#budget = Math.min(this.#limits.messageBurst, this.#budget + refill) - 1
    this.#budgetAt = now
    return this.#budget >= 0
  }

  /** A bug or a store's fault in the middle of a message: the client starts again, nobody else notices. */
  #broke(event: string, thrown: unknown): void {
    this.#parts.log.fault(event, thrown)
    this.#close(CLOSE.restart)
  }

  #close({ code, text }: { readonly code: number; readonly text: string }): void {
    this.#wire.close(code, text)
  }

  #send(message: object): void {
    this.#wire.send(JSON.stringify(message))
  }
}

function read(text: string): FromClient | undefined {
  try {
    const message = parseStorable(text)
    return isFromClient(message) ? message : undefined
  } catch {
    return undefined
  }
}
