import type pg from 'pg'
import { CallRegistry, REGISTRY_LIMITS } from './call/call-registry.ts'
import { makeNodeId } from './call/ids.ts'
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
import { makeSipDriver, toPartState } from './wiring/make-sip-driver.ts'
import { openDatabase, openStores } from './wiring/open-stores.ts'
import { restoreCalls } from './wiring/restore-calls.ts'
import { startAdopter } from './wiring/start-adopter.ts'
import { makeAlarms } from './wiring/start-alarms.ts'
import { type Delivery, startDelivery } from './wiring/start-delivery.ts'
import { type DemoSignOn, startHttp } from './wiring/start-http.ts'
import { startJournal } from './wiring/start-journal.ts'
import { startLookups } from './wiring/start-lookups.ts'
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
  const stop = () => {
    base.health.drain()
    return base.releases.release(STOP_WITHIN_MS)
  }
  log.info('gateway.starting', { node: base.node, path: loaded.path, config: redactedConfig(loaded.config) })
  try {
    const ports = await startParts(base, options)
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
): Promise<Pick<Gateway, 'sipPort' | 'httpPort' | 'devicesInUse'>> {
  const { config, log, metrics, clock, releases, health, node } = base
  const stores = await openStores(base)
  if (demo !== undefined) await writeDemoData(stores.pool, demo.makeData)

  const registry = new CallRegistry({
    limits: { ...REGISTRY_LIMITS, maxCalls: config.limits.liveCalls },
    onForget: callId => {
      delivery.courier.forget(callId)
      door.forget(callId)
    }
  })
  releases.push(
    'gauges',
    interval(() => metrics.liveCalls.set(registry.size), GAUGE_MS)
  )
  // Before the journal, so that the lease is given back after everything is in the record.
  const nodes = await startNodes(base, stores)
  const journal = await startJournal(base, stores, entries => nodes.watch.superseded(entries))
  const alarms = makeAlarms(base, stores, () => delivery)
  const delivery: Delivery = await startDelivery(base, stores, { registry, nodes, ...alarms.forDelivery })
  const { courier, memory } = delivery
  const hasOthers = () => nodes.hasOthers()
  const { look, fill } = startLookups(base, stores, { registry, courier, memory, hasOthers })
  const adopter: CallAdopter = startAdopter(base, stores, {
    fillPanels: fill,
    onDialog: dialog => driver.restore([dialog]),
    apply: event => door.apply(event),
    ...{ registry, courier, hasOthers }
  })
  const door = makeTakeEvent({
    registry,
    journal,
    deliver: (call, receivedAt) => courier.deliver(call, receivedAt),
    look,
    gate: () => nodes.watch.gate(),
    adopt: event => adopter.bySwitchCall(event),
    later: event => adopter.later(event),
    answersAtOnce: new Set(config.trunks.filter(trunk => trunk.answer === 'received').map(trunk => trunk.id)),
    ...{ node, log, metrics, clock }
  })

  const desks = new DeviceChooser({ signOns: () => delivery.signOns.all(), calls: () => registry.calls(), clock })
  const driver = makeSipDriver(base, async offered => desks.choose(offered))
  await restoreCalls(base, stores.pool, { registry, adopter, nodes })
  alarms.start()
  const { port: httpPort, cutScreens } = await startHttp(base, stores, delivery, {
    ...{ demo, adopter, nodes },
    ...alarms.forHttp
  })
  nodes.watch.attach({ adopter, cutScreens })
  await driver.start(door.take)
  releases.push('SIP', () => driver.stop())
  health.set('sip', toPartState(driver.state()))
  const devicesInUse = () => [...delivery.signOns.all()].flatMap(signOn => signOn.devices)
  return { sipPort: driver.port, httpPort, devicesInUse }
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
