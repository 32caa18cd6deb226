import type { Queue } from 'bullmq'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { CANARY, CANARY_OPTIONS } from './queues.ts'

interface Parts {
  readonly queue: () => Queue
  readonly node: string
  readonly isRedisUp: () => boolean
  /** False when nobody takes jobs, though Redis answers; true when somebody does again. */
  readonly onTaken: (isTaken: boolean) => void
  readonly log: Log
  readonly clock: Clock
  readonly limits?: CanaryLimits
}

export interface CanaryLimits {
  readonly checkMs: number
  readonly everyMs: number
  readonly withinMs: number
}

const LIMITS: CanaryLimits = { checkMs: 1_000, everyMs: 5_000, withinMs: 10_000 }
/** What BullMQ says of a job that somebody has done with; with `removeOnComplete` it forgets it. */
const DONE: readonly string[] = ['completed', 'failed', 'unknown']

/**
 * Puts a job into the queue every 5 s that only says that jobs are taken. One that lies there for 10 s means that no
 * worker of any node takes any.
 */
export class QueueCanary {
  readonly #parts: Parts
  readonly #limits: CanaryLimits
  /** When the one that is out was added; undefined when none is. */
  #outSince: number | undefined
  #takenAt = Number.NEGATIVE_INFINITY
  #isTaken = true
  #isAsking = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? LIMITS
  }

  start(): void {
    this.#stop = interval(() => {
      if (this.#isAsking) return
      this.#isAsking = true
      this.#check()
        // Its link has told that Redis is away.
        .catch(thrown => this.#parts.log.debug('queue.canary', { reason: reasonOf(thrown) }))
        .finally(() => {
          this.#isAsking = false
        })
    }, this.#limits.checkMs)
  }

  stop(): void {
    this.#stop()
  }

  get isTaken(): boolean {
    return this.#isTaken
  }

  async #check(): Promise<void> {
    const { queue, node, isRedisUp, clock } = this.#parts
    if (!isRedisUp()) {
      this.#outSince = undefined
      return
    }
    const id = `${CANARY}-${node}`
    if (this.#outSince === undefined) {
      if (clock.monotonicMs() - this.#takenAt < this.#limits.everyMs) return
      await queue().add(CANARY, {}, { ...CANARY_OPTIONS, jobId: id })
      this.#outSince = clock.monotonicMs()
      return
    }
    if (DONE.includes(await queue().getJobState(id))) {
      this.#outSince = undefined
      this.#takenAt = clock.monotonicMs()
      this.#say(true)
    } else if (clock.monotonicMs() - this.#outSince > this.#limits.withinMs) this.#say(false)
  }

  #say(isTaken: boolean): void {
    if (isTaken === this.#isTaken) return
    this.#isTaken = isTaken
    this.#parts.onTaken(isTaken)
  }
}
