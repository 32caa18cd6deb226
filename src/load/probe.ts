import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { FromClient, ToClient } from '../delivery/protocol.ts'
import { SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { Fault } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { whoHolds } from '../operations/port-holder.ts'
import type { CrowdRow } from './crowd-words.ts'
import { HandlerJournal } from './handler-journal.ts'
import { Latency } from './latency.ts'
import type { Probed } from './report.ts'
import type { Desk } from './site.ts'
import { WallClock } from './wall-clock.ts'

interface Parts {
  readonly host: string
  readonly port: number
  /** The gateway whose console real desks use, as `http://host:8080`. */
  readonly target: string
  /** Desks for people, with their place in the whole list. */
  readonly desks: readonly { readonly at: number; readonly desk: Desk }[]
  readonly onRows: (rows: readonly CrowdRow[]) => void
}

const LOOK_EVERY_MS = 200

/**
 * The console of the gateway, on real desks: a relay that passes everything on and notes what went by. A person opens
 * `/probe` in the desk's own browser and signs on; calls of the load pop there, and the console says how long each took
 * from its frame to the paint, which goes into the same report.
 */
export class Probe {
  readonly desks: Parts['desks']
  readonly #parts: Parts
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  readonly #links = new Set<WebSocket>()
  readonly #clock = new WallClock()
  readonly #journals: ReadonlyMap<string, HandlerJournal>
  readonly #painted = new Map<string, Latency>()
  readonly #browsers = new Map<string, string>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.desks = parts.desks
    this.#journals = new Map(
      parts.desks.map(({ at, desk }) => [desk.handler, new HandlerJournal(at, row => parts.onRows([row]))])
    )
    this.#http = createServer((incoming, answer) => this.#pass(incoming, answer))
    this.#http.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket, head))
  }

  /** Resolves with the address to open. Rejects with `listen.port-taken`. */
  async start(): Promise<string> {
    const { host, port } = this.#parts
    await new Promise<void>((done, fail) => {
      this.#http.once('error', (thrown: NodeJS.ErrnoException) => {
        const isTaken = thrown.code === 'EADDRINUSE'
        whoHolds(port, 'tcp').then(by => {
          const data = { host, port, what: 'probe', by, reason: thrown.message }
          fail(new Fault(isTaken ? 'listen.port-taken' : 'listen.failed', data, thrown))
        }, fail)
      })
      this.#http.listen(port, host, done)
    })
    const address = this.#http.address()
    return `http://${host}:${typeof address === 'object' ? address?.port : port}/probe`
  }

  /** Resolves when somebody has signed on at each desk, or `isStopped`. */
  untilSignedOn(isStopped: () => boolean): Promise<void> {
    return new Promise(done => {
      const stop = interval(() => {
        if (this.#browsers.size < this.#journals.size && !isStopped()) return
        stop()
        done()
      }, LOOK_EVERY_MS)
    })
  }

  /** From the frame of each pop to its paint, by desk, as the browsers themselves said. */
  figures(): Probed[] {
    return this.#parts.desks.map(({ desk }, at) => ({
      desk: at + 1,
      browser: this.#browsers.get(desk.handler) ?? 'nobody signed on',
      painted: (this.#painted.get(desk.handler) ?? new Latency()).figures()
    }))
  }

  /** What was painted so far is of another run. */
  forget(): void {
    this.#painted.clear()
  }

  stop(): void {
    for (const link of this.#links) link.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { url = '', method = 'GET' } = incoming
    if (url === '/probe') {
      answer.writeHead(302, { location: '/' }).end()
      return
    }
    const passed = request(`${this.#parts.target}${url}`, { method, headers: this.#headers(incoming) }, got => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    incoming.pipe(passed)
  }

  /** The gateway sees its own page ask. */
  #headers({ headers }: IncomingMessage): Record<string, string | string[] | undefined> {
    const { host, origin } = new URL(this.#parts.target)
    return { ...headers, host, ...(headers.origin === undefined ? {} : { origin }) }
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(incoming, socket, head, near => this.#join(near, incoming))
  }

  #join(near: WebSocket, { url = '', headers }: IncomingMessage): void {
    const { target } = this.#parts
    const far = new WebSocket(`${target.replace(/^http/, 'ws')}${url}`, SUBPROTOCOL, {
      ...{ origin: new URL(target).origin, perMessageDeflate: false }
    })
    const early: RawData[] = []
    let handler = ''
    for (const [link, other] of [
      [near, far],
      [far, near]
    ] as const) {
      this.#links.add(link)
      link.on('error', () => link.terminate())
      link.on('close', code => {
        this.#links.delete(link)
        // A close that is no code of the protocol, as that of a cut, is passed on as one.
        if (code >= 1_000 && code !== 1_005 && code !== 1_006) other.close(code)
        else other.terminate()
      })
    }
    near.on('message', data => {
      if (far.readyState === WebSocket.OPEN) far.send(data.toString())
      else early.push(data)
      this.#said(handler, data.toString())
    })
    far.on('open', () => {
      for (const data of early.splice(0)) far.send(data.toString())
    })
    far.on('message', data => {
      const text = data.toString()
      near.send(text)
      handler = this.#heard(handler, text, headers['user-agent'])
    })
  }

  /** Whose link it is, once the gateway has said so. */
  #heard(handler: string, text: string, userAgent: string | undefined): string {
    this.#clock.follow()
    const message = JSON.parse(text) as ToClient
    if (message.t === 'welcome') {
      if (this.#journals.has(message.handler)) this.#browsers.set(message.handler, toBrowser(userAgent))
      return message.handler
    }
    if (message.t === 'ev' || message.t === 'snapshot') this.#journals.get(handler)?.heard(message, this.#clock.now())
    return handler
  }

  #said(handler: string, text: string): void {
    const journal = this.#journals.get(handler)
    if (journal === undefined) return
    journal.said(text, this.#clock.now())
    if (!text.startsWith('{"t":"seen"')) return
    const { popId, paintMs } = JSON.parse(text) as Extract<FromClient, { t: 'seen' }>
    const painted = this.#painted.get(handler) ?? new Latency()
    this.#painted.set(handler, painted)
    painted.add(paintMs)
    journal.note('painted', popId.slice(2), this.#clock.now())
  }
}

/** Name and version, and nothing else that a browser tells of its user. The first that fits: most name others too. */
const BROWSERS = [
  [/Edg\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/Chrome\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari/, 'Safari']
] as const

export function toBrowser(userAgent = ''): string {
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1]
    if (version !== undefined) return `${name} ${version}`
  }
  return 'a browser'
}
