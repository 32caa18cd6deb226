import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import { ConsoleLink, type LinkParts } from './console-link.ts'
import type { Wire } from './handler-session.ts'
import { CLOSE, SOCKET_LIMITS, type SocketLimits, SUBPROTOCOL } from './protocol-limits.ts'

interface Parts extends LinkParts {
  readonly server: Server
  /** Whether a page of this origin may open a socket here. */
  readonly isAllowedOrigin: (origin: string, host: string) => boolean
}

export const SOCKET_PATH = '/api/v1/ws'
const DRAIN_SPREAD_MS = 3_000
const CLOSE_WITHIN_MS = 1_000

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

/** The WebSocket door: origin and subprotocol before anything, then a ConsoleLink for each socket. */
export class SocketDoor {
  readonly #parts: Parts
  readonly #sockets = new WebSocketServer(SERVER_OPTIONS)
  readonly #links = new Map<WebSocket, ConsoleLink>()
  readonly #limits: SocketLimits
  readonly #alive = new WeakMap<WebSocket, number>()
  #stops: Stop[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? SOCKET_LIMITS
  }

  start(): void {
    const { server } = this.#parts
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head)
    server.on('upgrade', onUpgrade)
    this.#stops = [() => server.off('upgrade', onUpgrade), interval(() => this.#ping(), this.#limits.wsPingMs)]
  }

  /** Every client is told to come back within some seconds, then closed. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    const closing = [...this.#links].map(async ([socket, link]) => {
      const closed = new Promise<void>(done => socket.once('close', () => done()))
      link.drain(Math.round(Math.random() * DRAIN_SPREAD_MS))
      const stop = after(CLOSE_WITHIN_MS, () => socket.terminate())
      await closed
      stop()
    })
    await Promise.all(closing)
    this.#sockets.close()
  }

  /** Every client must come back, here or at another node. */
  cutAll(): void {
    for (const link of this.#links.values()) link.cut()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const path = (request.url ?? '').split('?')[0]
    const { origin, host } = request.headers
    if (path !== SOCKET_PATH) {
      refuse(socket, '404 Not Found')
      return
    }
    if (origin === undefined || !this.#parts.isAllowedOrigin(origin, host ?? '')) {
      this.#parts.metrics.socketCloses.inc({ code: '403' })
      refuse(socket, '403 Forbidden')
      return
    }
    if (this.#links.size >= this.#limits.maxSockets) {
      this.#parts.metrics.socketCloses.inc({ code: '503' })
      refuse(socket, '503 Service Unavailable')
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, opened => this.#open(opened))
  }

  #open(socket: WebSocket): void {
    const { metrics, hub, log } = this.#parts
    const link = new ConsoleLink(this.#parts, toWire(socket))
    this.#links.set(socket, link)
    this.#alive.set(socket, this.#parts.clock.monotonicMs())
    socket.on('error', thrown => log.debug('socket.error', { reason: thrown.message }))
    socket.on('pong', () => this.#alive.set(socket, this.#parts.clock.monotonicMs()))
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(CLOSE.badFrame.code, CLOSE.badFrame.text)
      else link.receive(data.toString())
    })
    socket.on('close', code => {
      this.#links.delete(socket)
      link.closed()
      metrics.socketCloses.inc({ code: String(code) })
      metrics.sockets.set(hub.size)
      if (code >= 4400) log.info('socket.closed', { status: code })
    })
    if (socket.protocol !== SUBPROTOCOL) socket.close(CLOSE.badSubprotocol.code, CLOSE.badSubprotocol.text)
    else link.start()
  }

  #ping(): void {
    const now = this.#parts.clock.monotonicMs()
    for (const socket of this.#links.keys()) {
      if (now - (this.#alive.get(socket) ?? 0) > this.#limits.wsDeadAfterMs) socket.terminate()
      else socket.ping()
    }
  }
}

function toWire(socket: WebSocket): Wire {
  return {
    send: text => {
      if (socket.readyState === socket.OPEN) socket.send(text)
    },
    close: (code, text) => socket.close(code, text),
    unsentBytes: () => socket.bufferedAmount
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
