import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { UpstreamWorld } from './upstream-world.ts'

const MAX_BODY_BYTES = 16_384
const MAX_NUMBERS = 10
/** A register that is asked with a place of no extent still looks around. */
const LEAST_METRES = 750
const MOST_METRES = 5_000

/**
 * The demo's other systems on one port, each as strange to us as a force's own: `POST /vehicles` and `POST /custody` with
 * `{"numbers": []}`, `POST /premises` with `{"easting", "northing", "radius"}`, and `GET /health`. Custody answers 404 where it
 * holds nobody.
 */
export class UpstreamServer {
  /** How long each answer takes; a test changes it. */
  answerAfterMs: number
  readonly #world: UpstreamWorld
  readonly #server: Server
  readonly #stops = new Set<Stop>()

  constructor({ world, answerAfterMs = 0 }: { readonly world: UpstreamWorld; readonly answerAfterMs?: number }) {
    this.#world = world
    this.answerAfterMs = answerAfterMs
    this.#server = createServer((request, response) => this.#take(request, response))
  }

  /** On loopback; 0 takes any free port. Resolves with the port. */
  async start(port = 0): Promise<number> {
    await new Promise<void>((done, fail) => {
      this.#server.once('error', fail)
      this.#server.listen(port, '127.0.0.1', done)
    })
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#server.closeAllConnections()
    await new Promise<void>(done => this.#server.close(() => done()))
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) request.destroy()
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const answer = () => this.#answer(response, request.method ?? '', request.url ?? '', Buffer.concat(chunks))
      if (this.answerAfterMs === 0) return answer()
      const stop = after(this.answerAfterMs, () => {
        this.#stops.delete(stop)
        answer()
      })
      this.#stops.add(stop)
    })
  }

  #answer(response: ServerResponse, method: string, url: string, body: Buffer): void {
    const [status, json] = method === 'GET' && url === '/health' ? [200, { ok: true }] : this.#read(method, url, body)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify(json))
  }

  #read(method: string, url: string, body: Buffer): readonly [status: number, json: unknown] {
    const ask = method === 'POST' ? parse(body) : undefined
    if (ask === undefined) return [400, { error: 'a JSON object is wanted' }]
    const numbers = Array.isArray(ask['numbers']) ? ask['numbers'].map(String).slice(0, MAX_NUMBERS) : []
    const asOf = new Date().toISOString()
    switch (url) {
      case '/vehicles':
        return [200, { asOf, vehicles: numbers.flatMap(number => this.#world.vehiclesOf(number)) }]
      case '/custody': {
        const records = numbers.flatMap(number => this.#world.custodyOf(number))
        return records.length === 0 ? [404, { error: 'nobody of these numbers' }] : [200, { records }]
      }
      case '/premises': {
        const [easting, northing, radius] = ['easting', 'northing', 'radius'].map(name => Number(ask[name]))
        const metres = Math.min(MOST_METRES, Math.max(LEAST_METRES, radius ?? 0))
        return [200, { asOf, metres, sites: this.#world.premisesNear(easting ?? 0, northing ?? 0, metres) }]
      }
      default:
        return [404, { error: 'no such system' }]
    }
  }
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'))
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined
  } catch {
    // It hears 400.
    return undefined
  }
}
