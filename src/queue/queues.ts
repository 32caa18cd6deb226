import { hash } from 'node:crypto'
import type { ConnectionOptions, JobsOptions } from 'bullmq'
import Type, { type Static } from 'typebox'
import type { CallId } from '../call/ids.ts'

/*
 * Every queue: its name, what a job says, how often it is tried, how long it is kept. Payloads hold ids only: a job
 * can be read by whoever can read Redis.
 */

/** What `operations/redis.ts` makes, in BullMQ's own word for a connection. */
export type QueueConnection = ConnectionOptions

export const POP_QUEUE = 'pop'

/**
 * What is not named here is ignored, so that the next release may say more; `v` rises when a field comes to mean
 * something else.
 */
export const PopJob = Type.Object({
  v: Type.Literal(1),
  callId: Type.String({ minLength: 36, maxLength: 36 }),
  /** Which run of the lookups for this call: rises when its number or place is corrected. */
  run: Type.Integer({ minimum: 0 }),
  /** The one lookup that has more to say than before, with those that go by it; without it all of them are run. */
  only: Type.Optional(Type.String({ maxLength: 40 }))
})
export type PopJob = Static<typeof PopJob>

export const POP_JOB_VERSION = 1

/** A job that says nothing but that jobs are taken; its id begins with this. */
export const CANARY = 'canary'

/** One of each node at a time, ahead of all that waits, and gone when it was taken. */
export const CANARY_OPTIONS = {
  attempts: 1,
  lifo: true,
  removeOnComplete: true,
  removeOnFail: true
} as const satisfies JobsOptions

export const POP_JOB_OPTIONS = {
  attempts: 4,
  backoff: { type: 'fixed', delay: 250 },
  removeOnComplete: { age: 600, count: 1_000 },
  removeOnFail: { age: 86_400, count: 1_000 }
} as const satisfies JobsOptions

/** Worker settings measured to hold the guarantees: a dead worker's job is taken up within 6 s. */
export const WORKER_OPTIONS = {
  lockDuration: 5_000,
  stalledInterval: 1_000,
  // A job is never given up because its workers died: each death counts as one stall.
  maxStalledCount: 10,
  drainDelay: 1
} as const

/** A job of a later version is put back for so long each time, for a worker of that version to find. */
export const LATER_VERSION_WAIT_MS = 1_000
/** A release is rolled out within this; then nobody will come who can read the job. */
export const LATER_VERSION_MAX_MS = 3_600_000

/** The same job for the same run, however often it is added; BullMQ allows no colon in it. */
export function popJobId(callId: CallId, run: number): string {
  return hash('sha256', `${callId}|${run}`, 'base64url').slice(0, 32)
}

/** Keys of all queues begin with this; its braces keep a queue on one node of a cluster. */
export function queuePrefix(keyPrefix: string): string {
  return `{${keyPrefix}-jobs}`
}
