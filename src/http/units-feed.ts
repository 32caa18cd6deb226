import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { readBearer } from './bearer-token.ts'
import { BODY_MAX_BYTES, MAX_NAMED, MAX_REPORTS, UnitReportBody, type UnitsPorts, type UnitsResult } from './units-routes.ts'

/** Where the radio of a force keeps one connection for all that its units say. */
export const UNITS_FEED_PATH = '/api/v1/units/feed'

/** As the body of a POST, with a number or text of the sender's own that comes back with the answer. */
export const UnitsFeedMessage = Type.Object(
  {
    id: Type.Optional(Type.Union([Type.Integer(), Type.String({ maxLength: 64 })])),
    units: Type.Array(UnitReportBody, { minItems: 1, maxItems: MAX_REPORTS })
  },
  { additionalProperties: false }
)
export type UnitsFeedMessage = Static<typeof UnitsFeedMessage>

const id = Type.Optional(Type.Union([Type.Integer(), Type.String()]))
/** What became of a message: as the answer to a POST, or why nothing of it was taken. */
export const UnitsFeedAnswer = Type.Union([
  Type.Object({
    ...{ id, taken: Type.Integer(), older: Type.Integer(), refused: Type.Integer() },
    rows: Type.Array(Type.Object({ row: Type.Integer(), text: Type.String() }))
  }),
  Type.Object({ id, code: Type.String(), text: Type.String() })
])
export type UnitsFeedAnswer = Static<typeof UnitsFeedAnswer>

/** Of all forces together; a force has one, or two while one takes over from the other. */
const MAX_FEEDS = 32
const PING_MS = 15_000
/** Without a pong the line is dead, and its system must come again. */
const DEAD_AFTER_MS = 45_000
/** Answers that are not read. */
const MAX_UNSENT_BYTES = 1024 * 1024
const CLOSE_WITHIN_MS = 1_000
const GOING_AWAY = 1_001
const UNREADABLE = 1_003

const OPTIONS: ServerOptions = {
  noServer: true,
  maxPayload: BODY_MAX_BYTES,
  perMessageDeflate: false,
  clientTracking: false
}

interface Parts {
  readonly server: Server
  readonly ports: UnitsPorts
  readonly log: Pick<Log, 'info' | 'debug'>
  readonly metrics: Pick<Metrics, 'unitFeeds'>
}

interface Feed {
  readonly token: string
  isAlive: boolean
  silentMs: number
}

const isMessage = new Ajv({ strict: false }).compile<UnitsFeedMessage>(UnitsFeedMessage)

/** The WebSocket door for systems that say where units are, beside the POST: the same words, rules and answers. */
export class UnitsFeedDoor {
  readonly #parts: Parts
  readonly #sockets = new WebSocketServer(OPTIONS)
  readonly #feeds = new Map<WebSocket, Feed>()
  #stops: Stop[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    const { server } = this.#parts
    const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => this.#upgrade(request, stream, head)
    server.on('upgrade', onUpgrade)
    this.#stops = [() => server.off('upgrade', onUpgrade), interval(() => this.#beat(), PING_MS)]
  }

  /** Every system is told that this gateway goes; another has the same units. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await Promise.all(
      [...this.#feeds.keys()].map(async socket => {
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
    if ((request.url ?? '').split('?')[0] !== UNITS_FEED_PATH) return
    stream.on('error', () => stream.destroy())
    const token = readBearer(request.headers.authorization)
    const may = this.#parts.ports.maySendUnits(token)
    if (may !== 'yes') return refuse(stream, STATUS[may])
    if (this.#feeds.size >= MAX_FEEDS) return refuse(stream, '503 Service Unavailable')
    this.#sockets.handleUpgrade(request, stream, head, socket => this.#open(socket, token))
  }

  #open(socket: WebSocket, token: string): void {
    const { log, metrics } = this.#parts
    const feed: Feed = { token, isAlive: true, silentMs: 0 }
    this.#feeds.set(socket, feed)
    metrics.unitFeeds.set(this.#feeds.size)
    log.info('units.feed-opened', {})
    socket.on('error', thrown => log.debug('units.feed', { reason: thrown.message }))
    socket.on('pong', () => {
      feed.isAlive = true
    })
    socket.on('message', (data, isBinary) => {
      feed.isAlive = true
      if (isBinary) socket.close(UNREADABLE, 'text only')
      else this.#answer(socket, this.#take(token, data.toString()))
    })
    socket.on('close', code => {
      this.#feeds.delete(socket)
      metrics.unitFeeds.set(this.#feeds.size)
      log.info('units.feed-closed', { status: code })
    })
  }

  /** Never throws: what cannot be read is answered, and the next message is heard. */
  #take(token: string, text: string): UnitsFeedAnswer {
    const message = parse(text)
    const own = idOf(message)
    const id = own === undefined ? {} : { id: own }
    if (!isMessage(message)) {
      const [wrong] = isMessage.errors ?? []
      const where = wrong === undefined ? 'no JSON' : `${wrong.instancePath || 'the message'} ${wrong.message}`
      return { ...id, code: 'units.unreadable', text: `Nothing of it was taken: ${where}.` }
    }
    const { maySendUnits, takeUnits } = this.#parts.ports
    const may = maySendUnits(token)
    if (may !== 'yes') return { ...id, ...WHY[may] }
    const result = takeUnits(token, message.units)
    if (result.kind !== 'taken') return { ...id, ...WHY[result.kind] }
    const { taken, older, refused } = result
    return { ...id, taken, older, refused: refused.length, rows: refused.slice(0, MAX_NAMED) }
  }

  #answer(socket: WebSocket, answer: UnitsFeedAnswer): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate()
    else socket.send(JSON.stringify(answer))
  }

  #beat(): void {
    for (const [socket, feed] of this.#feeds) {
      feed.silentMs = feed.isAlive ? 0 : feed.silentMs + PING_MS
      feed.isAlive = false
      if (feed.silentMs >= DEAD_AFTER_MS) socket.terminate()
      else socket.ping()
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told as unreadable.
    return undefined
  }
}

function idOf(message: unknown): number | string | undefined {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined
  return typeof id === 'number' || (typeof id === 'string' && id.length <= 64) ? id : undefined
}

type Refused = Exclude<UnitsResult['kind'], 'taken'>

const STATUS: Readonly<Record<Refused, string>> = {
  off: '404 Not Found',
  'no-units': '404 Not Found',
  unknown: '401 Unauthorized',
  'not-yours': '403 Forbidden',
  'too-many': '429 Too Many Requests'
}

const WHY: Readonly<Record<Refused, { readonly code: string; readonly text: string }>> = {
  off: { code: 'units.off', text: 'No system may send units here.' },
  'no-units': { code: 'units.off', text: 'The force of this system has no units in the config.' },
  unknown: { code: 'units.unknown', text: 'No system has this token.' },
  'not-yours': { code: 'units.not-yours', text: 'This system may not send units.' },
  'too-many': { code: 'units.too-many', text: 'More batches than one system may send; send it again in a second.' }
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
