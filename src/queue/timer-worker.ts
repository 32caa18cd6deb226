import { Ajv } from 'ajv'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { reasonOf } from '../operations/errors.ts'
import { within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { RedisRole } from '../operations/redis.ts'
import { type QueueConnection, queuePrefix, WORKER_OPTIONS } from './queues.ts'
import { TIMER_QUEUE, TimerJob } from './timers.ts'

interface Parts {
  readonly connect: (role: RedisRole) => QueueConnection
  readonly keyPrefix: string
  /** The call or hand-over should be looked at; rejects when it could not be, and is then asked again. */
  readonly fire: (job: TimerJob) => Promise<void>
  readonly log: Log
}

const isTimerJob = new Ajv({ strict: false }).compile<TimerJob>(TimerJob)
/** Timers that fire at the same moment are looked at side by side. */
const CONCURRENCY = 50
const DRAIN_MS = 1_000

/** Fires timers, those of other gateways too: whoever takes a job passes it on to the gateway that holds the call. */
export class TimerWorker {
  readonly #parts: Parts
  #worker: Worker | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    const { connect, keyPrefix, log } = this.#parts
    const worker = new Worker(TIMER_QUEUE, job => this.#fire(job), {
      ...WORKER_OPTIONS,
      connection: connect('blocking'),
      prefix: queuePrefix(keyPrefix),
      concurrency: CONCURRENCY
    })
    worker.on('error', thrown => log.debug('timer.worker', { reason: reasonOf(thrown) }))
    worker.on('failed', (_, thrown) => log.debug('timer.fire', { reason: reasonOf(thrown) }))
    this.#worker = worker
  }

  async stop(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    await within(DRAIN_MS, worker.close())
    await worker.close(true)
  }

  async #fire(job: Job): Promise<void> {
    const data: unknown = job.data
    if (!isTimerJob(data)) throw new UnrecoverableError('payload is no timer')
    await this.#parts.fire(data)
  }
}
