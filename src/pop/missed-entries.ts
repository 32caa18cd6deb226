import { REPRESENTED_WITHIN_MS } from '../call/correlate.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { MissedAsk } from './ledger.ts'

const EVERY_MS = 60_000
/** The first time, and of what was offered, ever: how far back is asked. */
const WITHIN_MS = 3_600_000
/** Whoever closed the card may still be about to enter the call. */
const STILL_ENTERING_MS = 2 * REPRESENTED_WITHIN_MS

/**
 * When to ask the record for calls that somebody closed within seconds of their end and whose gateway then died, so that
 * they have no entry. After the first time only for what was closed since the time before, and a minute longer, since
 * whoever was about to enter it may have died after that.
 */
export class MissedEntries {
  #triedAt: number | undefined
  #foundAt: number | undefined

  /** What to ask now; undefined when it is too soon, also where the last try failed: it may have been too much. */
  due({ now, monotonicMs }: Pick<Clock, 'now' | 'monotonicMs'>): MissedAsk | undefined {
    const at = monotonicMs()
    if (this.#triedAt !== undefined && at - this.#triedAt < EVERY_MS) return undefined
    this.#triedAt = at
    const sinceMs = this.#foundAt === undefined ? WITHIN_MS : at - this.#foundAt + EVERY_MS
    return {
      offeredSince: now() - WITHIN_MS,
      closedSince: now() - Math.min(WITHIN_MS, sinceMs),
      closedBefore: now() - STILL_ENTERING_MS
    }
  }

  /** The record has answered. */
  found(): void {
    this.#foundAt = this.#triedAt
  }
}
