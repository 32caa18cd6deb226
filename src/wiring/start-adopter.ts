import { adoptBySwitchCall, adoptCall, adoptOf, adoptOwn, lostCalls, ownCalls } from '../records/adoption.ts'
import { ownersOf, readCall } from '../records/journal-rows.ts'
import { type AdopterParts, CallAdopter } from './adopt-calls.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

/** The adopter of this node, which asks the record in its name. */
export function startAdopter(
  { node, log, metrics, clock, releases }: Base,
  { nodesPool: pool }: Stores,
  {
    gone,
    ...parts
  }: Omit<AdopterParts, 'record' | 'node' | 'log' | 'metrics' | 'clock'> & {
    /** Nodes whose calls are to be adopted. */
    readonly gone: () => readonly string[]
  }
): CallAdopter {
  const adopter = new CallAdopter({
    ...parts,
    record: {
      adoptOf: whose => adoptOf(pool, node, whose),
      adoptCall: callId => adoptCall(pool, node, { callId, gone: gone() }),
      adoptBySwitchCall: call => adoptBySwitchCall(pool, node, call),
      lostCalls: callIds => lostCalls(pool, node, callIds),
      readCall: callId => readCall(pool, callId),
      ownCalls: sinceAt => ownCalls(pool, node, sinceAt),
      adoptOwn: callIds => adoptOwn(pool, node, callIds),
      isOthers: async callId => ((await ownersOf(pool, [callId])).get(callId)?.owner ?? node) !== node
    },
    ...{ node, log, metrics, clock }
  })
  releases.push('adoption', () => adopter.stop())
  return adopter
}
