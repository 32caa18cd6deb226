import { FarDoorbell } from '../delivery/far-doorbell.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import { readOpenCall } from '../records/adoption.ts'
import { notify } from '../records/notices.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'
import type { Delivery } from './start-delivery.ts'
import type { Lookups } from './start-lookups.ts'
import type { Nodes } from './start-nodes.ts'

/** The doorbell by PostgreSQL. It is rung by delivery, which it needs itself: so both are asked for late. */
export function makeFarDoorbell(
  { node, log, clock, releases }: Base,
  { nodesPool: pool }: Stores,
  parts: { readonly nodes: Nodes; readonly hub: () => Delivery['hub']; readonly lookFor: Lookups['lookFor'] }
): FarDoorbell {
  const doorbell = new FarDoorbell({
    hasBeside: () => parts.nodes.watch.judged.beside.length > 0,
    isHere: handler => parts.hub().of(handler) !== undefined,
    notify: payloads => notify(pool, payloads),
    readOpen: callId => readOpenCall(pool, callId),
    sendDirect: (handlers, eventId, ev, receivedAt) => parts.hub().sendDirect(handlers, eventId, ev, receivedAt),
    lookFor: parts.lookFor,
    toBarePop,
    ...{ node, log, clock }
  })
  releases.push('doorbell', () => doorbell.stop())
  return doorbell
}
