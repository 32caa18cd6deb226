import { Queue } from 'bullmq'
import type { CallId } from '../call/ids.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { after, type Clock, systemClock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { RedisRole } from '../operations/redis.ts'
import { ForceTurns } from './force-turns.ts'
import { POP_JOB_OPTIONS, POP_QUEUE, type PopJob, popJobId, type QueueConnection, queuePrefix } from './queues.ts'

interface Parts {
  readonly connect: (role: RedisRole) => QueueConnection
  readonly keyPrefix: string
  /** Runs the lookups in this process, while Redis does not take jobs. */
  readonly runHere: (job: PopJob) => Promise<void>
  readonly isRedisUp: () => boolean
  /** Some worker takes jobs; while none does, they are queued and their lookups run here as well. */
  readonly isTaken: () => boolean
  readonly maxPending: number
  readonly maxHere: number
  readonly clock?: Pick<Clock, 'monotonicMs'>
  readonly log: Log
  readonly metrics: Metrics
}

/** Redis has this long to take a job before the lookups run here as well (design §3, while Redis is away). */
export const TAKE_JOB_MS = 250
const RETRY_MS = 250

/**
 * Adds pop jobs without ever holding up its caller. A job Redis did not take waits, bounded, and is added under the
 * same id when Redis is back; meanwhile its lookups have run in this process, behind a limit of their own.
 */
export class PopJobs {
  readonly #parts: Parts
  readonly #connection: QueueConnection
  #queue: Queue
  readonly #waiting = new Map<string, PopJob>()
  #here = 0
  readonly #turns: ForceTurns
  #stopRetry = () => {}
  #stopReopen = () => {}
  #isRetrying = false
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#turns = new ForceTurns(parts.clock ?? systemClock)
    this.#connection = parts.connect('commands')
    this.#queue = this.#open()
  }

  get queue(): Queue {
    return this.#queue
  }

  /** `only`: the name of the one lookup that is to be run. `force`: whose call it is; each has its turn. */
  add(callId: CallId, run: number, only?: string, force?: string): void {
    const job: PopJob = { v: 1, callId, run, ...(only === undefined ? {} : { only }) }
    const id = popJobId(callId, run)
    if (!this.#parts.isRedisUp()) {
      this.#keep(id, job)
      this.#runHere(job)
      return
    }
    let hasRun = false
    const runOnce = () => {
      if (!hasRun) this.#runHere(job)
      hasRun = true
    }
    if (!this.#parts.isTaken()) runOnce()
    const stop = after(TAKE_JOB_MS, runOnce)
    this.#put(id, job, this.#turns.priorityOf(force)).then(stop, thrown => {
      stop()
      this.#parts.log.fault('queue.add', new Fault('queue.add-failed', { job: id }, thrown), { job: id })
      this.#keep(id, job)
      runOnce()
    })
  }

  /**
   * A panel of this run has not come. A job that Redis lost is added again; the panels of one that was done were lost
   * on their way, so that the lookups run here; one that waits or is under way goes on. `only`: as in `add`.
   */
  async ask(callId: CallId, run: number, only?: string): Promise<void> {
    if (!this.#parts.isRedisUp()) return this.add(callId, run, only)
    try {
      const state = await this.#queue.getJobState(popJobId(callId, run))
      if (state === 'unknown') this.add(callId, run, only)
      else if (state === 'completed' || state === 'failed') {
        this.#runHere({ v: 1, callId, run, ...(only === undefined ? {} : { only }) })
      }
    } catch (thrown) {
      // The next sweep asks again.
      this.#parts.log.debug('queue.ask', { callId, reason: reasonOf(thrown) })
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopRetry()
    this.#stopReopen()
    await this.#queue.close()
  }

  /**
   * BullMQ asks the server's version once, when the link is first up; when that one question fails the queue would
   * refuse every job for ever (6.7.0), so it is made anew.
   */
  #open(): Queue {
    const { keyPrefix, log } = this.#parts
    const queue = new Queue(POP_QUEUE, {
      connection: this.#connection,
      prefix: queuePrefix(keyPrefix),
      defaultJobOptions: POP_JOB_OPTIONS,
      streams: { events: { maxLen: 100 } }
    })
    queue.on('error', thrown => log.debug('queue.link', { reason: reasonOf(thrown) }))
    queue.waitUntilReady().catch(thrown => {
      if (this.#isStopped) return
      log.fault('queue.open', new Fault('queue.add-failed', { job: 'any' }, thrown))
      this.#stopReopen = after(RETRY_MS, () => {
        this.#queue = this.#open()
      })
    })
    return queue
  }

  async #put(id: string, job: PopJob, priority?: number): Promise<void> {
    await this.#queue.add(POP_QUEUE, job, { jobId: id, ...(priority === undefined ? {} : { priority }) })
  }

  #keep(id: string, job: PopJob): void {
    const { log, metrics, maxPending } = this.#parts
    if (this.#waiting.size >= maxPending) {
      log.fault('queue.outbox', new Fault('queue.outbox-full', { count: this.#waiting.size }))
      return
    }
    this.#waiting.set(id, job)
    metrics.outboxPending.set({ what: 'jobs' }, this.#waiting.size)
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#isRetrying) return
    this.#isRetrying = true
    this.#stopRetry = after(RETRY_MS, () => {
      this.#retry().finally(() => {
        this.#isRetrying = false
        if (this.#waiting.size > 0) this.#retryLater()
      })
    })
  }

  async #retry(): Promise<void> {
    for (const [id, job] of this.#waiting) {
      if (!this.#parts.isRedisUp()) return
      try {
        await this.#put(id, job)
        this.#waiting.delete(id)
        this.#parts.metrics.outboxPending.set({ what: 'jobs' }, this.#waiting.size)
      } catch (thrown) {
        this.#parts.log.debug('queue.add', { job: id, reason: reasonOf(thrown) })
        return
      }
    }
  }

  /** Over the limit the job waits for Redis like any other; its panels say pending until then. */
  #runHere(job: PopJob): void {
    if (this.#here >= this.#parts.maxHere) return
    this.#here += 1
    this.#parts
      .runHere(job)
      .catch(thrown => this.#parts.log.fault('queue.run-here', thrown, { callId: job.callId }))
      .finally(() => {
        this.#here -= 1
      })
  }
}
