import { Agent as ClearAgent, type IncomingMessage, request as requestClear } from 'node:http'
import { request as requestSecure, Agent as SecureAgent } from 'node:https'
import { Fault, faultCode } from '../../operations/errors.ts'
import type { Clock } from '../../operations/lifecycle.ts'
import { readHeaderFile } from '../../operations/sources-checks.ts'
import type { SourceConfig } from '../../operations/sources-schema.ts'
import { readClientTlsFiles } from '../../operations/tls-files.ts'

/*
 * Asks a system that the config names, over connections that are kept. Nothing is redirected, nothing larger than it may be
 * is read, and faults say no word of the question or the answer.
 */

/** A status that is an answer, and its JSON; undefined where it has none. */
export interface HttpAnswer {
  readonly status: number
  readonly body: unknown
}

export interface HttpExchange {
  /** Rejects with a fault of `source.*`, or when the signal fires. */
  ask(question: { readonly url: string; readonly body?: string }, signal: AbortSignal): Promise<HttpAnswer>
  /** Resolves when the source says of itself that it is well. */
  health(signal: AbortSignal): Promise<void>
  /** Lets its connections go. */
  stop(): void
}

/** Secrets and certificates that were changed are in use this long afterwards. */
const FILES_MS = 60_000
/** A connection that nobody has used for so long is not used again: most servers end it soon after. */
const IDLE_MS = 4_000

interface Link {
  readonly agent: ClearAgent | SecureAgent
  readonly headers: Readonly<Record<string, string>>
}

interface Parts {
  readonly source: SourceConfig
  readonly clock: Pick<Clock, 'monotonicMs'>
}

export function makeHttpExchange({ source, clock }: Parts): HttpExchange {
  const links = new Links(source, clock)
  const fault = (code: 'source.refused' | 'source.redirected', status: number) => new Fault(code, { status })
  const send = async (question: Question, signal: AbortSignal) => {
    const link = await links.get()
    try {
      return await exchange(link, question, signal)
    } catch (thrown) {
      // The server closed a kept connection just as it was used again. A question changes nothing: it may be asked twice.
      if (!(thrown instanceof CutOnReuse)) throw asFault(thrown, signal)
    }
    return exchange(link, question, signal).catch(thrown => {
      throw asFault(thrown, signal)
    })
  }
  return {
    ask: async ({ url, body }, signal) => {
      const { answers, maxBytes } = source
      const { status, text, type } = await send({ url, method: source.method, body, answers, maxBytes }, signal)
      if (status >= 300 && status < 400) throw fault('source.redirected', status)
      if (!answers.includes(status)) throw fault('source.refused', status)
      return { status, body: toJson(text, type) }
    },
    health: async signal => {
      const { status } = await send(
        { url: source.healthUrl ?? source.url, method: 'GET', answers: [], maxBytes: 0 },
        signal
      )
      if (status < 200 || status > 299) throw fault('source.refused', status)
    },
    stop: () => links.stop()
  }
}

/** The connections to one source, with what they show; made anew when that has changed. */
class Links {
  readonly #source: SourceConfig
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #made: { readonly at: number; readonly link: Promise<Link> } | undefined
  #shown = ''

  constructor(source: SourceConfig, clock: Pick<Clock, 'monotonicMs'>) {
    this.#source = source
    this.#clock = clock
  }

  get(): Promise<Link> {
    const now = this.#clock.monotonicMs()
    const made = this.#made
    if (made !== undefined && now - made.at <= FILES_MS) return made.link
    const link = this.#make(made?.link)
    this.#made = { at: now, link }
    link.catch(() => {
      if (this.#made?.link === link) this.#made = undefined
    })
    return link
  }

  stop(): void {
    this.#made?.link.then(
      ({ agent }) => agent.destroy(),
      // There are none to let go.
      () => {}
    )
  }

  async #make(before: Promise<Link> | undefined): Promise<Link> {
    const { headers, url, maxConcurrent } = this.#source
    const isSecure = url.startsWith('https:')
    const tls = isSecure ? await readClientTlsFiles(this.#source) : {}
    const shown: Record<string, string> = {}
    for (const { name, value, valueFile, prefix = '' } of headers)
      shown[name.toLowerCase()] = valueFile === undefined ? (value ?? '') : prefix + (await readHeaderFile(valueFile))
    const now = JSON.stringify([shown, tls])
    const known = await before?.catch(() => undefined)
    if (known !== undefined && now === this.#shown) return known
    this.#shown = now
    known?.agent.destroy()
    const options = { keepAlive: true, maxSockets: maxConcurrent, scheduling: 'lifo', timeout: IDLE_MS } as const
    const agent = isSecure ? new SecureAgent({ ...options, ...tls, minVersion: 'TLSv1.2' }) : new ClearAgent(options)
    return { agent, headers: shown }
  }
}

interface Question {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly body?: string | undefined
  /** Statuses whose text is read; of any other nothing is. */
  readonly answers: readonly number[]
  readonly maxBytes: number
}

interface Text {
  readonly status: number
  readonly text: string
  readonly type: string
}

function exchange({ agent, headers }: Link, question: Question, signal: AbortSignal): Promise<Text> {
  const { url, method, body, answers, maxBytes } = question
  const sent = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    ...headers,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) })
  }
  return new Promise((done, fail) => {
    const isSecure = url.startsWith('https:')
    const request = (isSecure ? requestSecure : requestClear)(url, { method, signal, agent, headers: sent })
    request.on('error', thrown => fail(request.reusedSocket && isCut(thrown) ? new CutOnReuse() : thrown))
    request.on('response', response => {
      const status = response.statusCode ?? 0
      const type = response.headers['content-type'] ?? ''
      if (!answers.includes(status)) {
        // Nobody reads on: the connection goes, however much more was to come.
        response.destroy()
        done({ status, text: '', type })
        return
      }
      readBounded(response, maxBytes).then(text => done({ status, text, type }), fail)
    })
    request.end(body)
  })
}

async function readBounded(response: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    response.destroy()
    throw new Fault('source.unreadable', { reason: 'it is packed, which was not asked for' })
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Fault('source.too-large', { count: maxBytes })
    chunks.push(chunk)
  }
  if (!response.complete) throw new Fault('source.unreachable', { reason: 'its answer broke off' })
  return Buffer.concat(chunks).toString('utf8')
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;|$)/i

/** Only what says that it is JSON, and is. */
function toJson(text: string, type: string): unknown {
  if (text.trim() === '') return undefined
  if (!JSON_TYPE.test(type)) throw new Fault('source.unreadable', { reason: 'it is not JSON by its content type' })
  try {
    return JSON.parse(text)
  } catch {
    // What is wrong with it would be told in words of the answer.
    throw new Fault('source.unreadable', { reason: 'it is no JSON' })
  }
}

class CutOnReuse extends Error {}

function isCut(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown }
  return code === 'ECONNRESET' || code === 'EPIPE'
}

/** What Node says of a link holds names and addresses; its code does not. */
function asFault(thrown: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || faultCode(thrown) !== undefined) return thrown
  const { code } = thrown as { code?: unknown }
  const reason = typeof code === 'string' && /^[A-Z_0-9]{3,60}$/.test(code) ? code : 'the link broke'
  return new Fault('source.unreachable', { reason })
}
