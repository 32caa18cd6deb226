import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ControlWord } from '../handover/control-word.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import { isSigned, SIGNATURE_HEADER, sign } from '../operations/signature.ts'

/** What it does with what is posted: takes it, takes it and never answers, refuses it as a broken server does, or says no. */
export type ControlMood = 'takes' | 'deaf' | 'broken' | 'refuses' | 'accepts'

export interface TakenJob {
  readonly handover: string
  readonly contentType: string
  readonly body: string
  /** Its own number for it. */
  readonly incident: string
}

const MAX_BODY_BYTES = 65_536
/** Requests that a test can look at. */
const MAX_POSTS = 10_000

interface Parts {
  readonly secret: string
  readonly mood?: ControlMood
}

/**
 * A force's command and control on loopback: checks who signed, keeps each job once by its key, gives it a number, and says
 * how it stands. What it does can be changed while it runs.
 */
export class CommandAndControl {
  mood: ControlMood
  /** How long each answer takes. */
  answerAfterMs = 0
  /** Every request that came, by its key, again and again if it was sent again. */
  readonly posts: string[] = []
  readonly jobs = new Map<string, TakenJob>()
  /** Requests that nobody known had signed. */
  unsigned = 0
  readonly #secret: Buffer
  readonly #server: Server
  readonly #stops = new Set<Stop>()

  constructor({ secret, mood = 'takes' }: Parts) {
    this.#secret = Buffer.from(secret)
    this.mood = mood
    this.#server = createServer((asked, response) => this.#take(asked, response))
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

  /** Says to a gateway how a job stands; its status. `signedWith`: another secret than its own. */
  say(gatewayUrl: string, handover: string, word: Partial<ControlWord>, signedWith?: string): Promise<number> {
    const body = JSON.stringify(word)
    const secret = signedWith === undefined ? this.#secret : Buffer.from(signedWith)
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: sign(secret, { about: handover, body }, Date.now())
    }
    const url = `${gatewayUrl}/api/v1/handovers/${handover}/state`
    return new Promise((done, fail) => {
      const asked = request(url, { method: 'POST', headers }, response => {
        response.resume()
        done(response.statusCode ?? 0)
      })
      asked.on('error', fail)
      asked.end(body)
    })
  }

  #take(asked: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    let bytes = 0
    asked.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) asked.destroy()
      else chunks.push(chunk)
    })
    asked.on('end', () => {
      const answer = () => this.#answer(asked, response, Buffer.concat(chunks))
      if (this.answerAfterMs === 0) return answer()
      const stop = after(this.answerAfterMs, () => {
        this.#stops.delete(stop)
        answer()
      })
      this.#stops.add(stop)
    })
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const handover = String(headers['idempotency-key'] ?? '')
    if (!isSigned([this.#secret], { about: handover, body }, { header: headers[SIGNATURE_HEADER], now: Date.now() })) {
      this.unsigned += 1
      response.writeHead(401).end()
      return
    }
    if (this.posts.length < MAX_POSTS) this.posts.push(handover)
    if (this.mood === 'broken') {
      response.writeHead(500).end('out of order')
      return
    }
    const job = this.#keep(handover, String(headers['content-type'] ?? ''), body)
    // It has it, and nobody will ever know by this answer.
    if (this.mood === 'deaf') return
    const states = { takes: 'delivered', accepts: 'accepted', refuses: 'refused' } as const
    const word: ControlWord = {
      ...{ state: states[this.mood], incident: job.incident, by: 'control' },
      ...(this.mood === 'refuses' ? { reason: 'Not in our area' } : {})
    }
    const text = JSON.stringify(word)
    const signature = sign(this.#secret, { about: handover, body: text }, Date.now())
    response.writeHead(200, { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature }).end(text)
  }

  #keep(handover: string, contentType: string, body: Buffer): TakenJob {
    const known = this.jobs.get(handover)
    if (known !== undefined) return known
    const incident = `CAD-${String(this.jobs.size + 1).padStart(4, '0')}`
    const job = { handover, contentType, body: body.toString(), incident }
    this.jobs.set(handover, job)
    return job
  }
}
