import type { FastRequest } from './fast-request.ts'

/** One connection or datagram direction: bytes out, nothing known of SIP. */
export interface Flow {
  readonly isReliable: boolean
  send(bytes: Buffer): void
}

/** What keeps answers for a request that comes again (RFC 3261 §17.2); only UDP needs it. */
export interface AnswerMemory {
  remember(answer: { key: string; method: string; status: number; bytes: Buffer; send: (bytes: Buffer) => void }): void
}

/** The same text in memory of its own: what was cut out of a message keeps all of it alive. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

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
  readonly #request: Pick<FastRequest, 'viaBranch' | 'method'>
  readonly flow: Flow
  readonly #memory: AnswerMemory

  constructor(request: Pick<FastRequest, 'viaBranch' | 'method'>, flow: Flow, memory: AnswerMemory) {
    this.protocol = flow.isReliable ? 'TCP' : 'UDP'
    this.#request = request
    this.flow = flow
    this.#memory = memory
  }

  send(message: string): Promise<void> {
    // Latin-1 both ways: what we echo of the request are its own bytes.
    const bytes = Buffer.from(message, 'latin1')
    this.flow.send(bytes)
    const status = Number(message.slice(8, 11))
    if (status >= 200 && !this.flow.isReliable) {
      const { method } = this.#request
      // Neither may hold on to the request: thousands of answers are kept for half a minute.
      const flow = this.flow
      const send = (again: Buffer) => flow.send(again)
      this.#memory.remember({ key: detached(answerKey(this.#request)), method, status, bytes, send })
    }
    return Promise.resolve()
  }
}
