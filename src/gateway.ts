import type pg from 'pg'
import { CallRegistry, REGISTRY_LIMITS } from './call/call-registry.ts'
import { type CallId, type HandlerId, makeNodeId, type TrunkId } from './call/ids.ts'
import type { FarDoorbell } from './delivery/far-doorbell.ts'
import type { LoadedConfig } from './operations/config.ts'
import { redactedConfig } from './operations/config.ts'
import { Health } from './operations/health.ts'
import { interval, ReleaseStack, systemClock } from './operations/lifecycle.ts'
import type { Log } from './operations/log.ts'
import { type Metrics, makeMetrics } from './operations/metrics.ts'
import { entryCallId } from './pop/ledger.ts'
import { type DemoData, writeDemoData } from './records/demo-rows.ts'
import { type WorldTable, writeWorld } from './records/world-rows.ts'
import { SyntheticProbe } from './simulator/synthetic-probe.ts'
import { makeTakeEvent } from './take-event.ts'
import type { CallAdopter } from './wiring/adopt-calls.ts'
import type { Base } from './wiring/base.ts'
import { startCallerCommands } from './wiring/caller-words.ts'
import { startIncidentPlace } from './wiring/incident-place.ts'
import type { LateFixBook } from './wiring/late-fixes.ts'
import { startLateWords } from './wiring/late-words.ts'
import { makeFarDoorbell } from './wiring/make-far-doorbell.ts'
import { makeMarkSilent } from './wiring/mark-silent.ts'
import { openDatabase, openStores, type Stores } from './wiring/open-stores.ts'
import { startOtherHands } from './wiring/other-hands.ts'
import { startRecordSenders } from './wiring/record-senders.ts'
import { restoreCalls } from './wiring/restore-calls.ts'
import type { BoardCommands } from './wiring/run-command.ts'
import { markRun } from './wiring/run-mark.ts'
import { startSilentElsewhere } from './wiring/silent-elsewhere.ts'
import { makeStamp } from './wiring/stamp-event.ts'
import { startAdopter } from './wiring/start-adopter.ts'
import { type Alarms, makeAlarms } from './wiring/start-alarms.ts'
import { startAml } from './wiring/start-aml.ts'
import { type Delivery, startDelivery } from './wiring/start-delivery.ts'
import { startDisclosures } from './wiring/start-disclosures.ts'
import { drainDrivers, makeDrivers, startDrivers } from './wiring/start-driver.ts'
import { type Eisec, startEisec } from './wiring/start-eisec.ts'
import { type Handovers, makeHandovers } from './wiring/start-handovers.ts'
import { type DemoSignOn, startHttp } from './wiring/start-http.ts'
import { startJournal } from './wiring/start-journal.ts'
import { catchUpLateFixes, startConfirmFix, startLateFixes } from './wiring/start-late-fixes.ts'
import { type Ledger, makeLedger } from './wiring/start-ledger.ts'
import { type Lookups, startLookups } from './wiring/start-lookups.ts'
import { startNodes } from './wiring/start-nodes.ts'
import { startQuietWatch } from './wiring/start-quiet.ts'
import { makeTestLine, ownHttp, startSynthetic, type TestLine } from './wiring/start-synthetic.ts'
import { firstMonths, startUpkeep } from './wiring/start-upkeep.ts'
import { startTypedPlaces } from './wiring/typed-places.ts'
import { startUnitSenders } from './wiring/unit-senders.ts'
import { startWrittenCommands } from './wiring/written-commands.ts'

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
  readonly demo?: DemoSignOn & { readonly makeData: () => DemoData; readonly world: () => readonly WorldTable[] }
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
  const { config, releases } = base
  const stores = await openStores(base)
  await markRun(base)
  await firstMonths(base, stores)
  if (demo !== undefined) await writeDemo(stores.pool, demo)
  const stages = await startStages(base, stores)
  const { registry, nodes, delivery, ledger, alarms, handovers, adopter } = stages
  const { doorbell, drivers, quiet, door, fixes, eisec, test } = stages
  const { driver, switches } = drivers
  // Ends after the screens are sent away: until then a new call hears 503, and the end of an open one is heard.
  releases.push('SIP', () => driver.stop())
  await ledger.start()
  await restoreCalls(base, stores.pool, { registry, adopter, nodes })
  await catchUpLateFixes(base, fixes)
  for (const node of nodes.unsaid) delivery.renewal.without(node)
  alarms.start()
  await handovers.start()
  startUpkeep(base, stores, alarms.causes)
  const { commands, hands, places } = startCommands(base, stores, stages)
  const aml = startAml(base, stores, { ...delivery, fixes })
  const records = startRecordSenders(base, stores)
  const radio = startUnitSenders(base, stages.lookups.units, alarms.book)
  const disclosures = startDisclosures(base, stores, delivery, ledger.toBarePop)
  const told = {
    ...{ disclosures, handovers: handovers.forHttp, ringBacks: ledger.ringBacks },
    onAcked: alarms.forHttp.onAcked
  }
  const pages = { demo, adopter, nodes, commands, aml, records, radio, places, switches: switches.ports, ...told }
  const { port: httpPort, cutScreens, giveTicket } = await startHttp(base, stores, delivery, pages)
  const onNode = (lost: string, death: string) => {
    alarms.causes.onNodeLost(lost)
    delivery.renewal.without(death)
  }
  const rung = { onLedger: () => ledger.ring(), onHandover: () => handovers.ring() }
  nodes.watch.attach({
    adopter,
    hands,
    fixes,
    cutScreens,
    doorbell,
    ...rung,
    onEisec: eisec.onNotice,
    onNode,
    onSite: alarms.forWatches.onSite
  })
  await startDrivers(base, drivers, quiet.noting(door.take))
  const probe = test && makeProbe(test, ownHttp(config, httpPort), driver.port, giveTicket)
  await startSynthetic(base, stores, probe, alarms.forWatches.onSynthetic)
  const devicesInUse = () => [...delivery.signOns.all()].flatMap(signOn => signOn.devices)
  const drain = () => {
    drainDrivers(drivers)
    return nodes.drain()
  }
  return { sipPort: driver.port, httpPort, devicesInUse, drain }
}

/** What people do at their screens, each brought to the part that carries it out. */
function startCommands(base: Base, stores: Stores, stages: Stages) {
  const { delivery, alarms, ledger, handovers } = stages
  const silent = makeMarkSilent(stages, alarms.causes, base.clock)
  const hands = startOtherHands(base, stores, { ...delivery, ...silent })
  const said = { ...silent, ...startSilentElsewhere(stores, delivery), ...joinCommands(alarms, ledger) }
  const written = startWrittenCommands(base, stores, stages)
  const { readTyped, ...places } = startTypedPlaces(base, stores, stages)
  const located = {
    ...{ ...places, ...startConfirmFix(base, stores, { ...delivery, ...stages }) },
    ...startIncidentPlace(base, stores, stages, readTyped)
  }
  const callers = { ...startCallerCommands(base, stores, stages), ...ledger.ringBacks }
  return { commands: { ...said, ...written, ...located, ...callers, ...handovers.commands() }, hands, places }
}

async function writeDemo(pool: pg.Pool, { makeData, world }: NonNullable<GatewayOptions['demo']>): Promise<void> {
  await writeDemoData(pool, makeData)
  await writeWorld(pool, world())
}

type Stages = Awaited<ReturnType<typeof startStages>>

/** Every stage a call passes, from the registry to the screens; nothing is listened to yet. */
async function startStages(base: Base, stores: Stores) {
  const { config, log, metrics, clock, node } = base
  const registry = startRegistry(base, callId => {
    delivery.courier.forget(callId)
    door.forget(callId)
  })
  // Before the journal, so that the lease is given back after everything is in the record.
  const nodes = await startNodes(base, stores)
  const alarms: Alarms = makeAlarms(base, stores, () => delivery)
  const journal = await startJournal(base, stores, {
    ...{ onSuperseded: entries => nodes.watch.superseded(entries), onKept: (...kept) => nodes.watch.kept(...kept) },
    onLate: ({ call }) => late.add(call.callId),
    onSpool: (...bytes) => alarms.causes.onSpoolBytes(...bytes),
    onQuarantined: () => alarms.causes.onQuarantined()
  })
  const doorbell: FarDoorbell = makeFarDoorbell(base, stores, {
    nodes,
    hub: () => delivery.hub,
    lookFor: (callId, run, publish) => lookups.lookFor(callId, run, publish)
  })
  const test = makeTestLine(base)
  const hasOthers = () => nodes.hasOthers()
  const ends = { delivery: () => delivery, adviser: () => lookups.adviser }
  const ledger = makeLedger(base, stores, { ...ends, hasOthers, causes: alarms.causes })
  const handovers: Handovers = makeHandovers(base, stores, { ...ends, hasOthers, alarms })
  const delivery: Delivery = await startDelivery(base, stores, {
    ...{ registry, nodes, ledger, alarms: alarms.forDelivery, handoversFor: handovers.board },
    testSignOn: test?.signOn,
    ring: (...message) => doorbell.ring(...message)
  })
  const { courier, memory, left } = delivery
  const told = ledger.around(courier)
  const late = startLateWords(base, { courier, hasOthers })
  const lookups: Lookups = startLookups(base, stores, {
    ...{ registry, courier, memory, hasOthers, keptFixes: callId => fixes.keptOf(callId), eisec: () => eisec },
    ...alarms.forLookups
  })
  const adopter: CallAdopter = startAdopter(base, stores, {
    onDialog: dialog => drivers.driver.restore([dialog]),
    apply: event => door.apply(event),
    ...{ append: entry => journal.append(entry), keep: event => journal.keep(event) },
    ...{ registry, courier: told, hasOthers, left, fillPanels: lookups.fill, gone: () => nodes.watch.judged.gone }
  })
  const door = makeTakeEvent({
    stamp: makeStamp({ registry, signOns: delivery.signOns, isRepeat: ledger.isRepeat }),
    ...{ registry, journal, deliver: told.deliver, look: lookups.look },
    gate: () => nodes.watch.gate(),
    isOthers: event => (nodes.watch.isBehind() ? adopter.isOthers(event) : undefined),
    adopt: event => adopter.bySwitchCall(event),
    later: event => adopter.later(event),
    answersAtOnce: answeredAtOnce(config),
    ...{ node, log, metrics, clock }
  })
  const fixes: LateFixBook = startLateFixes(base, stores, { registry, courier, take: door.take })
  const eisec: Eisec = startEisec(base, stores, { fixes, alarms: alarms.book, watch: nodes.watch })
  const quiet = startQuietWatch(base, stores, { hasOthers, ...alarms.forWatches })
  const drivers = makeDrivers(base, stores, { registry, nodes, delivery, test, quiet, alarms })
  const first = { registry, nodes, delivery, ledger, alarms, handovers, adopter, doorbell, drivers }
  return { ...first, quiet, door, fixes, eisec, lookups, test }
}

/** Of these the switch need not wait for the journal. */
function answeredAtOnce({ trunks, switches }: Base['config']): ReadonlySet<TrunkId> {
  return new Set([...trunks, ...switches].filter(({ answer }) => answer === 'received').map(({ id }) => id))
}

/** What a supervisor does on the board: an entry that is closed ends the alarm about its call. */
function joinCommands({ forHttp, causes }: Alarms, ledger: Ledger): Partial<BoardCommands> {
  return {
    ...forHttp.commands,
    closeEntry: async (by, args) => {
      const done = await ledger.commands.closeEntry(by, args)
      const callId = entryCallId(args.entry)
      if (done.ok && callId !== undefined) causes.onLedgerClosed(callId, by, args.note ?? args.reason)
      return done
    }
  }
}

function startRegistry({ config, metrics, releases }: Base, onForget: (callId: CallId) => void): CallRegistry {
  const registry = new CallRegistry({ limits: { ...REGISTRY_LIMITS, maxCalls: config.limits.liveCalls }, onForget })
  const gauge = interval(() => metrics.liveCalls.set(registry.size), GAUGE_MS)
  releases.push('gauges', gauge)
  return registry
}

function makeProbe(
  { host, number, signOn }: TestLine,
  http: ReturnType<typeof ownHttp>,
  port: number,
  giveTicket: (handler: HandlerId) => string
): SyntheticProbe {
  return new SyntheticProbe({ sip: { host, port }, http, number, giveTicket: () => giveTicket(signOn.handler) })
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
