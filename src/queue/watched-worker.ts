import { createRedisBackend, type Job, Worker } from 'bullmq'
import { Fault, reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { RedisRole } from '../operations/redis.ts'
import { type QueueConnection, queuePrefix, WORKER_OPTIONS } from './queues.ts'

/** A link to Redis that the worker asks for, and ends when it asks for a fresh one. */
export interface WorkerLinks {
  readonly connect: (role: RedisRole) => QueueConnection
  readonly end: (link: QueueConnection) => void
}

interface Parts {
  readonly queue: string
  readonly links: WorkerLinks
  readonly keyPrefix: string
  readonly concurrency: number
  readonly process: (job: Job, token: string) => Promise<void>
  readonly onFailed: (job: Job, thrown: Error) => void
  readonly isRedisUp: () => boolean
  /** False when rebuilding has not helped; true when jobs are asked for again. */
  readonly onWorking: (isWorking: boolean) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly limits?: WatchLimits
}

export interface WatchLimits {
  readonly checkMs: number
  /** A worker that has asked Redis for nothing in so long, though Redis answers, is silent. */
  readonly silentMs: number
}

const LIMITS: WatchLimits = { checkMs: 1_000, silentMs: 10_000 }
/** Jobs under way have this long to end; another worker takes up what has not. */
const DRAIN_MS = 3_000
/** A worker waits for jobs no longer than this before it asks again, also when the next delayed one is far off. */
const WAIT_MAX_S = 2
/** The first rebuild keeps the link; from this one on the link is a fresh one. */
const FRESH_LINK_FROM = 2
/** From this rebuild on it is said that it does not help. */
const HOPELESS_FROM = 3

/**
 * A BullMQ worker that is rebuilt when it falls silent. BullMQ has had faults after which a worker says it runs, and
 * takes nothing until the process is started again; what tells is that it no longer asks for jobs.
 */
export class WatchedWorker {
  readonly #parts: Parts
  readonly #limits: WatchLimits
  #link: QueueConnection | undefined
  #worker: Worker | undefined
  #heardAt = 0
  /** In a row, without a sign of life between them. */
  #rebuilds = 0
  #stopWatch: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? LIMITS
  }

  start(): void {
    this.#link = this.#parts.links.connect('blocking')
    this.#open(this.#link)
    this.#stopWatch = interval(() => this.#watch(), this.#limits.checkMs)
  }

  async stop(): Promise<void> {
    this.#stopWatch()
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    await within(DRAIN_MS, worker.close())
    await worker.close(true)
  }

  #open(connection: QueueConnection): void {
    const { queue, keyPrefix, concurrency, process, onFailed, log, clock } = this.#parts
    this.#heardAt = clock.monotonicMs()
    let worker: Worker | undefined
    const heard = () => {
      if (this.#worker === worker) this.#heard()
    }
    worker = new Worker(
      queue,
      async (job, token = '') => {
        heard()
        await process(job, token)
      },
      {
        ...WORKER_OPTIONS,
        connection,
        prefix: queuePrefix(keyPrefix),
        concurrency,
        // Redis may be away at the start: the worker waits for it by itself.
        autorun: true
      },
      (name, options, extra) => {
        const backend = createRedisBackend(name, options, extra)
        const moveToActive = backend.moveToActive.bind(backend)
        backend.moveToActive = async (...args) => {
          const answer = await moveToActive(...args)
          heard()
          return answer
        }
        Object.defineProperty(backend, 'maximumBlockTimeout', { value: WAIT_MAX_S })
        return backend
      }
    )
    worker.on('error', thrown => log.debug('queue.worker', { reason: reasonOf(thrown) }))
    worker.on('failed', (job, thrown) => (job === undefined ? undefined : onFailed(job, thrown)))
    worker.on('completed', heard)
    this.#worker = worker
  }

  #heard(): void {
    this.#heardAt = this.#parts.clock.monotonicMs()
    if (this.#rebuilds >= HOPELESS_FROM) this.#parts.onWorking(true)
    this.#rebuilds = 0
  }

  #watch(): void {
    const { isRedisUp, clock } = this.#parts
    const now = clock.monotonicMs()
    // Without Redis nobody can take anything: its silence counts from when Redis is back.
    if (!isRedisUp()) this.#heardAt = now
    else if (now - this.#heardAt > this.#limits.silentMs) this.#rebuild()
  }

  #rebuild(): void {
    const { queue, links, log, metrics, onWorking } = this.#parts
    const silent = this.#worker
    this.#rebuilds += 1
    metrics.workerRebuilds.inc({ queue })
    log.fault('queue.worker-rebuilt', new Fault('queue.worker-silent', { queue, count: this.#rebuilds }), {
      what: queue
    })
    // It may never end; nothing waits for it. A job it holds is taken up when its lock has run out.
    silent?.close(true).catch(thrown => log.debug('queue.worker', { reason: reasonOf(thrown) }))
    if (this.#rebuilds >= FRESH_LINK_FROM || this.#link === undefined) {
      if (this.#link !== undefined) links.end(this.#link)
      this.#link = links.connect('blocking')
    }
    this.#open(this.#link)
    if (this.#rebuilds === HOPELESS_FROM) onWorking(false)
  }
}
