import { isUtf8 } from 'node:buffer'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { after, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { AddressedFlow, Sender } from './flow.ts'
import type { Listener, ListenParts, Place } from './listen.ts'
import { listenStreams } from './listen-streams.ts'
import { ownEnd } from './own-contact.ts'
import type { TlsDoor } from './tls-door.ts'

const PROTOCOL = 'sip'
const MAX_HEAD_BYTES = 8_192
const MAX_UNREAD_BYTES = 1024 * 1024
/** A peer that has not answered the last ping when the next is due is gone. */
const PING_EVERY_MS = 30_000
const GOING_AWAY = 1001
const NO_PROTOCOL = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** SIP over WebSocket (RFC 7118), through TLS where there is a door. One message is one frame, so nothing is framed. */
export function listenWs(place: Place, parts: ListenParts, door?: TlsDoor): Promise<Listener> {
  const upgrades = new Upgrades(door === undefined ? 'ws' : 'wss', parts)
  const open = (link: Socket, from: Sender) => upgrades.open(link, from)
  if (door === undefined) return listenStreams('ws', place, parts, open)
  return listenStreams('wss', place, parts, (link, from) => door.open(link, from, open))
}

/** The HTTP side: nothing is served here but the upgrade of a peer that speaks SIP. */
class Upgrades {
  readonly #transport: 'ws' | 'wss'
  readonly #parts: ListenParts
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #opening = new WeakMap<object, { from: Sender; stop: Stop }>()
  readonly #open = new WeakMap<object, WebSocket>()

  constructor(transport: 'ws' | 'wss', parts: ListenParts) {
    this.#transport = transport
    this.#parts = parts
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: parts.limits.tcpMaxBytes,
      perMessageDeflate: false,
      clientTracking: false,
      // One message a turn, so that one peer's flood does not keep the others waiting.
      allowSynchronousEvents: false,
      handleProtocols: () => PROTOCOL
    })
    this.#http = createServer({ maxHeaderSize: MAX_HEAD_BYTES, keepAlive: false }, (_, response) => {
      this.#count()
      response.writeHead(426, { Connection: 'close' }).end()
    })
    this.#http.on('clientError', (_, socket) => {
      this.#count()
      socket.destroy()
    })
    this.#http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#upgrade(request, socket, head)
    })
  }

  open(link: Socket, from: Sender): () => void {
    const stop = after(this.#parts.limits.handshakeMs, () => {
      this.#parts.metrics.sipRefused.inc({ reason: 'handshake' })
      link.destroy()
    })
    link.once('close', stop)
    this.#opening.set(link, { from, stop })
    this.#http.emit('connection', link)
    return () => {
      const webSocket = this.#open.get(link)
      if (webSocket === undefined) link.destroy()
      else webSocket.close(GOING_AWAY)
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const opening = this.#opening.get(socket)
    const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',')
    // RFC 7118 §4.1: who does not offer it means something else.
    if (opening === undefined || !offered.some(each => each.trim().toLowerCase() === PROTOCOL)) {
      this.#count()
      socket.end(NO_PROTOCOL)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, webSocket => {
      opening.stop()
      this.#open.set(socket, webSocket)
      serveWebSocket({ webSocket, socket, from: opening.from, transport: this.#transport }, this.#parts)
    })
  }

  #count(): void {
    this.#parts.metrics.sipRefused.inc({ reason: 'no-websocket' })
  }
}

interface Link {
  readonly webSocket: WebSocket
  readonly socket: Socket
  readonly from: Sender
  readonly transport: 'ws' | 'wss'
}

function serveWebSocket(link: Link, parts: ListenParts): void {
  const { webSocket, socket, from } = link
  const { metrics, limits, onBytes } = parts
  const flow = makeFlow(link, parts)
  let isAlive = true
  const stopPing = interval(() => {
    if (!isAlive) webSocket.terminate()
    isAlive = false
    if (webSocket.readyState === WebSocket.OPEN) webSocket.ping()
  }, PING_EVERY_MS)
  // ws leaves the time limit of the socket to us; pings alone do not keep a silent connection.
  let stopIdle = after(limits.idleMs, () => webSocket.terminate())
  webSocket.on('pong', () => {
    isAlive = true
  })
  webSocket.on('message', (data: RawData) => {
    stopIdle()
    stopIdle = after(limits.idleMs, () => webSocket.terminate())
    const bytes = toBuffer(data)
    // RFC 7118 §6: the keep-alive of RFC 5626 may come this way too.
    if (bytes.equals(DOUBLE_LINE)) flow.send(SINGLE_LINE)
    else onBytes(bytes, from, flow)
  })
  // Too large, not masked, not UTF-8: ws has closed it with the code that says so.
  webSocket.on('error', () => metrics.sipRefused.inc({ reason: 'websocket' }))
  socket.once('close', () => {
    stopPing()
    stopIdle()
  })
}

const DOUBLE_LINE = Buffer.from('\r\n\r\n')
const SINGLE_LINE = Buffer.from('\r\n')

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

/** Nobody can connect to a WebSocket client, so an answer whose connection is gone is lost. */
function makeFlow({ webSocket, socket, transport }: Link, { limits, metrics }: ListenParts): AddressedFlow {
  const flow: AddressedFlow = {
    transport,
    isReliable: true,
    local: ownEnd(limits.advertisedHost, socket.localAddress ?? '', socket.localPort ?? 0),
    send: bytes => {
      if (webSocket.readyState !== WebSocket.OPEN) metrics.sipAnswersLost.inc({ reason: 'closed' })
      else if (webSocket.bufferedAmount > MAX_UNREAD_BYTES) {
        metrics.sipAnswersLost.inc({ reason: 'unread' })
        webSocket.terminate()
      } else webSocket.send(bytes, { binary: !isUtf8(bytes) })
    },
    toPort: () => flow,
    isOpen: () => webSocket.readyState === WebSocket.OPEN
  }
  return flow
}
