import type { PopJob } from '../../src/queue/queues.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { SimRedis } from './sim-redis.ts'

/** As the worker's settings have it: a job whose worker died is another's after this long. */
const LOCK_MS = 5_000
const TYPICAL_MS = 2
const MAX_TRIES = 5

export interface JobWorker {
  readonly process: SimProcess
  readonly work: (job: PopJob) => Promise<void>
  /** All tries are used up. */
  readonly giveUp: (job: PopJob) => Promise<void>
}

/**
 * The job queue between nodes, as far as the gateway can tell: a job goes to one worker, again to another when that
 * one dies or fails, not at all when Redis loses it. BullMQ itself is not simulated.
 */
export class SimJobs {
  readonly #redis: SimRedis
  readonly #random: WorldRandom
  readonly #workers = new Set<JobWorker>()
  readonly #jobs = new Map<string, { readonly job: PopJob; tries: number }>()

  constructor({ redis, random }: { redis: SimRedis; random: WorldRandom }) {
    this.#redis = redis
    this.#random = random
  }

  get waiting(): number {
    return this.#jobs.size
  }

  attach(worker: JobWorker): void {
    this.#workers.add(worker)
  }

  /** False when Redis does not take it. The same id again is the same job while that one is there. */
  add(job: PopJob): boolean {
    if (this.#redis.state !== 'up') return false
    const id = `${job.callId} ${job.run}`
    if (this.#jobs.has(id)) return true
    this.#jobs.set(id, { job, tries: 0 })
    this.#later(id, TYPICAL_MS)
    return true
  }

  /** Redis came back without them. */
  lose(): void {
    this.#jobs.clear()
  }

  #later(id: string, typicalMs: number): void {
    const { process } = this.#redis
    process.time.schedule(process, this.#random.delayMs(typicalMs), () => this.#give(id))
  }

  #give(id: string): void {
    const held = this.#jobs.get(id)
    if (held === undefined) return
    for (const worker of this.#workers) if (worker.process.state === 'dead') this.#workers.delete(worker)
    const able = [...this.#workers].filter(({ process }) => process.state === 'running')
    if (able.length === 0) {
      this.#later(id, LOCK_MS)
      return
    }
    const { process, work, giveUp } = this.#random.pick(able)
    held.tries += 1
    const server = this.#redis.process
    const end = () => {
      stopLate()
      this.#jobs.delete(id)
    }
    const again = () => {
      stopLate()
      if (held.tries < MAX_TRIES) {
        this.#later(id, 500)
        return
      }
      this.#jobs.delete(id)
      giveUp(held.job).catch(() => {})
    }
    const stopLate = process.time.schedule(server, LOCK_MS, () => this.#later(id, TYPICAL_MS))
    process.time.schedule(process, this.#random.delayMs(TYPICAL_MS), () => void work(held.job).then(end, again))
  }
}
