import { Worker } from 'node:worker_threads'
import { Fault, reasonOf } from '../operations/errors.ts'
import { after } from '../operations/lifecycle.ts'
import type { CrowdNews, CrowdRow, CrowdStart } from './crowd-words.ts'

const CROWD = new URL('crowd.ts', import.meta.url)
/** Handlers that one thread serves well. */
const EACH = 500
const STOP_WITHIN_MS = 2_000
const LIVE_WITHIN_MS = 60_000

/** All handlers of a load, in threads beside it. */
export class CrowdThreads {
  readonly #workers: readonly Worker[]
  readonly #live = new Map<Worker, { readonly live: number; readonly lost: number }>()
  readonly #count: number
  readonly #onRows: (rows: readonly CrowdRow[]) => void
  #onChange: () => void = () => {}
  #failure: Fault | undefined

  constructor(start: CrowdStart, onRows: (rows: readonly CrowdRow[]) => void) {
    this.#count = start.desks.length
    this.#onRows = onRows
    const threads = Math.ceil(start.desks.length / EACH)
    this.#workers = Array.from({ length: threads }, (_, at) => {
      const desks = start.desks.slice(at * EACH, (at + 1) * EACH)
      const worker = new Worker(CROWD, { workerData: { ...start, desks } satisfies CrowdStart })
      worker.on('message', (news: CrowdNews) => this.#hear(worker, news))
      worker.on('error', thrown => {
        this.#failure ??= new Fault('load.sign-on', { handler: '', where: '', reason: reasonOf(thrown) }, thrown)
        this.#onChange()
      })
      return worker
    })
  }

  /** Links that were lost since the start. */
  get lostLinks(): number {
    return [...this.#live.values()].reduce((sum, { lost }) => sum + lost, 0)
  }

  get live(): number {
    return [...this.#live.values()].reduce((sum, { live }) => sum + live, 0)
  }

  /** Resolves when every handler holds a live link. Rejects with `load.sign-on` when one never will. */
  untilLive(): Promise<void> {
    return new Promise((done, fail) => {
      const look = () => {
        if (this.#failure !== undefined) settle(() => fail(this.#failure))
        else if (this.live === this.#count) settle(done)
      }
      const late = new Fault('load.sign-on', {
        handler: '(some)',
        where: 'the target',
        reason: `not all links were live within ${LIVE_WITHIN_MS / 1_000} s`
      })
      const stop = after(LIVE_WITHIN_MS, () => settle(() => fail(late)))
      const settle = (how: () => void) => {
        stop()
        this.#onChange = () => {}
        how()
      }
      this.#onChange = look
      look()
    })
  }

  /** Their last words are heard before it resolves. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#workers.map(worker => {
        const ended = new Promise<void>(done => worker.once('exit', () => done()))
        worker.postMessage('stop')
        const giveUp = after(STOP_WITHIN_MS, () => void worker.terminate())
        return ended.finally(giveUp)
      })
    )
  }

  #hear(worker: Worker, news: CrowdNews): void {
    if (news.kind === 'rows') this.#onRows(news.rows)
    else if (news.kind === 'live') this.#live.set(worker, news)
    else {
      const { handler, where, reason } = news
      this.#failure ??= new Fault('load.sign-on', { handler, where, reason })
    }
    this.#onChange()
  }
}
