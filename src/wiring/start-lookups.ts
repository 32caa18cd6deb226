import type { Call } from '../call/call.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import type { CallId } from '../call/ids.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import type { Gazetteer } from '../lookups/location/gazetteer.ts'
import type { Located } from '../lookups/location/location-lookup.ts'
import type { LookAgain, Lookup, Outcome } from '../lookups/lookup.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { within } from '../operations/lifecycle.ts'
import type { Panel, RevisedPanel } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type PopJobParts, processPopJob, runOf } from '../queue/pop-job.ts'
import type { PublishPanel } from '../queue/pop-job-ports.ts'
import { PopJobs } from '../queue/pop-jobs.ts'
import { QueueCanary } from '../queue/queue-canary.ts'
import { makeReadChoice } from '../records/job-choices.ts'
import { readCall } from '../records/journal-rows.ts'
import type { LateWord } from '../records/location-fixes.ts'
import type { UnitAdviser } from '../resources/unit-adviser.ts'
import type { Base } from './base.ts'
import { makeFillPanels } from './fill-panels.ts'
import { startNotesSweep } from './notes-sweep.ts'
import type { Stores } from './open-stores.ts'
import { PanelSweep } from './panel-sweep.ts'
import { makePopJobParts, makeQueueTrouble, startPopWorker } from './run-pop-jobs.ts'
import { makeAdviser, startUnitNews } from './start-adviser.ts'
import { type Eisec, withEisec } from './start-eisec.ts'
import { startPlaces } from './start-places.ts'
import { startStanding } from './start-standing.ts'
import { startUnits, type Units } from './start-units.ts'

/** Lookups run in this process at once while Redis does not take jobs, or nobody takes them from it. */
const MAX_HERE = 50

export interface Lookups {
  readonly look: (call: Call, only?: LookAgain) => void
  readonly fill: (call: Call) => void
  /** All places of a call as its panel has them; late where its deadline passes. */
  readonly locate: (call: Call) => Promise<Outcome<Located>>
  readonly gazetteer: Gazetteer
  /** Absent where no force has any. */
  readonly units: Units | undefined
  /** Whom to send; absent where no force has units. */
  readonly adviser: UnitAdviser | undefined
  /** Runs them here for a call that another node holds, and gives the panels to nobody but the caller. */
  readonly lookFor: (callId: CallId, run: number, publish: (revised: RevisedPanel) => void) => Promise<void>
}

export interface LookupParts {
  readonly registry: CallRegistry
  readonly courier: PopCourier
  readonly memory: PanelMemory
  readonly hasOthers: () => boolean
  readonly keptFixes: (callId: CallId) => readonly LateWord[]
  /** Asked beside the lookups; made after them. */
  readonly eisec: () => Eisec
  /** A panel of a call that this gateway, which is alone, has no card of any more. */
  readonly onLatePanel?: (call: Call, panel: Panel) => void
  /** Whether anybody takes jobs from the queue. */
  readonly onTaken?: (isTaken: boolean) => void
}

/**
 * The queue of pop jobs and, unless the config leaves that to others, this node's worker for it. `look` asks for a
 * call's lookups, `fill` only for those nobody has had answered; both return at once.
 */
export function startLookups(
  base: Base,
  stores: Stores,
  { registry, courier, memory, hasOthers, keptFixes, eisec, onLatePanel, onTaken = () => {} }: LookupParts
): Lookups {
  const { config, log, metrics, clock, releases } = base
  const { pool, connect, isRedisUp } = stores
  const isShared = () => hasOthers() || !config.worker.inGateway
  const publishPanel: PublishPanel = (callId, revised, call) => {
    if (isShared() || call === undefined) {
      memory
        .keep(callId, revised, courier.card(callId) !== undefined)
        .catch(thrown => log.debug('panels.keep', { callId, reason: reasonOf(thrown) }))
    }
    if (call === undefined) return Promise.resolve()
    if (!hasOthers() && courier.card(callId) === undefined) onLatePanel?.(call, revised.panel)
    return courier.publishPanel(call, revised)
  }
  const gazetteer = startPlaces(base)
  const units = startUnits(base, stores, { hasOthers })
  const adviser = makeAdviser(base, { units, readChoice: makeReadChoice(stores.lookupPools.units) })
  const parts = makePopJobParts(base, stores, {
    ...{ gazetteer, adviser },
    readCall: async callId => registry.get(callId) ?? (await readCall(pool, callId)),
    publishPanel,
    keptFixes
  })
  if (adviser !== undefined) {
    const isOpen = ({ callId }: Call) => courier.card(callId) !== undefined
    startUnitNews(base, { adviser, isOpen, publishPanel })
  }
  startStanding(base, stores, parts.guards, 'gateway')
  const jobs: PopJobs = new PopJobs({
    runHere: job => processPopJob(parts, job),
    isTaken: () => canary.isTaken,
    maxPending: config.limits.outbox,
    maxHere: MAX_HERE,
    ...{ connect, isRedisUp, keyPrefix: config.keyPrefix, log, metrics }
  })
  releases.push('pop jobs', () => jobs.stop())
  const trouble = makeQueueTrouble(base)
  const canary = startCanary(base, stores, { jobs, trouble, onTaken })
  if (config.worker.inGateway) startPopWorker(base, stores, parts, trouble)
  const ask = (call: Call, only?: LookAgain) => void jobs.ask(call.callId, runOf(call), only)
  const fill = makeFillPanels({ hasOthers: isShared, look: call => ask(call), ...{ memory, courier } })
  releases.push('panel sweep', new PanelSweep({ courier, fill, clock }).start())
  releases.push('notes sweep', startNotesSweep({ courier, ask: call => ask(call, 'notes') }))
  const look: Lookups['look'] = (call, only) => jobs.add(call.callId, runOf(call), only, call.force)
  return withEisec(
    { look, fill, lookFor: makeLookFor(parts), locate: makeLocate(parts), gazetteer, units, adviser },
    eisec
  )
}

function makeLocate({ guards: { lookups } }: PopJobParts): Lookups['locate'] {
  const lookup = lookups.find(({ name }) => name === 'location') as Lookup<Located> | undefined
  return async call => {
    if (lookup === undefined) return { kind: 'not-asked', why: 'not-configured' }
    const abort = new AbortController()
    const outcome = await within(lookup.deadlineMs, lookup.ask(call, abort.signal))
    abort.abort()
    return outcome ?? { kind: 'late' }
  }
}

function makeLookFor(parts: PopJobParts): Lookups['lookFor'] {
  return (callId, run, publish) => {
    const publishPanel: PublishPanel = async (_, revised) => publish(revised)
    return processPopJob({ ...parts, publishPanel }, { v: 1, callId, run })
  }
}

function startCanary(
  { log, clock, releases, node }: Base,
  { isRedisUp }: Stores,
  {
    jobs,
    trouble,
    onTaken
  }: {
    readonly jobs: PopJobs
    readonly trouble: ReturnType<typeof makeQueueTrouble>
    readonly onTaken: (isTaken: boolean) => void
  }
): QueueCanary {
  const canary = new QueueCanary({
    queue: () => jobs.queue,
    onTaken: isTaken => {
      onTaken(isTaken)
      trouble('not-taken', isTaken ? undefined : 'No worker takes jobs: lookups run in this gateway')
      if (isTaken) log.info('queue.taken', {})
      else log.fault('queue.not-taken', new Fault('queue.not-taken', {}))
    },
    ...{ node, isRedisUp, log, clock }
  })
  canary.start()
  releases.push('queue canary', () => canary.stop())
  return canary
}
