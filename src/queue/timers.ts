import { hash } from 'node:crypto'
import { Queue } from 'bullmq'
import Type, { type Static } from 'typebox'
import type { CallId } from '../call/ids.ts'
import { HANDOVER_STEPS, type HandoverStep } from '../handover/handover-steps.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { RedisRole } from '../operations/redis.ts'
import type { EscalationKind } from '../pop/escalation-rules.ts'
import { type QueueConnection, queuePrefix } from './queues.ts'

/*
 * Durable timers: delayed jobs, each of which says that a call, or a hand-over, should be looked at again. Whether there is anything to
 * do is judged when it fires, so a timer is never taken back. Ids only, as in every job.
 */

export const TIMER_QUEUE = 'timers'

export const PopTimer = Type.Object({
  v: Type.Literal(1),
  callId: Type.String({ minLength: 36, maxLength: 36 }),
  kind: Type.Union([Type.Literal('unacked'), Type.Literal('not-taken')]),
  step: Type.Integer({ minimum: 1, maximum: 100 })
})
export type PopTimer = Static<typeof PopTimer>

export const HandoverTimer = Type.Object({
  v: Type.Literal(1),
  handover: Type.String({ minLength: 36, maxLength: 36 }),
  due: Type.Unsafe<HandoverStep>(Type.Union(HANDOVER_STEPS.map(step => Type.Literal(step))))
})
export type HandoverTimer = Static<typeof HandoverTimer>

export const TimerJob = Type.Union([PopTimer, HandoverTimer])
export type TimerJob = Static<typeof TimerJob>

interface Parts {
  readonly connect: (role: RedisRole) => QueueConnection
  readonly keyPrefix: string
  readonly isRedisUp: () => boolean
  readonly log: Log
  readonly clock: Clock
}

/** Timers on their way to Redis; more are left to the sweeper. */
const MAX_ADDING = 1_000
/** A queue that refused is made anew, no more often than this. */
const REOPEN_MS = 1_000

/** Sets timers, as far as Redis takes them: what it does not take the sweeper finds in the record. */
export class Timers {
  readonly #parts: Parts
  readonly #connection: QueueConnection
  #queue: Queue
  #openedAt: number
  #adding = 0
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#connection = parts.connect('commands')
    this.#openedAt = parts.clock.monotonicMs()
    this.#queue = this.#open()
  }

  /** Returns at once. The same timer set twice, by whichever gateway, fires once. */
  set(callId: CallId, kind: EscalationKind, step: number, delayMs: number): void {
    this.#add({ v: 1, callId, kind, step }, delayMs)
  }

  /** The same of a step of a hand-over. */
  setHandover(handover: string, due: HandoverStep, delayMs: number): void {
    this.#add({ v: 1, handover, due }, delayMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#queue.close()
  }

  #add(job: TimerJob, delayMs: number): void {
    const { isRedisUp, log } = this.#parts
    if (this.#isStopped || !isRedisUp() || this.#adding >= MAX_ADDING) return
    this.#adding += 1
    this.#queue
      .add(TIMER_QUEUE, job, { jobId: timerId(job), delay: Math.round(delayMs) })
      .catch(thrown => {
        log.debug('timer.set', { reason: reasonOf(thrown) })
        this.#reopen()
      })
      .finally(() => {
        this.#adding -= 1
      })
  }

  #open(): Queue {
    const { keyPrefix, log } = this.#parts
    const queue = new Queue(TIMER_QUEUE, {
      connection: this.#connection,
      prefix: queuePrefix(keyPrefix),
      defaultJobOptions: {
        attempts: 3,
        backoff: { type: 'fixed', delay: 250 },
        removeOnComplete: { age: 600, count: 1_000 },
        removeOnFail: { age: 3_600, count: 1_000 }
      },
      streams: { events: { maxLen: 100 } }
    })
    queue.on('error', thrown => log.debug('timer.link', { reason: reasonOf(thrown) }))
    // It says so again with each timer that is set.
    queue.waitUntilReady().catch(() => undefined)
    return queue
  }

  /** BullMQ 6.7.0 refuses for ever when its one question to the server, at the first link, has failed. */
  #reopen(): void {
    const now = this.#parts.clock.monotonicMs()
    if (this.#isStopped || now - this.#openedAt < REOPEN_MS) return
    this.#openedAt = now
    this.#queue = this.#open()
  }
}

/** BullMQ allows no colon in an id; one timer for each step of each kind. */
export function timerId(job: Omit<PopTimer, 'v'> | Omit<HandoverTimer, 'v'>): string {
  const [of, what, step] = 'handover' in job ? [job.handover, 'handover', job.due] : [job.callId, job.kind, job.step]
  return hash('sha256', `timer|${of}|${what}|${step}`, 'base64url').slice(0, 32)
}
