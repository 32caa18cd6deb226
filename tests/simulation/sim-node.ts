import { CallRegistry, REGISTRY_LIMITS } from '../../src/call/call-registry.ts'
import { makeNodeId } from '../../src/call/ids.ts'
import type { FarDoorbell } from '../../src/delivery/far-doorbell.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { LoadedConfig } from '../../src/operations/config.ts'
import { Health } from '../../src/operations/health.ts'
import { interval, ReleaseStack, systemClock } from '../../src/operations/lifecycle.ts'
import type { Metrics } from '../../src/operations/metrics.ts'
import { toBarePop } from '../../src/pop/bare-pop.ts'
import { findDialogs } from '../../src/records/dialogs.ts'
import type { FindDialogs } from '../../src/switches/switch-driver.ts'
import { makeTakeEvent } from '../../src/take-event.ts'
import type { CallAdopter } from '../../src/wiring/adopt-calls.ts'
import type { Base } from '../../src/wiring/base.ts'
import type { LateFixBook } from '../../src/wiring/late-fixes.ts'
import { startLateWords } from '../../src/wiring/late-words.ts'
import { makeFarDoorbell } from '../../src/wiring/make-far-doorbell.ts'
import { startOtherHands } from '../../src/wiring/other-hands.ts'
import { restoreCalls } from '../../src/wiring/restore-calls.ts'
import { makeStamp } from '../../src/wiring/stamp-event.ts'
import { startAdopter } from '../../src/wiring/start-adopter.ts'
import { type Delivery, startDelivery } from '../../src/wiring/start-delivery.ts'
import { startJournal } from '../../src/wiring/start-journal.ts'
import { catchUpLateFixes, startLateFixes } from '../../src/wiring/start-late-fixes.ts'
import type { Lookups } from '../../src/wiring/start-lookups.ts'
import { startNodes } from '../../src/wiring/start-nodes.ts'
import { makeWhoseCall } from '../../src/wiring/whose-call.ts'
import { SimConsoleDoor } from './sim-console-door.ts'
import type { SimJobs } from './sim-jobs.ts'
import { makeSimLog } from './sim-log.ts'
import { startSimLookups } from './sim-lookups.ts'
import type { SimPostgres } from './sim-postgres.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { SimRedis } from './sim-redis.ts'
import { SimSipDoor } from './sim-sip-door.ts'
import { openSimStores } from './sim-stores.ts'

export interface NodeParts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly loaded: LoadedConfig
  readonly metrics: Metrics
  readonly postgres: SimPostgres
  readonly redis: SimRedis
  readonly jobs: SimJobs
  readonly secret: Buffer
  readonly isReachable: (to: SimProcess) => boolean
  readonly mutant: NodeMutant
  readonly onBug: (text: string) => void
}

/** What this gateway does wrong on purpose. */
export interface NodeMutant {
  /** Says that an event is durable before it is. */
  readonly answersTooSoon?: boolean
  /** Calls whose pop it forgets to send: one in so many. */
  readonly dropsOneIn?: number
  /** Hears that a place is on record, and looks it up for nobody. */
  readonly forgetsPlaces?: boolean
}

/** A gateway of the simulated world: the real parts in the order of gateway.ts, over simulated edges. */
export interface SimNode {
  readonly name: string
  readonly process: SimProcess
  readonly registry: CallRegistry
  readonly sip: SimSipDoor
  readonly base: Base
  readonly consoles: SimConsoleDoor
  readonly fixes: LateFixBook
}

/** Runs as the node's own process. Rejects as startGateway does. */
export async function startSimNode(parts: NodeParts): Promise<SimNode> {
  const base = makeBase(parts)
  const { log, metrics, clock, node, health } = base
  const { mutant } = parts
  const stores = await openSimStores(base, parts)
  const registry = new CallRegistry({
    limits: REGISTRY_LIMITS,
    onForget: callId => {
      delivery.courier.forget(callId)
      door.forget(callId)
    }
  })
  base.releases.push(
    'gauges',
    interval(() => metrics.liveCalls.set(registry.size), 1_000)
  )
  const nodes = await startNodes(base, stores)
  const journal = await startJournal(base, stores, {
    ...{ onSuperseded: entries => nodes.watch.superseded(entries), onKept: (...kept) => nodes.watch.kept(...kept) },
    onLate: ({ call }) => late.add(call.callId)
  })
  const doorbell: FarDoorbell = makeFarDoorbell(base, stores, {
    nodes,
    hub: () => delivery.hub,
    lookFor: (callId, run, publish) => lookups.lookFor(callId, run, publish)
  })
  const ring: FarDoorbell['ring'] = (...message) => doorbell.ring(...message)
  const delivery: Delivery = await startDelivery(base, stores, {
    ...{ registry, nodes, ring, testSignOn: undefined },
    // The ledger has its own tests.
    ledger: { toBarePop, board: () => undefined }
  })
  const { courier, memory, left } = delivery
  const hasOthers = () => nodes.hasOthers()
  const late = startLateWords(base, { courier, hasOthers })
  const shared = { registry, courier, memory, hasOthers }
  const lookups: Lookups = startSimLookups(base, { ...parts, ...shared, pool: stores.queries })
  const adopter: CallAdopter = startAdopter(base, stores, {
    fillPanels: lookups.fill,
    onDialog: dialog => sip.restore([dialog]),
    apply: event => door.apply(event),
    ...{ append: entry => journal.append(entry), keep: event => journal.keep(event) },
    gone: () => nodes.watch.judged.gone,
    ...{ registry, courier, hasOthers, left }
  })
  const door = makeTakeEvent({
    stamp: makeStamp({ registry, signOns: delivery.signOns }),
    registry,
    journal: mutant.answersTooSoon === true ? tooSoon(journal) : journal,
    deliver: (call, receivedAt) => isDropped(mutant, call.callId) || courier.deliver(call, receivedAt),
    look: lookups.look,
    gate: () => nodes.watch.gate(),
    isOthers: event => (nodes.watch.isBehind() ? adopter.isOthers(event) : undefined),
    adopt: event => adopter.bySwitchCall(event),
    later: event => adopter.later(event),
    answersAtOnce: new Set(),
    ...{ node, log, metrics, clock }
  })
  const findOpen: FindDialogs = names => findDialogs(stores.pool, names)
  const isRecordBehind = () => nodes.watch.isRecordBehind()
  const whoseCall = makeWhoseCall({ registry, hasOthers, isRecordBehind })
  const sip = new SimSipDoor({
    ...{ take: door.take, findDialogs: findOpen, whoseCall, isRecordBehind, log, metrics, clock }
  })
  const fixes = startLateFixes(base, stores, {
    ...{ registry, courier },
    take: mutant.forgetsPlaces === true ? async () => 'ignored' : door.take
  })
  await restoreCalls(base, stores.pool, { registry, adopter, nodes })
  await catchUpLateFixes(base, fixes)
  for (const lost of nodes.unsaid) delivery.renewal.without(lost)
  health.set('http', { ok: true })
  health.set('sip', { ok: true })
  const consoles = new SimConsoleDoor(base, { delivery, stores, adopter, nodes, secret: parts.secret })
  const onNode = (_: string, death: string) => delivery.renewal.without(death)
  const hands = startOtherHands(base, stores, { courier, markSilent: async () => {} })
  nodes.watch.attach({ adopter, hands, fixes, cutScreens: () => consoles.cutAll(), doorbell, onNode })
  return { name: node, process: parts.process, registry, sip, base, consoles, fixes }
}

function tooSoon(journal: Journal): Pick<Journal, 'append'> {
  return {
    append: async entry => {
      void journal.append(entry).catch(() => {})
    }
  }
}

function isDropped({ dropsOneIn }: NodeMutant, callId: string): boolean {
  return dropsOneIn !== undefined && Number.parseInt(callId.slice(-12, -6), 16) % dropsOneIn === 0
}

function makeBase({ loaded, metrics, process, onBug }: NodeParts): Base {
  return {
    ...{ loaded, config: loaded.config, metrics },
    log: makeSimLog(process.time, () => process.name, onBug),
    clock: systemClock,
    health: new Health(),
    releases: new ReleaseStack(),
    node: makeNodeId()
  }
}
