import type { HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'

const MINUTE_MS = 60_000
/** Handlers whose questions are counted at once. */
const MAX_COUNTED = 10_000

/** Counts a handler's questions, forgotten with each minute; false: more than `max` in this one. */
export function makeAskCount(clock: Pick<Clock, 'monotonicMs'>, max: number): (handler: HandlerId) => boolean {
  let counts = new Map<HandlerId, number>()
  let minute = 0
  return handler => {
    const now = Math.floor(clock.monotonicMs() / MINUTE_MS)
    if (now !== minute || counts.size > MAX_COUNTED) counts = new Map()
    minute = now
    const count = (counts.get(handler) ?? 0) + 1
    counts.set(handler, count)
    return count <= max
  }
}
