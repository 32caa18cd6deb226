import type { Clock } from '../operations/lifecycle.ts'
import { TokenBucket } from '../operations/token-bucket.ts'

/**
 * Jobs of one force that come no faster than this go in the order in which they come; what comes faster waits behind what
 * other forces have within theirs. So a flood of one force's calls makes that force's panels late, and no other's.
 */
export const FORCE_TURNS = {
  perSecond: 50,
  /** At once, after a quiet time. */
  burst: 100,
  maxForces: 100
} as const

/** BullMQ takes jobs without a priority first. */
const BEHIND = 10

/** Which of a force's jobs are within its turn. */
export class ForceTurns {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** The priority of one more job of this force; undefined for one that is within its turn, or of no force. */
  priorityOf(force: string | undefined): number | undefined {
    if (force === undefined) return undefined
    const now = this.#clock.monotonicMs()
    const known = this.#buckets.get(force)
    // Forces stand in the config; a name beyond them is a mistake somewhere, and must not fill the memory.
    if (known === undefined && this.#buckets.size >= FORCE_TURNS.maxForces) return BEHIND
    const bucket = known ?? new TokenBucket(FORCE_TURNS, now)
    this.#buckets.set(force, bucket)
    return bucket.take(now) ? undefined : BEHIND
  }
}
