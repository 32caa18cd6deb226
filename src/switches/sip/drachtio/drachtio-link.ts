import type { Socket } from 'node:net'
import Srf from 'drachtio-srf'
import { Fault, type FaultCode } from '../../../operations/errors.ts'
import { after, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import { close, onSocket, ping } from './srf-inside.ts'

export interface DrachtioServer {
  readonly host: string
  readonly port: number
}

export type OnRequest = (req: Srf.SrfRequest, res: Srf.SrfResponse, link: DrachtioLink) => void

interface Parts {
  readonly server: DrachtioServer
  readonly secret: string
  readonly onRequest: OnRequest
  /** The server's own word that a dialog is over, where its config has `cdrs`. */
  readonly onOver: (message: Srf.SipMessage, reason: string) => void
  /** The connection is gone, and with it every transaction on it. */
  readonly onLost: (link: DrachtioLink) => void
  readonly onState: () => void
  readonly log: Log
}

/** connecting: not yet answered. silent: connected, and deaf. refused: our secret is not the server's. */
export type LinkState = 'connecting' | 'up' | 'silent' | 'away' | 'refused'

/** A frozen server must show within one second: the oldest unanswered ping may be this old, looked at this often. */
const PING_MS = 200
const SILENT_MS = 500
/** Connected, but it does not say whether it takes our secret and what we asked for. */
const AUTHENTICATE_MS = 900
/** A server silent for so long is let go: its kernel may hold a connection nobody reads. */
const DEAF_MS = 15_000
/** A wrong secret is put right by a person. */
const REFUSED_MS = 5_000
/** The library's delays begin at 255 ms and grow by 1.7. */
const RETRY_MAX_MS = 2_000
const FAULT_OF = {
  away: 'drachtio.away',
  silent: 'drachtio.silent',
  refused: 'drachtio.refused'
} as const satisfies Partial<Record<LinkState, FaultCode>>
/** Without a route for a method the server answers 503 by itself, also for what must not be retried. */
const METHODS = ['invite', 'options', 'info', 'notify', 'message', 'publish', 'subscribe', 'register']

/** One drachtio-server: the connection to it, made again for ever, and whether it is awake. */
export class DrachtioLink {
  readonly name: string
  readonly srf = new Srf()
  readonly #parts: Parts
  #state: LinkState = 'connecting'
  #socket: Socket | undefined
  #isStopped = false
  #stopAuthenticate: Stop = () => {}
  #stopPings: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.name = `${parts.server.host}:${parts.server.port}`
  }

  get state(): LinkState {
    return this.#state
  }

  start(): void {
    const { server, secret, onRequest, onOver } = this.#parts
    const { srf } = this
    srf.use((req, res) => onRequest(req, res, this))
    for (const method of METHODS) srf.use(method, () => {})
    srf.on('cdr:stop', (_source, _time, reason, message) => onOver(message, reason))
    // Also what a refused or reset connection throws; without a listener it would end the process.
    srf.on('error', () => this.#lost())
    srf.on('close' as 'disconnect', () => this.#lost())
    srf.on('connect', thrown => this.#authenticated(thrown))
    const reconnect = { reconnect: { retryMaxDelay: RETRY_MAX_MS } }
    void srf.connect({ ...server, secret, ...reconnect })
    onSocket(srf, socket => this.#connected(socket))
  }

  stop(): void {
    this.#isStopped = true
    this.#stopAuthenticate()
    this.#stopPings()
    close(this.srf, this.#socket)
    this.#state = 'away'
  }

  #connected(socket: Socket): void {
    // An attempt that was under way when we stopped.
    if (this.#isStopped) {
      socket.destroy()
      return
    }
    this.#socket = socket
    this.#stopAuthenticate()
    this.#stopAuthenticate = after(AUTHENTICATE_MS, () => {
      this.#set('silent')
      socket.destroy()
    })
  }

  /** The library says so in a later turn; the connection may be gone by then. */
  #authenticated(thrown: Error | null): void {
    const socket = this.#socket
    if (socket === undefined || socket.destroyed) return
    if (thrown === null || thrown === undefined) {
      // Answered after the methods we asked for: from then on no INVITE gets a 503 for want of somebody to take it.
      ping(this.srf, socket, () => this.#serves(socket))
      return
    }
    this.#stopAuthenticate()
    this.#set('refused')
    this.#stopAuthenticate = after(REFUSED_MS, () => socket.destroy())
  }

  #serves(socket: Socket): void {
    this.#stopAuthenticate()
    this.#stopPings()
    this.#set('up')
    this.#stopPings = this.#keepAsking(socket)
  }

  #lost(): void {
    this.#stopAuthenticate()
    this.#stopPings()
    const had = this.#socket
    this.#socket = undefined
    // What is known more exactly stays until the next attempt.
    const isExplained = had !== undefined && (this.#state === 'refused' || this.#state === 'silent')
    if (!isExplained) this.#set('away')
    if (had !== undefined) this.#parts.onLost(this)
  }

  #keepAsking(socket: Socket): Stop {
    let askedAt: number | undefined
    let lookedAt = performance.now()
    return interval(() => {
      const now = performance.now()
      // A turn that came late proves something of us, not of the server: its answer may lie in the socket unread.
      const isOnTime = now - lookedAt < 2 * PING_MS
      lookedAt = now
      if (askedAt === undefined) {
        askedAt = now
        ping(this.srf, socket, () => {
          askedAt = undefined
          if (this.#state === 'silent') this.#set('up')
        })
      } else if (isOnTime && now - askedAt > DEAF_MS) socket.destroy()
      else if (isOnTime && now - askedAt > SILENT_MS) this.#set('silent')
    }, PING_MS)
  }

  #set(state: LinkState): void {
    if (state === this.#state) return
    this.#state = state
    const { log, server, onState } = this.#parts
    if (state === 'up') log.info('drachtio.connected', { peer: server.host, port: server.port })
    else if (state !== 'connecting') log.fault('drachtio.link', new Fault(FAULT_OF[state], { where: this.name }))
    onState()
  }
}
