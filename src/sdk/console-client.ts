import type { Cmd, Ev, FromClient, ServiceLevel, Snapshot, ToClient, Welcome } from '../delivery/protocol.ts'
import { CLOSE, mayRetryAfter, PROTOCOL_VERSION, SOCKET_LIMITS, SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import { Acknowledger } from './acknowledger.ts'
import { type CommandResult, Commands } from './commands.ts'
import { type LinkState, retryPauseMs } from './link-state.ts'
import { EMPTY_SCREEN, reduce, type Screen } from './screen.ts'

/** As much of a WebSocket as is needed; the browser's own and that of `ws` both fit. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: never) => void): void
}

export interface ClientOptions {
  /** As `wss://callbox.example/api/v1/ws`; several are tried in turn. */
  readonly urls: readonly string[]
  /** A ticket for one connection; `undefined` when the handler has to sign on again; rejects when nobody answers. */
  readonly getTicket: () => Promise<string | undefined>
  readonly openSocket: (url: string, subprotocol: string) => SocketLike
  /** Name and version of this client, for the gateway's log. */
  readonly client: string
  /** The screen is another one now; `message` made it so. */
  readonly onScreen: (screen: Screen, message: Ev | Snapshot) => void
  readonly onLink: (link: LinkState) => void
  readonly isVisible?: () => boolean
  readonly makeId: () => string
  readonly now?: () => number
  readonly random?: () => number
}

const OPEN = 1
const CHECK_EVERY_MS = 500
/** A link that lasted this long was a good one: the next break begins with short pauses again. */
const GOOD_AFTER_MS = 30_000
/** Ours alone: the gateway left something out, or was silent too long; we come again with our cursor. */
const CLOSE_GAP = 4_900

/**
 * The client of the gateway's WebSocket protocol (docs/protocol.md): connects, keeps the screen true, acknowledges,
 * comes back with its cursor after every break, and says honestly how its link stands.
 */
export class ConsoleClient {
  readonly #options: ClientOptions
  readonly #acknowledger = new Acknowledger(message => this.#send(message))
  readonly #commands = new Commands(message => this.#send(message))
  #screen: Screen = EMPTY_SCREEN
  #link: LinkState
  #cursor: { epoch: string; seq: number; eventId?: string } | undefined
  #socket: SocketLike | undefined
  #isWelcome = false
  #heardAt = 0
  #attempt = 0
  #stops: Stop[] = []
  #stopRetry: Stop = () => {}

  constructor(options: ClientOptions) {
    this.#options = options
    this.#link = { kind: 'connecting', since: this.#now() }
  }

  get screen(): Screen {
    return this.#screen
  }

  get link(): LinkState {
    return this.#link
  }

  start(): void {
    this.#stops = [interval(() => this.#check(), CHECK_EVERY_MS)]
    this.#setLink({ kind: 'connecting', since: this.#now() })
    this.#connect()
  }

  stop(): void {
    this.#end('stopped')
  }

  /** The machine says that its network is back: no reason to wait any longer. */
  retryNow(): void {
    if (this.#link.kind === 'live' || this.#link.kind === 'ended' || this.#socket !== undefined) return
    this.#stopRetry()
    this.#attempt = 0
    this.#connect()
  }

  /** `call.take` or `call.close`. */
  command(op: Cmd['op'], call: string): Promise<CommandResult> {
    return this.#commands.run({ t: 'cmd', id: this.#options.makeId(), op, args: { call } })
  }

  /** The pop was painted in a visible window, `paintMs` after its frame had come. */
  seen(popId: string, rev: number, paintMs: number): void {
    this.#send({ t: 'seen', popId, rev, paintMs: Math.max(0, Math.min(600_000, paintMs)) })
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now()
  }

  #connect(): void {
    const { getTicket, openSocket, urls } = this.#options
    const url = urls[this.#attempt % Math.max(1, urls.length)] ?? ''
    getTicket().then(
      ticket => {
        if (this.#link.kind === 'ended') return
        if (ticket === undefined) this.#end('sign-on')
        else this.#attach(openSocket(url, SUBPROTOCOL), ticket)
      },
      // Nobody answers: the same as a socket that does not open.
      () => this.#later()
    )
  }

  #attach(socket: SocketLike, ticket: string): void {
    this.#socket = socket
    this.#isWelcome = false
    this.#heardAt = this.#now()
    const isOurs = () => this.#socket === socket
    socket.addEventListener('open', () => {
      if (!isOurs()) return
      const resume = this.#cursor === undefined ? {} : { resume: this.#cursor }
      this.#send({ t: 'hello', v: PROTOCOL_VERSION, ticket, client: this.#options.client, ...resume })
    })
    socket.addEventListener('message', (event: { data: unknown }) => {
      if (isOurs()) this.#receive(String(event.data))
    })
    socket.addEventListener('close', (event: { code: number }) => {
      if (isOurs()) this.#closed(event.code)
    })
    // A close follows every error, and says what it was.
    socket.addEventListener('error', () => undefined)
  }

  #receive(text: string): void {
    this.#heardAt = this.#now()
    const message = JSON.parse(text) as ToClient
    switch (message.t) {
      case 'welcome':
        this.#welcomed(message)
        break
      case 'snapshot':
        this.#takeSnapshot(message)
        break
      case 'ev':
        this.#takeEvent(message)
        break
      case 'res':
        this.#commands.answered(message)
        break
      case 'hb':
        this.#setService(message.service)
        this.#send({ t: 'hb', echo: message.ts, vis: this.#options.isVisible?.() === false ? 'hidden' : 'visible' })
        break
      case 'bye':
        this.#later(message.retryMs)
        break
      default:
      // A newer gateway says more than this client knows.
    }
  }

  #welcomed({ resumed, service, seq }: Welcome): void {
    this.#isWelcome = true
    this.#setLink({ kind: 'live', since: this.#now(), service })
    if (resumed) this.#acknowledger.moveTo(seq)
    this.#commands.resend()
  }

  #takeSnapshot(message: Snapshot): void {
    const { epoch, seq, eventId, cards, more } = message
    this.#setScreen(message)
    if (more) return
    this.#cursor = { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
    this.#acknowledger.moveTo(
      seq,
      cards.map(card => card.pop.popId)
    )
  }

  #takeEvent(message: Ev): void {
    const { seq, eventId, ev } = message
    const cursor = this.#cursor
    if (seq !== undefined && cursor !== undefined) {
      if (seq <= cursor.seq) return
      if (seq > cursor.seq + 1) {
        this.#drop(CLOSE_GAP)
        return
      }
      this.#cursor = { epoch: cursor.epoch, seq, eventId }
    }
    this.#setScreen(message)
    this.#acknowledger.note(seq, ev.type === 'call.pop' ? ev.data.popId : undefined)
  }

  #setScreen(message: Ev | Snapshot): void {
    const next = reduce(this.#screen, message)
    if (next === this.#screen) return
    this.#screen = next
    this.#options.onScreen(next, message)
  }

  #check(): void {
    if (this.#socket === undefined) return
    if (this.#now() - this.#heardAt > SOCKET_LIMITS.deadAfterMs) this.#drop(CLOSE_GAP)
    else if (this.#link.kind === 'live' && this.#now() - this.#link.since > GOOD_AFTER_MS) this.#attempt = 0
  }

  /** A link we give up ourselves: not even its close is waited for. */
  #drop(code: number): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.close(code, 'again')
    this.#broke()
  }

  #closed(code: number): void {
    this.#socket = undefined
    if (code === CLOSE.notSignedOn.code) this.#end('sign-on')
    else if (code === CLOSE.replaced.code) this.#end('replaced')
    else if (!mayRetryAfter(code)) this.#end('refused')
    else this.#broke()
  }

  #broke(): void {
    if (this.#link.kind === 'live') this.#setLink({ kind: 'stale', since: this.#now() })
    this.#later()
  }

  #later(pauseMs = retryPauseMs(this.#attempt, this.#options.random ?? Math.random)): void {
    if (this.#link.kind === 'ended') return
    this.#stopRetry()
    this.#stopRetry = after(pauseMs, () => {
      // A gateway that said goodbye has closed by now, or is given up.
      const socket = this.#socket
      this.#socket = undefined
      socket?.close()
      if (this.#link.kind === 'live') this.#setLink({ kind: 'stale', since: this.#now() })
      this.#attempt += 1
      this.#connect()
    })
  }

  #end(why: Extract<LinkState, { kind: 'ended' }>['why']): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#stopRetry()
    this.#acknowledger.stop()
    this.#commands.stop()
    const socket = this.#socket
    this.#socket = undefined
    socket?.close(1000)
    if (this.#link.kind !== 'ended') this.#setLink({ kind: 'ended', why })
  }

  #setService(service: ServiceLevel): void {
    const link = this.#link
    if (link.kind !== 'live') return
    const isSame = link.service.level === service.level && link.service.why === service.why
    if (!isSame) this.#setLink({ ...link, service })
  }

  #setLink(link: LinkState): void {
    this.#link = link
    this.#options.onLink(link)
  }

  #send(message: FromClient): boolean {
    const socket = this.#socket
    if (socket?.readyState !== OPEN || (!this.#isWelcome && message.t !== 'hello')) return false
    socket.send(JSON.stringify(message))
    return true
  }
}
