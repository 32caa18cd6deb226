import type { Call } from './call/call.ts'
import { makeNodeId } from './call/ids.ts'
import { PanelMemory } from './delivery/panel-memory.ts'
import { listenHttp, makeHttpServer } from './http/http-server.ts'
import { addOperationRoutes } from './http/operation-routes.ts'
import type { LoadedConfig } from './operations/config.ts'
import { redactedConfig } from './operations/config.ts'
import { Health } from './operations/health.ts'
import { ReleaseStack, systemClock } from './operations/lifecycle.ts'
import type { Log } from './operations/log.ts'
import { makeMetrics } from './operations/metrics.ts'
import type { PublishPanel } from './queue/pop-job-ports.ts'
import { makeReadChoice } from './records/job-choices.ts'
import { readCall } from './records/journal-rows.ts'
import type { Base } from './wiring/base.ts'
import { openOutsideStores } from './wiring/open-stores.ts'
import { makePopJobParts, makeQueueTrouble, startPopWorker } from './wiring/run-pop-jobs.ts'
import { makeAdviser, startUnitNews } from './wiring/start-adviser.ts'
import { startPlaces } from './wiring/start-places.ts'
import { startStanding } from './wiring/start-standing.ts'
import { startUnits } from './wiring/start-units.ts'

/** A process that runs lookups for the gateways of its Redis and PostgreSQL, and nothing else. */
export interface WorkerProcess {
  readonly httpPort: number
  /** Jobs under way may end; the others are taken up elsewhere. Idempotent. */
  stop(): Promise<void>
}

const STOP_WITHIN_MS = 10_000
/** A worker does not hear how calls end: for so long it says what is new of their units. */
const FOLLOWED_MS = 900_000

/** Rejects with the Fault of the part that does not start; what had started is stopped by then. */
export async function startWorker({ loaded, log }: { loaded: LoadedConfig; log: Log }): Promise<WorkerProcess> {
  const base: Base = {
    ...{ loaded, log },
    config: loaded.config,
    metrics: makeMetrics(),
    clock: systemClock,
    health: new Health(['http', 'redis', 'database']),
    releases: new ReleaseStack(),
    node: makeNodeId()
  }
  const stop = () => {
    base.health.drain()
    return base.releases.release(STOP_WITHIN_MS)
  }
  log.info('worker.starting', { node: base.node, path: loaded.path, config: redactedConfig(loaded.config) })
  try {
    const httpPort = await startParts(base)
    log.info('worker.started', { node: base.node, port: httpPort })
    return { httpPort, stop }
  } catch (thrown) {
    await stop().catch(fault => log.fault('worker.stop', fault))
    throw thrown
  }
}

async function startParts(base: Base): Promise<number> {
  const { config, log, metrics, clock, health, releases } = base
  const stores = await openOutsideStores(base)
  const { commands, subscriber } = stores
  const memory = new PanelMemory({
    ...{ commands, subscriber, log, clock, keyPrefix: config.keyPrefix },
    // Cards are the gateways'.
    onPanel: () => {},
    panelsOf: () => []
  })
  // The units of others come from the record.
  const units = startUnits(base, stores, { hasOthers: () => true })
  const adviser = makeAdviser(base, { units, readChoice: makeReadChoice(stores.lookupPools.units) })
  const publishPanel: PublishPanel = (callId, revised) => memory.keep(callId, revised, false)
  const parts = makePopJobParts(base, stores, {
    ...{ gazetteer: startPlaces(base), adviser },
    readCall: callId => readCall(stores.pool, callId),
    // Kept, and rung for: the node that has the call's card takes it from there.
    publishPanel
  })
  const isOpen = ({ offeredAt }: Call) => clock.now() - offeredAt < FOLLOWED_MS
  if (adviser !== undefined) startUnitNews(base, { adviser, isOpen, publishPanel })
  startPopWorker(base, stores, parts, makeQueueTrouble(base))
  startStanding(base, stores, parts.guards, 'worker')
  const http = makeHttpServer(log)
  addOperationRoutes(http, { health, metrics })
  releases.push('HTTP', () => http.close())
  const port = await listenHttp(http, config.worker)
  health.set('http', { ok: true })
  metrics.startDefault()
  return port
}
