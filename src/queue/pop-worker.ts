import { Ajv } from 'ajv'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { Fault, reasonOf } from '../operations/errors.ts'
import { after } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { RedisRole } from '../operations/redis.ts'
import type { QueueConnection } from './pop-jobs.ts'
import { POP_QUEUE, PopJob, queuePrefix, WORKER_OPTIONS } from './queues.ts'

interface Parts {
  readonly connect: (role: RedisRole) => QueueConnection
  readonly keyPrefix: string
  readonly concurrency: number
  readonly process: (job: PopJob) => Promise<void>
  /** All tries are used up. */
  readonly giveUp: (job: PopJob) => Promise<void>
  /** Each time jobs begin to wait long, or no longer do. */
  readonly onSlow: (isSlow: boolean) => void
  readonly log: Log
  readonly metrics: Metrics
}

const isPopJob = new Ajv({ strict: false }).compile<PopJob>(PopJob)
/** A job that waited longer than this was slow; one that waited less than half of it ends the alarm. */
const SLOW_MS = 2_000
/** Jobs under way have this long to end; another worker takes up what has not. */
const DRAIN_MS = 3_000

/** Takes pop jobs from BullMQ. */
export class PopWorker {
  readonly #parts: Parts
  #worker: Worker | undefined
  #isSlow = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    const { connect, keyPrefix, concurrency, log } = this.#parts
    const worker = new Worker(POP_QUEUE, job => this.#process(job), {
      ...WORKER_OPTIONS,
      connection: connect('blocking'),
      prefix: queuePrefix(keyPrefix),
      concurrency,
      // Redis may be away at the start: the worker waits for it by itself.
      autorun: true
    })
    worker.on('error', thrown => log.debug('queue.worker', { reason: reasonOf(thrown) }))
    worker.on('failed', (job, thrown) => this.#failed(job, thrown))
    this.#worker = worker
  }

  async stop(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    let giveUp = () => {}
    const late = new Promise<void>(resolve => {
      giveUp = after(DRAIN_MS, resolve)
    })
    const closed = worker.close()
    await Promise.race([closed, late])
    giveUp()
    await worker.close(true)
  }

  async #process(job: Job): Promise<void> {
    const data: unknown = job.data
    // A job of another version or from elsewhere never becomes one of ours by being tried again.
    if (!isPopJob(data)) throw new UnrecoverableError('payload is no pop job')
    const waitedMs = Math.max(0, Date.now() - job.timestamp)
    this.#parts.metrics.jobWaitSeconds.observe(waitedMs / 1000)
    // A job that is tried again has waited on purpose.
    if (job.attemptsMade === 0) this.#noteWait(waitedMs)
    await this.#parts.process(data)
  }

  #noteWait(waitedMs: number): void {
    const isSlow = this.#isSlow ? waitedMs > SLOW_MS / 2 : waitedMs > SLOW_MS
    if (isSlow === this.#isSlow) return
    this.#isSlow = isSlow
    this.#parts.onSlow(isSlow)
  }

  #failed(job: Job | undefined, thrown: Error): void {
    if (job === undefined) return
    const { log, giveUp } = this.#parts
    const isLast = job.attemptsMade >= (job.opts.attempts ?? 1) || thrown instanceof UnrecoverableError
    log.fault('queue.job', new Fault('queue.job-failed', { job: job.id ?? '' }, thrown), {
      job: job.id ?? '',
      count: job.attemptsMade
    })
    if (!isLast || !isPopJob(job.data)) return
    giveUp(job.data).catch(fault => log.fault('queue.give-up', fault, { job: job.id ?? '' }))
  }
}
