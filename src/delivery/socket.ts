import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import { inSlices } from '../operations/slices.ts'
import { type StreamTurns, streamTurns } from '../operations/stream-turns.ts'
import { Admission } from './admission.ts'
import { ConsoleLink, type LinkParts } from './console-link.ts'
import type { Wire } from './handler-session.ts'
import { CLOSE, SOCKET_LIMITS, type SocketLimits, SUBPROTOCOL } from './protocol-limits.ts'
import { pathOf, refuseUpgrade } from './upgrade.ts'

interface Parts extends Omit<LinkParts, 'admission'> {
  readonly server: Server
  /** Whether a page of this origin may open a socket here. */
  readonly isAllowedOrigin: (origin: string, host: string) => boolean
  /** Paths that other doors of the same server answer. */
  readonly otherPaths?: ReadonlySet<string>
}

export const SOCKET_PATH = '/api/v1/ws'
const DRAIN_SPREAD_MS = 3_000
const CLOSE_WITHIN_MS = 1_000
const BEAT_MS = 250
/** A beat that comes this late says more of this process than of its clients: their words are still to be read. */
const LATE_BEAT_MS = 1_000

/** `closeTimeout` is ws's own, and missing in its types. */
const SERVER_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  maxPayload: SOCKET_LIMITS.fromClientMaxBytes,
  maxFragments: SOCKET_LIMITS.maxFragments,
  maxBufferedChunks: SOCKET_LIMITS.maxBufferedChunks,
  closeTimeout: SOCKET_LIMITS.closeMs,
  // Compressing secrets beside what an attacker chooses leaks them, and costs more than it saves on a LAN.
  perMessageDeflate: false,
  clientTracking: true,
  handleProtocols: protocols => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false)
}

interface Held {
  readonly link: ConsoleLink
  aliveAt: number
  pingAt: number
  /** What it was closed with by us, whatever the network made of it. */
  closedWith: number | undefined
  stopCut: Stop
}

/** The WebSocket door: origin and subprotocol before anything, then a ConsoleLink for each socket. */
export class SocketDoor {
  readonly #parts: Parts
  readonly #sockets = new WebSocketServer(SERVER_OPTIONS)
  readonly #held = new Map<WebSocket, Held>()
  readonly #limits: SocketLimits
  readonly #admission: Admission
  readonly #linkParts: LinkParts
  #stops: Stop[] = []
  #beatAt = 0
  #isBeating = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? SOCKET_LIMITS
    this.#admission = new Admission({ limits: this.#limits, monotonicMs: () => parts.clock.monotonicMs() })
    this.#linkParts = { ...parts, admission: this.#admission }
  }

  start(): void {
    const { server, clock } = this.#parts
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head)
    server.on('upgrade', onUpgrade)
    this.#beatAt = clock.monotonicMs()
    const everyMs = Math.min(BEAT_MS, this.#limits.heartbeatMs)
    this.#stops = [() => server.off('upgrade', onUpgrade), interval(() => this.#beat(), everyMs)]
  }

  /** Every client is told to come back within some seconds, then closed. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    const closing: Promise<void>[] = []
    await inSlices([...this.#held], ([socket, { link }]) => {
      const closed = new Promise<void>(done => socket.once('close', () => done()))
      link.drain(Math.round(Math.random() * DRAIN_SPREAD_MS))
      const stop = after(CLOSE_WITHIN_MS, () => socket.terminate())
      closing.push(closed.then(stop))
    })
    await Promise.all(closing)
    this.#sockets.close()
  }

  /** Every client must come back, here or at another node. */
  cutAll(): void {
    for (const { link } of this.#held.values()) link.cut()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request)
    if (this.#parts.otherPaths?.has(path) === true) return
    socket.on('error', () => socket.destroy())
    const { origin, host } = request.headers
    if (path !== SOCKET_PATH) {
      refuseUpgrade(socket, 404)
      return
    }
    if (origin === undefined || !this.#parts.isAllowedOrigin(origin, host ?? '')) {
      this.#parts.metrics.socketCloses.inc({ code: '403' })
      refuseUpgrade(socket, 403)
      return
    }
    if (this.#held.size >= this.#limits.maxSockets) {
      this.#parts.metrics.socketCloses.inc({ code: '503' })
      refuseUpgrade(socket, 503)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, opened => this.#open(opened, socket))
  }

  #open(socket: WebSocket, stream: Duplex): void {
    const { log, clock } = this.#parts
    const now = clock.monotonicMs()
    const link = new ConsoleLink(this.#linkParts, this.#toWire(socket, streamTurns(stream)))
    const pingAt = now + this.#limits.wsPingMs
    this.#held.set(socket, { link, aliveAt: now, pingAt, closedWith: undefined, stopCut: () => {} })
    socket.on('error', thrown => log.debug('socket.error', { reason: thrown.message }))
    socket.on('pong', () => this.#pong(socket))
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(CLOSE.badFrame.code, CLOSE.badFrame.text)
      else link.receive(data.toString())
    })
    socket.on('close', code => this.#closed(socket, code))
    if (socket.protocol !== SUBPROTOCOL) socket.close(CLOSE.badSubprotocol.code, CLOSE.badSubprotocol.text)
    else link.start()
  }

  #pong(socket: WebSocket): void {
    const held = this.#held.get(socket)
    if (held !== undefined) held.aliveAt = this.#parts.clock.monotonicMs()
  }

  #closed(socket: WebSocket, code: number): void {
    const { metrics, hub, log } = this.#parts
    const held = this.#held.get(socket)
    this.#held.delete(socket)
    held?.stopCut()
    held?.link.closed()
    const status = held?.closedWith ?? code
    metrics.socketCloses.inc({ code: String(status) })
    metrics.sockets.set(hub.size)
    if (status >= 4400) log.info('socket.closed', { status })
  }

  /** One round over all sockets, so that ten thousand of them need no timer each. */
  #beat(): void {
    this.#admission.tick()
    const now = this.#parts.clock.monotonicMs()
    const isLate = now - this.#beatAt > LATE_BEAT_MS
    this.#beatAt = now
    if (isLate || this.#isBeating) return
    this.#isBeating = true
    inSlices(this.#held, ([socket, held]) => this.#beatOne(socket, held, now)).finally(() => {
      this.#isBeating = false
    })
  }

  #beatOne(socket: WebSocket, held: Held, now: number): void {
    held.link.beat(now)
    if (now - held.aliveAt > this.#limits.wsDeadAfterMs) socket.terminate()
    else if (now >= held.pingAt) {
      held.pingAt = now + this.#limits.wsPingMs
      socket.ping()
    }
  }

  #toWire(socket: WebSocket, turns: StreamTurns): Wire {
    const close = (code: number, text: string) => {
      const held = this.#held.get(socket)
      if (held !== undefined) held.closedWith ??= code
      socket.close(code, text)
      return held
    }
    return {
      send: (text, onTaken) => {
        if (socket.readyState !== socket.OPEN) return
        // The panels of a call, or a state and what follows from it, are one write.
        turns.hold()
        socket.send(text, onTaken)
      },
      flush: () => turns.flush(),
      close: (code, text) => void close(code, text),
      cut: (code, text) => {
        const held = close(code, text)
        held?.stopCut()
        if (held !== undefined) held.stopCut = after(this.#limits.cutMs, () => socket.terminate())
      },
      unsentBytes: () => socket.bufferedAmount
    }
  }
}
