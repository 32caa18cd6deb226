import { Ajv } from 'ajv'
import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import { Fault } from '../operations/errors.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { CANARY, LATER_VERSION_MAX_MS, LATER_VERSION_WAIT_MS, POP_JOB_VERSION, POP_QUEUE, PopJob } from './queues.ts'
import { SlowJobs } from './slow-jobs.ts'
import { WatchedWorker, type WatchLimits, type WorkerLinks } from './watched-worker.ts'

interface Parts {
  readonly links: WorkerLinks
  readonly keyPrefix: string
  readonly concurrency: number
  readonly isRedisUp: () => boolean
  readonly process: (job: PopJob) => Promise<void>
  /** All tries are used up. */
  readonly giveUp: (job: PopJob) => Promise<void>
  /** Each time jobs begin to wait long, or no longer do. */
  readonly onSlow: (isSlow: boolean) => void
  /** False when this worker takes no jobs, however often it is rebuilt; true when it does again. */
  readonly onWorking: (isWorking: boolean) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly watch?: WatchLimits
}

const isPopJob = new Ajv({ strict: false }).compile<PopJob>(PopJob)

/** Takes pop jobs from BullMQ. */
export class PopWorker {
  readonly #parts: Parts
  readonly #worker: WatchedWorker
  readonly #slow: SlowJobs

  constructor(parts: Parts) {
    this.#parts = parts
    const { links, keyPrefix, concurrency, isRedisUp, onSlow, onWorking, log, metrics, clock, watch } = parts
    this.#slow = new SlowJobs(onSlow)
    this.#worker = new WatchedWorker({
      ...{ links, keyPrefix, concurrency, isRedisUp, onWorking, log, metrics, clock },
      queue: POP_QUEUE,
      process: (job, token) => this.#process(job, token),
      onFailed: (job, thrown) => this.#failed(job, thrown),
      ...(watch === undefined ? {} : { limits: watch })
    })
  }

  start(): void {
    this.#worker.start()
  }

  /** Jobs under way may end; what has not in time is taken up by another worker. */
  stop(): Promise<void> {
    this.#slow.stop()
    return this.#worker.stop()
  }

  async #process(job: Job, token: string): Promise<void> {
    const data: unknown = job.data
    if (job.name === CANARY) return
    if (isLater(data)) return this.#leave(job, token)
    // A job from elsewhere never becomes one of ours by being tried again.
    if (!isPopJob(data)) throw new UnrecoverableError('payload is no pop job')
    const waitedMs = Math.max(0, Date.now() - job.timestamp)
    this.#parts.metrics.jobWaitSeconds.observe(waitedMs / 1000)
    // A job that is tried again has waited on purpose.
    if (job.attemptsMade === 0) this.#slow.note(waitedMs)
    await this.#parts.process(data)
  }

  /** While a release is rolled out, its jobs wait for its own workers. */
  async #leave(job: Job, token: string): Promise<never> {
    if (Date.now() - job.timestamp > LATER_VERSION_MAX_MS) throw new UnrecoverableError('payload is of a later version')
    this.#parts.log.debug('queue.later-version', { job: job.id ?? '' })
    await job.moveToDelayed(Date.now() + LATER_VERSION_WAIT_MS, token)
    throw new DelayedError()
  }

  #failed(job: Job, thrown: Error): void {
    const { log, giveUp } = this.#parts
    const isLast = job.attemptsMade >= (job.opts.attempts ?? 1) || thrown instanceof UnrecoverableError
    const id = job.id ?? ''
    // One that is tried again is no news for anybody but a developer.
    if (!isLast) log.debug('queue.job', { job: id, reason: thrown.message, count: job.attemptsMade })
    else
      log.fault('queue.job', new Fault('queue.job-failed', { job: id }, thrown), { job: id, count: job.attemptsMade })
    if (!isLast || !isPopJob(job.data)) return
    giveUp(job.data).catch(fault => log.fault('queue.give-up', fault, { job: id }))
  }
}

function isLater(data: unknown): boolean {
  const version = typeof data === 'object' && data !== null && 'v' in data ? data.v : undefined
  return typeof version === 'number' && version > POP_JOB_VERSION
}
