import type { CallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { EisecRequest } from '../records/eisec.ts'

interface Parts {
  /** Rejects as the record does. */
  readonly write: (requests: readonly EisecRequest[]) => Promise<void>
  readonly erase: (ended: ReadonlyMap<CallId, number>) => Promise<void>
  /** Nobody could be told of the call in time. */
  readonly onLate: (callId: CallId) => void
  readonly deadlineMs: number
  readonly dropMs: number
  readonly log: Log
  readonly clock: Pick<Clock, 'monotonicMs'>
}

interface Waiting {
  readonly request: EisecRequest
  readonly since: number
  isLateSaid: boolean
}

/** What one turn of the network brings is written together. */
const FLUSH_MS = 20
const AGAIN_MS = 500
/** Calls of which the record does not know yet that they are asked about; beyond it the oldest is left out. */
const MAX_WAITING = 1_000

/**
 * The requests of this gateway on their way into the record, and those that have ended on their way out of it. While the
 * record is away they wait, for no longer than an answer would be waited for.
 */
export class EisecRequests {
  readonly #parts: Parts
  readonly #waiting = new Map<CallId, Waiting>()
  readonly #ended = new Map<CallId, number>()
  #stopFlush: Stop = () => {}
  #isFlushing = false
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Returns at once. */
  add(request: EisecRequest): void {
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined && this.#waiting.size >= MAX_WAITING) this.#waiting.delete(oldest)
    this.#waiting.set(request.callId, { request, since: this.#parts.clock.monotonicMs(), isLateSaid: false })
    this.#later(FLUSH_MS)
  }

  /** Nothing more will come for this call in this run. */
  end(callId: CallId, run: number): void {
    if ((this.#waiting.get(callId)?.request.run ?? Number.POSITIVE_INFINITY) <= run) this.#waiting.delete(callId)
    if (this.#ended.size < MAX_WAITING) this.#ended.set(callId, run)
    this.#later(FLUSH_MS)
  }

  /** What the record lacks gets one more try. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopFlush()
    await this.#flush()
  }

  #later(ms: number): void {
    if (this.#isFlushing || this.#isStopped) return
    this.#isFlushing = true
    this.#stopFlush = after(ms, () => {
      this.#flush().then(isDone => {
        this.#isFlushing = false
        if (!isDone || this.#waiting.size + this.#ended.size > 0) this.#later(isDone ? FLUSH_MS : AGAIN_MS)
      })
    })
  }

  /** False when the record did not take it. */
  async #flush(): Promise<boolean> {
    const { write, erase, log } = this.#parts
    const batch = [...this.#waiting.values()]
    const ended = new Map(this.#ended)
    try {
      if (batch.length > 0) await write(batch.map(({ request }) => request))
      for (const each of batch)
        if (this.#waiting.get(each.request.callId) === each) this.#waiting.delete(each.request.callId)
      if (ended.size > 0) await erase(ended)
      for (const [callId, run] of ended) if (this.#ended.get(callId) === run) this.#ended.delete(callId)
      return true
    } catch (thrown) {
      log.debug('eisec.requests', { reason: reasonOf(thrown) })
      this.#age()
      return false
    }
  }

  #age(): void {
    const { clock, deadlineMs, dropMs, onLate } = this.#parts
    const now = clock.monotonicMs()
    for (const [callId, waiting] of this.#waiting) {
      if (now - waiting.since >= deadlineMs && !waiting.isLateSaid) {
        waiting.isLateSaid = true
        onLate(callId)
      }
      if (now - waiting.since >= dropMs) this.#waiting.delete(callId)
    }
  }
}
