import type pg from 'pg'
import { type CallRegistry, REGISTRY_LIMITS } from '../call/call-registry.ts'
import { endedCallIds } from '../records/journal-rows.ts'
import { type CallAdopter, TAKE_UP_WITHIN_MS } from './adopt-calls.ts'
import type { Base } from './base.ts'
import { forgetEarlierNodes } from './earlier-nodes.ts'
import type { Nodes } from './start-nodes.ts'

interface Parts {
  readonly registry: CallRegistry
  readonly adopter: CallAdopter
  readonly nodes: Nodes
}

/**
 * After a restart: every call that was answered to a switch stands in the record, and comes back onto the screen. Those
 * that another node holds are left to it; those of a node whose lease may yet be renewed are adopted when it is not.
 */
export async function restoreCalls(
  { clock, log, config, node }: Base,
  pool: pg.Pool,
  { registry, adopter, nodes }: Parts
): Promise<void> {
  const sinceAt = clock.now() - TAKE_UP_WITHIN_MS
  for (const callId of await endedCallIds(pool, { sinceAt, limit: REGISTRY_LIMITS.maxEndedIds })) {
    registry.rememberEnded(callId)
  }
  const count = await adopter.ofOwners(nodes.earlier, { withNobodys: true })
  if (count > 0) log.info('calls.restored', { count })
  await forgetEarlierNodes(config.dataDir, node)
}
