import type pg from 'pg'
import { CallRegistry, REGISTRY_LIMITS } from './call/call-registry.ts'
import { type CallId, makeNodeId } from './call/ids.ts'
import type { FarDoorbell } from './delivery/far-doorbell.ts'
import type { LoadedConfig } from './operations/config.ts'
import { redactedConfig } from './operations/config.ts'
import { Health } from './operations/health.ts'
import { interval, ReleaseStack, systemClock } from './operations/lifecycle.ts'
import type { Log } from './operations/log.ts'
import { type Metrics, makeMetrics } from './operations/metrics.ts'
import { DeviceChooser } from './pop/device-chooser.ts'
import { type DemoData, writeDemoData } from './records/demo-rows.ts'
import { makeTakeEvent } from './take-event.ts'
import type { CallAdopter } from './wiring/adopt-calls.ts'
import type { Base } from './wiring/base.ts'
import { makeFarDoorbell } from './wiring/make-far-doorbell.ts'
import { makeSipDriver, toPartState } from './wiring/make-sip-driver.ts'
import { openDatabase, openStores } from './wiring/open-stores.ts'
import { restoreCalls } from './wiring/restore-calls.ts'
import { startAdopter } from './wiring/start-adopter.ts'
import { makeAlarms } from './wiring/start-alarms.ts'
import { type Delivery, startDelivery } from './wiring/start-delivery.ts'
import { type DemoSignOn, startHttp } from './wiring/start-http.ts'
import { startJournal } from './wiring/start-journal.ts'
import { type Lookups, startLookups } from './wiring/start-lookups.ts'
import { startNodes } from './wiring/start-nodes.ts'

export interface Gateway {
  readonly sipPort: number
  readonly httpPort: number
  readonly health: Health
  readonly metrics: Metrics
  /** Devices of the desks somebody is signed on at. */
  readonly devicesInUse: () => readonly string[]
  /** First no new calls, then what is under way, then the screens are told to come back. Idempotent. */
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly loaded: LoadedConfig
  readonly log: Log
  /** Of a demo: the data to begin with, and what its sign-on page offers. */
  readonly demo?: DemoSignOn & { readonly makeData: () => DemoData }
}

const STOP_WITHIN_MS = 15_000
const GAUGE_MS = 1_000

/**
 * Makes every part of a gateway in the order in which a call passes them, and starts it. Rejects with the Fault of the
 * part that does not start; what had started is stopped by then.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { loaded, log } = options
  const base = makeBase(loaded, log)
  let drain = async () => {}
  const stop = async () => {
    base.health.drain()
    await drain()
    await base.releases.release(STOP_WITHIN_MS)
  }
  log.info('gateway.starting', { node: base.node, path: loaded.path, config: redactedConfig(loaded.config) })
  try {
    const { drain: drainParts, ...ports } = await startParts(base, options)
    drain = drainParts
    log.info('gateway.started', { node: base.node })
    return { ...ports, health: base.health, metrics: base.metrics, stop }
  } catch (thrown) {
    await stop().catch(fault => log.fault('gateway.stop', fault))
    throw thrown
  }
}

async function startParts(
  base: Base,
  { demo }: GatewayOptions
): Promise<Pick<Gateway, 'sipPort' | 'httpPort' | 'devicesInUse'> & { readonly drain: () => Promise<void> }> {
  const { config, log, metrics, clock, releases, health, node } = base
  const stores = await openStores(base)
  if (demo !== undefined) await writeDemoData(stores.pool, demo.makeData)

  const registry = startRegistry(base, callId => {
    delivery.courier.forget(callId)
    door.forget(callId)
  })
  // Before the journal, so that the lease is given back after everything is in the record.
  const nodes = await startNodes(base, stores)
  const journal = await startJournal(base, stores, entries => nodes.watch.superseded(entries))
  const alarms = makeAlarms(base, stores, () => delivery)
  const doorbell: FarDoorbell = makeFarDoorbell(base, stores, {
    nodes,
    hub: () => delivery.hub,
    lookFor: (callId, run, publish) => lookups.lookFor(callId, run, publish)
  })
  const ring: FarDoorbell['ring'] = (...message) => doorbell.ring(...message)
  const delivery: Delivery = await startDelivery(base, stores, { registry, nodes, ring, alarms: alarms.forDelivery })
  const { courier, memory } = delivery
  const hasOthers = () => nodes.hasOthers()
  const lookups: Lookups = startLookups(base, stores, { registry, courier, memory, hasOthers })
  const adopter: CallAdopter = startAdopter(base, stores, {
    fillPanels: lookups.fill,
    onDialog: dialog => driver.restore([dialog]),
    apply: event => door.apply(event),
    ...{ registry, courier, hasOthers }
  })
  const door = makeTakeEvent({
    registry,
    journal,
    deliver: (call, receivedAt) => courier.deliver(call, receivedAt),
    look: lookups.look,
    gate: () => nodes.watch.gate(),
    adopt: event => adopter.bySwitchCall(event),
    later: event => adopter.later(event),
    answersAtOnce: new Set(config.trunks.filter(trunk => trunk.answer === 'received').map(trunk => trunk.id)),
    ...{ node, log, metrics, clock }
  })

  const desks = new DeviceChooser({ signOns: () => delivery.signOns.all(), calls: () => registry.calls(), clock })
  const driver = makeSipDriver(base, async offered => desks.choose(offered))
  // Ends after the screens are sent away: until then a new call hears 503, and the end of an open one is heard.
  releases.push('SIP', () => driver.stop())
  await restoreCalls(base, stores.pool, { registry, adopter, nodes })
  alarms.start()
  const { port: httpPort, cutScreens } = await startHttp(base, stores, delivery, {
    ...{ demo, adopter, nodes },
    ...alarms.forHttp
  })
  nodes.watch.attach({ adopter, cutScreens, doorbell })
  await driver.start(door.take)
  health.set('sip', toPartState(driver.state()))
  const devicesInUse = () => [...delivery.signOns.all()].flatMap(signOn => signOn.devices)
  const drain = () => {
    driver.drain()
    return nodes.drain()
  }
  return { sipPort: driver.port, httpPort, devicesInUse, drain }
}

function startRegistry({ config, metrics, releases }: Base, onForget: (callId: CallId) => void): CallRegistry {
  const registry = new CallRegistry({ limits: { ...REGISTRY_LIMITS, maxCalls: config.limits.liveCalls }, onForget })
  const gauge = interval(() => metrics.liveCalls.set(registry.size), GAUGE_MS)
  releases.push('gauges', gauge)
  return registry
}

/** The record alone, for a command that is soon done; a running gateway is not disturbed. */
export async function withDatabase<T>(loaded: LoadedConfig, log: Log, run: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const base = makeBase(loaded, log)
  try {
    return await run(await openDatabase(base))
  } finally {
    await base.releases.release(STOP_WITHIN_MS)
  }
}

function makeBase(loaded: LoadedConfig, log: Log): Base {
  return {
    loaded,
    config: loaded.config,
    log,
    metrics: makeMetrics(),
    clock: systemClock,
    health: new Health(),
    releases: new ReleaseStack(),
    node: makeNodeId()
  }
}
