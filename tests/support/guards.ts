import type { GuardLimits } from '../../src/lookups/guard.ts'
import { LookupGuards } from '../../src/lookups/guards.ts'
import type { Lookup, SourceName } from '../../src/lookups/lookup.ts'
import { type Clock, systemClock } from '../../src/operations/lifecycle.ts'

/** Wide enough that no test meets them but by its own. */
export const WIDE: GuardLimits = {
  maxConcurrent: 100,
  maxQueued: 1_000,
  lateAnswerMs: 10_000,
  pauseMs: 5_000,
  keepMs: 0
}

/** These sources, each behind a guard. */
export function guardsOf(
  lookups: readonly Lookup[],
  {
    clock = systemClock,
    onTroubled = () => {},
    ...limits
  }: Partial<GuardLimits> & { clock?: Clock; onTroubled?: (troubled: readonly SourceName[]) => void } = {}
): LookupGuards {
  const sources = lookups.map(lookup => ({ lookup, limits: { ...WIDE, ...limits } }))
  return new LookupGuards({ sources, clock, onTroubled })
}
