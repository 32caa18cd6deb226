import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FuzzReport } from './fuzz-target.ts'
import { type Answer, header, makeBranch, toTagOf } from './sip-text.ts'

/** Where we send from: an event-leg switch, a ring-leg one, and one whose calls are all good. */
export const EVENT_HOST = '127.0.0.77'
export const RING_HOST = '127.0.0.78'
export const GOOD_HOST = '127.0.0.79'

const TARGET = fileURLToPath(new URL('./fuzz-target.ts', import.meta.url))

interface Test {
  teardown(run: () => unknown): unknown
}

export interface Target {
  readonly port: number
  /** False when the process has ended, which nothing a switch sends may bring about. */
  isAlive(): boolean
  report(): Promise<FuzzReport>
  /** The same after a full collection, so that its heap can be compared. */
  weigh(): Promise<FuzzReport>
  /** Its clock is set forward by so much. */
  later(ms: number): Promise<FuzzReport>
}

/** The driver in a process of its own. */
export async function startTarget(t: Test): Promise<Target> {
  const child: ChildProcess = fork(TARGET, [], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.disconnect()
    await once(child, 'exit')
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const ask = async (asked: object): Promise<FuzzReport> => {
    child.send(asked)
    const [report] = (await once(child, 'message')) as [FuzzReport]
    return report
  }
  return {
    port,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    report: () => ask({ what: 'report' }),
    weigh: () => ask({ what: 'weigh' }),
    later: ms => ask({ what: 'later', ms })
  }
}

/** A request of the answer's call, made of what the answer says of it, as any switch does. */
function within(answer: Answer, method: string, { cseq, branch }: { cseq: number; branch: string }): string {
  const via = (header(answer, 'via') ?? '').replace(/branch=[^;]*/, `branch=${branch}`)
  return [
    `${method} sip:callbox@127.0.0.1 SIP/2.0`,
    `Via: ${via}`,
    'Max-Forwards: 70',
    `From: ${header(answer, 'from') ?? ''}`,
    `To: ${method === 'CANCEL' ? (header(answer, 'to') ?? '').replace(/;tag=[^;]*$/, '') : (header(answer, 'to') ?? '')}`,
    `Call-ID: ${header(answer, 'call-id') ?? ''}`,
    `CSeq: ${cseq} ${method}`,
    'Content-Length: 0',
    '',
    ''
  ].join('\r\n')
}

/** A call that is up, to hang up later, and to send spoilt requests into. */
export interface OpenCall {
  readonly toTag: string
  request(method: string): string
}

/** The switch's own good manners in the middle of it all: what is answered is acknowledged, and ended in the end. */
export class OpenCalls {
  readonly #most: number
  readonly #calls = new Map<string, OpenCall>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#calls.size
  }

  all(): readonly OpenCall[] {
    return [...this.#calls.values()]
  }

  /** What the switch sends on this answer; the oldest call is hung up when there are too many. */
  replies(answer: Answer): string[] {
    const [, digits = '0', method = ''] = /^(\d+)\s+(\S+)/.exec(header(answer, 'cseq') ?? '') ?? []
    if (method !== 'INVITE' || toTagOf(answer) === '') return []
    const first = Number(digits)
    const branch = /branch=([^;]*)/.exec(header(answer, 'via') ?? '')?.[1] ?? ''
    if (answer.status === 180) return [within(answer, 'CANCEL', { cseq: first, branch })]
    if (answer.status >= 300) return [within(answer, 'ACK', { cseq: first, branch })]
    if (answer.status !== 200) return []
    let cseq = first
    const call: OpenCall = {
      toTag: toTagOf(answer),
      request: wanted => within(answer, wanted, { cseq: ++cseq, branch: makeBranch() })
    }
    const key = `${header(answer, 'call-id')} ${call.toTag}`
    if (!this.#calls.has(key)) this.#calls.set(key, call)
    const replies = [within(answer, 'ACK', { cseq: first, branch: makeBranch() })]
    const [oldest] = this.#calls.keys()
    if (this.#calls.size > this.#most && oldest !== undefined) replies.push(this.#hangUp(oldest))
    return replies
  }

  /** BYE for every call that is still up. */
  hangUpAll(): string[] {
    return [...this.#calls.keys()].map(key => this.#hangUp(key))
  }

  #hangUp(key: string): string {
    const bye = this.#calls.get(key)?.request('BYE') ?? ''
    this.#calls.delete(key)
    return bye
  }
}
