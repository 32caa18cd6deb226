import type { CmdArgs, Ev, FromClient, Snapshot, ToClient, Welcome } from '../delivery/protocol.ts'
import { PROTOCOL_VERSION } from '../delivery/protocol-limits.ts'
import type { ConsoleClientParts } from './client-parts.ts'
import { type CommandName, type CommandResult, Commands, makeCommandId } from './commands.ts'
import { Gateways } from './gateways.ts'
import { type Down, Link } from './link.ts'
import { type EndedWhy, endedBy, type LinkState } from './link-state.ts'
import { Receipts } from './receipts.ts'
import { retryDelayMs } from './retry-delay.ts'
import { EMPTY_SCREEN, reduce, type Screen } from './screen.ts'
import { SnapshotParts } from './snapshot-parts.ts'
import { realTime, type Stop, type Time } from './time.ts'

interface Cursor {
  readonly epoch: string
  readonly seq: number
  readonly eventId?: string
}

/** A link that held this long was a good one: the next loss starts from the shortest wait again. */
const STEADY_MS = 30_000
const MAX_EVENT_IDS = 4_000
/** Whatever a gateway says: a handler does not sit before a dead screen for longer. */
const MAX_TURN_MS = 30_000

/**
 * Holds a handler's screen against the gateway: connects, resumes where it was, acknowledges, and comes back after
 * every loss until it is stopped or told not to. It never guesses: a gap in the sequence is asked for again.
 */
export class ConsoleClient {
  readonly #parts: ConsoleClientParts
  readonly #time: Time
  readonly #receipts: Receipts
  readonly #commands: Commands
  readonly #gateways: Gateways
  /** What came already, by event id: straight to the socket, it comes again with its place in the log. */
  readonly #eventIds = new Set<string>()
  readonly #arriving = new SnapshotParts()
  #state: LinkState = { kind: 'ended', why: 'stopped' }
  #screen: Screen = EMPTY_SCREEN
  #cursor: Cursor | undefined
  #link: Link | undefined
  #attempt = 0
  #byeRetryMs: number | undefined
  #node = ''
  #stopRetry: Stop = () => {}
  #liveAtMs = 0
  #heardAt = 0
  /** Told by heartbeats, which wait for nothing on their way. */
  #offsetMs: number | undefined
  #visibility: 'visible' | 'hidden' = 'visible'

  constructor(parts: ConsoleClientParts) {
    this.#parts = parts
    this.#time = parts.time ?? realTime
    const { getTicket, random = Math.random } = parts
    this.#gateways = new Gateways({ urls: [parts.url].flat(), getTicket, time: this.#time, random })
    const send = (message: FromClient) => this.#state.kind === 'live' && this.#link?.send(message) === true
    this.#receipts = new Receipts({ time: this.#time, send })
    this.#commands = new Commands({ time: this.#time, makeId: parts.makeId ?? makeCommandId, send })
  }

  get link(): LinkState {
    return this.#state
  }

  get screen(): Screen {
    return this.#screen
  }

  /** Epoch ms by the gateway's clock, which the times in calls and panels are told by. */
  serverNow(): number {
    return this.#time.now() + (this.#offsetMs ?? 0)
  }

  start(): void {
    if (this.#state.kind !== 'ended') return
    this.#attempt = 0
    this.#setState(
      this.#cursor === undefined
        ? { kind: 'connecting', attempt: 0 }
        : { kind: 'stale', sinceAt: this.#heardAt, attempt: 0 }
    )
    this.#connect()
  }

  stop(): void {
    if (this.#state.kind === 'live') this.#link?.send({ t: 'bye' })
    this.#end('stopped')
  }

  /** The network is back: no need to wait out the pause between tries. */
  online(): void {
    if (this.#state.kind === 'ended' || this.#link !== undefined) return
    this.#connect()
  }

  setVisibility(visibility: 'visible' | 'hidden'): void {
    if (this.#visibility === visibility) return
    this.#visibility = visibility
    if (this.#state.kind === 'live') this.#link?.send({ t: 'hb', vis: visibility })
  }

  run(op: CommandName, args: CmdArgs): Promise<CommandResult> {
    return this.#commands.run(op, args)
  }

  /** The pop was painted in a visible window, so long after its frame was received. */
  seen(popId: string, rev: number, paintMs: number): void {
    this.#receipts.seen(popId, rev, paintMs)
  }

  #connect(): void {
    this.#stopRetry()
    this.#byeRetryMs = undefined
    const { WebSocketImpl } = this.#parts
    const link = new Link({
      ...{ ...this.#gateways.current, WebSocketImpl, time: this.#time },
      makeHello: ticket => this.#hello(ticket),
      onMessage: (message, receivedAtMs) => this.#receive(message, receivedAtMs),
      onDown: down => this.#down(down)
    })
    this.#link = link
    link.start()
  }

  #hello(ticket: string): FromClient {
    const resume = this.#cursor === undefined ? {} : { resume: this.#cursor }
    return { t: 'hello', v: PROTOCOL_VERSION, ticket, client: this.#parts.client, ...resume }
  }

  #receive(message: ToClient, receivedAtMs: number): void {
    this.#heardAt = this.serverNow()
    if ('next' in message && message.next !== undefined) this.#gateways.learn(message.next)
    switch (message.t) {
      case 'welcome':
        this.#welcome(message)
        return
      case 'snapshot':
        this.#snapshot(message, receivedAtMs)
        return
      case 'ev':
        this.#event(message, receivedAtMs)
        return
      case 'res':
        this.#commands.answered(message)
        return
      case 'hb':
        this.#setServerTime(Date.parse(message.ts))
        this.#parts.onService?.(message.service)
        if (message.ringBacks !== undefined) this.#parts.onRingBacks?.(message.ringBacks)
        this.#receipts.kept(message.kept)
        this.#link?.send({ t: 'hb', echo: message.ts, vis: this.#visibility })
        return
      case 'bye':
        this.#byeRetryMs = message.retryMs
        return
    }
  }

  /** Live from here when the log goes on where this client was; else the snapshot that follows makes it so. */
  #welcome({ epoch, seq, resumed, node, service, panels }: Welcome): void {
    this.#node = node
    this.#arriving.clear()
    this.#parts.onService?.(service)
    this.#parts.onSources?.(panels ?? [])
    if (!resumed) return
    if (epoch !== this.#cursor?.epoch || seq !== this.#cursor.seq) this.#lose()
    else this.#live()
  }

  #snapshot(part: Snapshot, receivedAtMs: number): void {
    const message = this.#arriving.add(part)
    if (message === undefined) return
    const { epoch, seq, eventId, cards } = message
    this.#cursor = { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
    this.#eventIds.clear()
    this.#show(message, receivedAtMs)
    if (this.#state.kind !== 'live') this.#live()
    this.#receipts.receivedAll(
      seq,
      cards.map(card => card.pop.popId)
    )
  }

  #event(message: Ev, receivedAtMs: number): void {
    const { seq, after = (seq ?? 1) - 1, eventId, ev, ts } = message
    if (this.#cursor === undefined || this.#state.kind !== 'live' || after > this.#cursor.seq) {
      this.#lose()
      return
    }
    if (seq !== undefined && seq <= this.#cursor.seq) return
    if (this.#offsetMs === undefined) this.#setServerTime(ts)
    if (seq !== undefined) this.#cursor = { epoch: this.#cursor.epoch, seq, eventId }
    // A state of a call that was not here is its pop, which came by a gateway that died, or comes too late to be said.
    const isPop = ev.type === 'call.pop' || (ev.type === 'call.state' && !this.#screen.cards.has(ev.call))
    if (this.#isFirst(eventId)) this.#show(message, receivedAtMs)
    this.#receipts.received(this.#cursor.seq, isPop ? ev.data.popId : undefined)
  }

  #isFirst(eventId: string): boolean {
    if (this.#eventIds.has(eventId)) return false
    this.#eventIds.add(eventId)
    const [oldest] = this.#eventIds
    if (this.#eventIds.size > MAX_EVENT_IDS && oldest !== undefined) this.#eventIds.delete(oldest)
    return true
  }

  #show(message: Ev | Snapshot, receivedAtMs: number): void {
    this.#screen = reduce(this.#screen, message)
    this.#parts.onScreen?.(this.#screen, { message, receivedAtMs })
  }

  #live(): void {
    this.#gateways.entered()
    this.#liveAtMs = this.#time.monotonicMs()
    this.#setState({ kind: 'live', node: this.#node })
    this.#receipts.resend(this.#cursor?.seq ?? 0)
    this.#commands.resend()
    // A tab in the background comes back too, and must not be counted on until it is looked at.
    if (this.#visibility === 'hidden') this.#link?.send({ t: 'hb', vis: 'hidden' })
  }

  /** The stream is not what it should be: from the last good place again. */
  #lose(): void {
    this.#link?.stop()
    this.#down({ kind: 'silent' })
  }

  #down(down: Down): void {
    this.#link = undefined
    this.#receipts.stop()
    const ended =
      down.kind === 'not-signed-on' ? 'sign-on-again' : down.kind === 'closed' ? endedBy(down.code) : undefined
    const isIn = this.#state.kind === 'live'
    if (ended !== undefined && (isIn || down.kind !== 'closed' || !this.#gateways.isFirstRefusal(down.code))) {
      this.#end(ended)
      return
    }
    const wasSteady = this.#state.kind === 'live' && this.#time.monotonicMs() - this.#liveAtMs >= STEADY_MS
    if (wasSteady) this.#attempt = 0
    // A link that was lost may be back the next moment; a gateway that goes, or does not serve, is not waited for.
    // Where there is a turn for us, it is kept.
    const turnMs = down.kind === 'later' ? Math.min(down.retryMs, MAX_TURN_MS) : undefined
    const mustTurn = this.#state.kind !== 'live' || this.#byeRetryMs !== undefined
    if (mustTurn && turnMs === undefined) this.#gateways.turn()
    const delayMs = turnMs ?? this.#byeRetryMs ?? retryDelayMs(this.#attempt, this.#parts.random ?? Math.random)
    this.#attempt += 1
    this.#setState(
      this.#state.kind === 'connecting'
        ? { kind: 'connecting', attempt: this.#attempt }
        : {
            kind: 'stale',
            sinceAt: this.#state.kind === 'stale' ? this.#state.sinceAt : this.#heardAt,
            attempt: this.#attempt
          }
    )
    this.#stopRetry = this.#time.after(delayMs, () => this.#connect())
  }

  #end(why: EndedWhy): void {
    this.#stopRetry()
    this.#link?.stop()
    this.#link = undefined
    this.#receipts.stop()
    this.#commands.stop()
    if (this.#state.kind !== 'ended') this.#setState({ kind: 'ended', why })
  }

  #setServerTime(serverMs: number): void {
    if (Number.isFinite(serverMs)) this.#offsetMs = serverMs - this.#time.now()
  }

  #setState(state: LinkState): void {
    this.#state = state
    this.#parts.onLink?.(state)
  }
}
