import type pg from 'pg'
import type { Call } from '../call/call.ts'
import { type CallRegistry, REGISTRY_LIMITS } from '../call/call-registry.ts'
import { interval } from '../operations/lifecycle.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { endedCallIds, openCalls } from '../records/journal-rows.ts'
import type { Base } from './base.ts'

/** Calls taken up again after a restart: those offered within a day and closed by nobody, the newest of them. */
const RESTORE_WITHIN_MS = 86_400_000
const RESTORE_MAX = 5_000
/** What last changed this long before the newest change of all had reached its screens before the restart. */
const SETTLED_MS = 600_000
/** Lookups for ended calls are asked again one by one: a restart must not cost the next caller anything. */
const LOOK_EVERY_MS = 25

interface Parts {
  readonly registry: CallRegistry
  readonly courier: PopCourier
  readonly look: (call: Call) => void
}

/**
 * After a restart: every call that was answered to a switch stands in the record, and comes back onto the screen. The
 * lookups of live calls run again at once, those of ended ones in the background, newest first. Answers the dialogs
 * that are still open, for the SIP driver.
 */
export async function restoreCalls(
  { clock, log, releases }: Base,
  pool: pg.Pool,
  { registry, courier, look }: Parts
): Promise<Readonly<Record<string, unknown>>[]> {
  const since = { sinceAt: clock.now() - RESTORE_WITHIN_MS, limit: RESTORE_MAX }
  for (const callId of await endedCallIds(pool, { ...since, limit: REGISTRY_LIMITS.maxEndedIds })) {
    registry.rememberEnded(callId)
  }
  const open = await openCalls(pool, since)
  const newest = Math.max(0, ...open.map(({ call }) => changedAt(call)))
  const dialogs: Readonly<Record<string, unknown>>[] = []
  const later: Call[] = []
  for (const { call: recorded, dialog, ...known } of open) {
    const call = registry.restore(recorded)
    const isOld = changedAt(call) < newest - SETTLED_MS
    courier.restore(call, { isOld, ...known })
    if (call.state === 'released') later.push(call)
    else {
      look(call)
      if (dialog !== undefined) dialogs.push(dialog)
    }
  }
  if (open.length > 0) log.info('calls.restored', { count: open.length })
  releases.push('lookups of restored calls', lookOneByOne(later, look))
  return dialogs
}

function changedAt({ offeredAt, answeredAt = 0, releasedAt = 0 }: Call): number {
  return Math.max(offeredAt, answeredAt, releasedAt)
}

/** Takes from the end, where the newest are; stops by itself when there are no more. */
function lookOneByOne(calls: Call[], look: (call: Call) => void): () => void {
  const stop = interval(() => {
    const call = calls.pop()
    if (call === undefined) stop()
    else look(call)
  }, LOOK_EVERY_MS)
  return stop
}
