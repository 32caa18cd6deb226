import { type IncomingMessage, request as requestClear } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { ControlConfig } from '../operations/handover-schema.ts'
import { isSigned, SIGNATURE_HEADER, sign } from '../operations/signature.ts'
import type { Handover } from '../pop/handover.ts'
import { toControlMessage } from './control-message.ts'
import { type ControlWord, parseControlWord } from './control-word.ts'

/**
 * What a try came to. `taken`: they have it; `word` is what they said with it, where they signed it. `failed`: they may have
 * it or not, so that it is said again under the same key; `why` has no word of the hand-over.
 */
export type Posted =
  | { readonly kind: 'taken'; readonly word: ControlWord | undefined }
  | { readonly kind: 'failed'; readonly why: string }

export type PostHandover = (handover: Handover) => Promise<Posted>

interface Parts {
  readonly config: ControlConfig
  /** The first signs, any is believed. */
  readonly secrets: readonly Buffer[]
  readonly site: string
  readonly now: () => number
}

/** An answer says how it stands; more than this is not one. */
const ANSWER_MAX_BYTES = 16_384

/**
 * Posts hand-overs to a force's command and control. A new connection each time: they are few, and one that was kept may be
 * dead. Nothing is redirected. Never rejects.
 */
export function makePostHandover({ config, secrets, site, now }: Parts): PostHandover {
  const [secret] = secrets
  if (secret === undefined) throw new Error('a command and control has no secret')
  return async handover => {
    const { contentType, body } = toControlMessage(handover, config.body, site)
    const headers = {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
      'accept-encoding': 'identity',
      'idempotency-key': handover.handover,
      [SIGNATURE_HEADER]: sign(secret, { about: handover.handover, body }, now())
    }
    try {
      const answer = await post(config, { headers, body })
      if (answer.status < 200 || answer.status > 299) return { kind: 'failed', why: `HTTP ${answer.status}` }
      const signed = { about: handover.handover, body: answer.body }
      const isTheirs = isSigned(secrets, signed, { header: answer.signature, now: now() })
      return { kind: 'taken', word: isTheirs ? parseControlWord(answer.body) : undefined }
    } catch (thrown) {
      return { kind: 'failed', why: whyOf(thrown) }
    }
  }
}

interface Answer {
  readonly status: number
  readonly signature: unknown
  readonly body: Buffer
}

interface Message {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
}

function post({ url, deadlineMs }: ControlConfig, { headers, body }: Message): Promise<Answer> {
  return new Promise((done, fail) => {
    const isSecure = url.startsWith('https:')
    const signal = AbortSignal.timeout(deadlineMs)
    const options = { method: 'POST', headers, signal, agent: false } as const
    const request = isSecure ? requestSecure(url, { ...options, minVersion: 'TLSv1.2' }) : requestClear(url, options)
    request.on('error', fail)
    request.on('response', response => {
      const answered = { status: response.statusCode ?? 0, signature: response.headers[SIGNATURE_HEADER] }
      readBounded(response).then(read => done({ ...answered, body: read }), fail)
    })
    request.end(body)
  })
}

/** What is too long is no answer of theirs: that they have it, their status says. */
async function readBounded(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_MAX_BYTES) {
      response.destroy()
      return Buffer.alloc(0)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What Node says of a link holds names and addresses; its code does not. */
function whyOf(thrown: unknown): string {
  const { code, name } = thrown as { code?: unknown; name?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR') return 'no answer in time'
  return typeof code === 'string' && /^[A-Z_0-9]{3,60}$/.test(code) ? code : 'the link broke'
}
