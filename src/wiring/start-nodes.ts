import { LEASE_MS, NodeLease } from '../delivery/node-lease.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { ownVersion } from '../operations/version.ts'
import { dropGoneNodes, leave, renewLease } from '../records/nodes.ts'
import { CHANNEL, notify, readNotice, toPayload } from '../records/notices.ts'
import type { Base } from './base.ts'
import { earlierNodes, noteSaidAll } from './earlier-nodes.ts'
import { NodeWatch } from './node-watch.ts'
import type { Stores } from './open-stores.ts'

/** What a lost notice would have told is looked for this often. */
const RECONCILE_MS = 10_000
const DROP_GONE_MS = 60_000
const NODES_CHANGED = toPayload({ t: 'nodes' })

export interface Nodes {
  readonly watch: NodeWatch
  /** Nodes that are over for certain: their calls are ours to take up at the start. */
  readonly earlier: readonly string[]
  /** Earlier processes of this gateway that had still something to say to screens when they ended. */
  readonly unsaid: readonly string[]
  /** This process ends, and has nothing more to say. */
  saidAll(): Promise<void>
  /** Whether any other node holds calls, or may. */
  hasOthers(): boolean
  /** The others see that no new calls come here. */
  drain(): Promise<void>
}

/** Takes this process's lease in the record, and watches the others'. Rejects as the record does. */
export async function startNodes(base: Base, stores: Stores): Promise<Nodes> {
  const { config, log, releases, node } = base
  const { leasePool: pool } = stores
  const { nodes: earlier, unsaid } = await earlierNodes(config.dataDir, node)
  if (earlier.length > 0) await leave(pool, earlier)
  const watch: NodeWatch = new NodeWatch(base, () => lease.renew())
  const lease = await makeLease(base, stores, watch)
  await lease.start()
  await notify(pool, [NODES_CHANGED])
  releases.push('node lease', () => lease.stop())
  const notices = stores.listen({
    channel: CHANNEL,
    onNotice: payload => {
      const notice = readNotice(payload)
      if (notice !== undefined) watch.onNotice(notice)
    },
    onUp: () => void watch.reconcile()
  })
  notices.start()
  releases.push('notices', () => notices.stop())
  releases.push('standstill', watch.start())
  const drop = () => {
    dropGoneNodes(pool).catch(thrown => log.debug('node.drop-gone', { reason: reasonOf(thrown) }))
  }
  releases.push('node table', interval(drop, DROP_GONE_MS))
  const reconcile = () => {
    if (watch.judged.hasOthers) void watch.reconcile()
  }
  releases.push('lost calls', interval(reconcile, RECONCILE_MS))
  return {
    watch,
    earlier: [...earlier, ...watch.judged.gone],
    unsaid,
    saidAll: () => noteSaidAll(config.dataDir, node),
    hasOthers: () => watch.judged.hasOthers,
    drain: () => {
      watch.leave()
      return lease.drain()
    }
  }
}

async function makeLease(
  { config, log, metrics, clock, health, node }: Base,
  { leasePool: pool }: Stores,
  watch: NodeWatch
): Promise<NodeLease> {
  const version = await ownVersion()
  metrics.buildInfo.set({ version }, 1)
  const { siteGroup } = config.node
  const self = { node, version, siteGroup, http: `${config.http.host}:${config.http.port}` }
  return new NodeLease({
    node,
    renew: isDraining => renewLease(pool, { ...self, isDraining }, LEASE_MS),
    leave: async () => {
      await leave(pool, [node])
      await notify(pool, [NODES_CHANGED])
    },
    onNodes: now => watch.onNodes(now),
    onLapsed: () => void watch.reconcile(),
    onState: isHeld =>
      health.set('nodes', {
        ok: isHeld,
        ...(isHeld ? {} : { why: 'This node’s lease cannot be renewed: other nodes may adopt its calls' })
      }),
    ...{ log, clock }
  })
}
