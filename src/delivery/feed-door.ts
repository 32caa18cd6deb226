import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { pathOf, refuseUpgrade } from './upgrade.ts'

/** What a system of a force sends over one connection: text, of which each message is answered. */
export interface Feed {
  readonly path: string
  readonly maxBytes: number
  /** Who sends, by the header of the upgrade; an HTTP status when they are not let in. */
  readonly senderOf: (authorization: string | undefined) => { readonly token: string } | { readonly refusal: number }
  readonly take: (token: string, text: string) => object
}

interface Parts {
  readonly server: Server
  readonly feed: Feed
  readonly log: Pick<Log, 'info' | 'debug'>
  readonly metrics: Pick<Metrics, 'unitFeeds'>
}

/** Of all forces together; a force has one, or two while one takes over from the other. */
const MAX_FEEDS = 32
const PING_MS = 15_000
/** Without a word or a pong the line is dead, and its system must come again. */
const DEAD_AFTER_MS = 45_000
/** Answers that are not read. */
const MAX_UNSENT_BYTES = 1024 * 1024
const CLOSE_WITHIN_MS = 1_000
const GOING_AWAY = 1_001
const UNREADABLE = 1_003

interface Line {
  isAlive: boolean
  silentMs: number
}

/** The WebSocket door for systems, beside that for screens. */
export class FeedDoor {
  readonly #parts: Parts
  readonly #sockets: WebSocketServer
  readonly #lines = new Map<WebSocket, Line>()
  #stops: Stop[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    const { maxBytes: maxPayload } = parts.feed
    const options: ServerOptions = { noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false }
    this.#sockets = new WebSocketServer(options)
  }

  start(): void {
    const { server } = this.#parts
    const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => this.#upgrade(request, stream, head)
    server.on('upgrade', onUpgrade)
    this.#stops = [() => server.off('upgrade', onUpgrade), interval(() => this.#beat(), PING_MS)]
  }

  /** Every system is told that this gateway goes; another hears the same. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await Promise.all(
      [...this.#lines.keys()].map(async socket => {
        const closed = new Promise<void>(done => socket.once('close', () => done()))
        socket.close(GOING_AWAY, 'the gateway goes')
        const stop = after(CLOSE_WITHIN_MS, () => socket.terminate())
        await closed
        stop()
      })
    )
    this.#sockets.close()
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { feed } = this.#parts
    if (pathOf(request) !== feed.path) return
    stream.on('error', () => stream.destroy())
    const sender = feed.senderOf(request.headers.authorization)
    if ('refusal' in sender) refuseUpgrade(stream, sender.refusal)
    else if (this.#lines.size >= MAX_FEEDS) refuseUpgrade(stream, 503)
    else this.#sockets.handleUpgrade(request, stream, head, socket => this.#open(socket, sender.token))
  }

  #open(socket: WebSocket, token: string): void {
    const { feed, log, metrics } = this.#parts
    const line: Line = { isAlive: true, silentMs: 0 }
    this.#lines.set(socket, line)
    metrics.unitFeeds.set(this.#lines.size)
    log.info('units.feed-opened', {})
    socket.on('error', thrown => log.debug('units.feed', { reason: thrown.message }))
    socket.on('pong', () => {
      line.isAlive = true
    })
    socket.on('message', (data, isBinary) => {
      line.isAlive = true
      if (isBinary) socket.close(UNREADABLE, 'text only')
      else answer(socket, feed.take(token, data.toString()))
    })
    socket.on('close', status => {
      this.#lines.delete(socket)
      metrics.unitFeeds.set(this.#lines.size)
      log.info('units.feed-closed', { status })
    })
  }

  #beat(): void {
    for (const [socket, line] of this.#lines) {
      line.silentMs = line.isAlive ? 0 : line.silentMs + PING_MS
      line.isAlive = false
      if (line.silentMs >= DEAD_AFTER_MS) socket.terminate()
      else socket.ping()
    }
  }
}

function answer(socket: WebSocket, words: object): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate()
  else socket.send(JSON.stringify(words))
}
