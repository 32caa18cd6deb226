import { parseNameAddr } from '../name-addr.ts'
import { detached } from './detached-text.ts'
import type { FastRequest } from './fast-request.ts'
import type { Flow } from './flow.ts'
import { contactOf } from './own-contact.ts'

/** What keeps answers for a request that comes again (RFC 3261 §17.2); only UDP needs it. */
export interface AnswerMemory {
  remember(answer: { key: string; method: string; status: number; bytes: Buffer; flow: Pick<Flow, 'send'> }): void
}

type Answered = Pick<FastRequest, 'viaBranch' | 'method' | 'uri' | 'header'>

/** CANCEL shares its INVITE's transaction key, but its answer is its own. */
export function answerKey({ viaBranch, method }: Pick<FastRequest, 'viaBranch' | 'method'>): string {
  return method === 'CANCEL' ? `${viaBranch}|CANCEL` : viaBranch
}

/**
 * sip.js' idea of a transport, for the answers to one request: they go back the way it came. The core takes the
 * transport at the moment it makes the server transaction, so each request has its own.
 */
export class ReplyPath {
  readonly protocol: string
  readonly #request: Answered
  readonly flow: Flow
  readonly #memory: AnswerMemory

  constructor(request: Answered, flow: Flow, memory: AnswerMemory) {
    this.protocol = flow.transport.toUpperCase()
    this.#request = request
    this.flow = flow
    this.#memory = memory
  }

  /** Our Contact in answers that go this way: the end of the flow that the request came to. */
  get contact(): string {
    return contactOf(this.flow, this.#isSips())
  }

  /** Our address in what we say of media. */
  get host(): string {
    return this.flow.local.host
  }

  send(message: string): Promise<void> {
    // Latin-1 both ways: what we echo of the request are its own bytes.
    const bytes = Buffer.from(message, 'latin1')
    this.flow.send(bytes)
    const status = Number(message.slice(8, 11))
    if (status >= 200 && !this.flow.isReliable) {
      const { method } = this.#request
      // Nothing of it may hold on to the request: thousands of answers are kept for half a minute.
      const key = detached(answerKey(this.#request))
      this.#memory.remember({ key, method, status, bytes, flow: this.flow })
    }
    return Promise.resolve()
  }

  /** RFC 3261 §12.1.1: a dialog that was asked for by sips stays so, over flows that can. */
  #isSips(): boolean {
    const { transport } = this.flow
    if (transport !== 'tls' && transport !== 'wss') return false
    const { uri } = this.#request
    const next = this.#request.header('record-route') ?? this.#request.header('contact') ?? ''
    return /^sips:/i.test(uri) || parseNameAddr(next)?.uri.scheme === 'sips'
  }
}
