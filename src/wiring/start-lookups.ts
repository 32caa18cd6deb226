import type { Call } from '../call/call.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import { makeHistoryLookup } from '../lookups/caller-history.ts'
import { makeIdentityLookup } from '../lookups/caller-identity.ts'
import { makeLocationLookup } from '../lookups/location/location-lookup.ts'
import type { Lookup } from '../lookups/lookup.ts'
import { LookupWatch } from '../lookups/lookup-watch.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { panelRevision } from '../pop/panel.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { failPopJob, type PopJobParts, processPopJob, runOf } from '../queue/pop-job.ts'
import { PopJobs } from '../queue/pop-jobs.ts'
import { PopWorker } from '../queue/pop-worker.ts'
import { makeAddressOnRecord, makeEarlierContacts, makePeopleAtNumber } from '../records/callers.ts'
import { readCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import { makeFillPanels } from './fill-panels.ts'
import type { Stores } from './open-stores.ts'

/** Lookups run in this process at once while Redis does not take jobs. */
const MAX_HERE = 50
/**
 * A job that Redis took and then lost is asked for again under the same id, which a Redis that still has it takes for
 * a repeat: no panel says "pending" for ever.
 */
const SWEEP_EVERY_MS = 5_000
const SWEEP_AFTER_MS = 10_000
const SWEEP_MAX = 200

interface LookupParts {
  readonly registry: CallRegistry
  readonly courier: PopCourier
  readonly memory: PanelMemory
  readonly hasOthers: () => boolean
}

/** The queue of pop jobs and this node's worker for it. `look` asks for a call's lookups, `fill` only for those nobody has had answered; both return at once. */
export function startLookups(
  base: Base,
  { pool, lookupPools, connect, isRedisUp }: Stores,
  { registry, courier, memory, hasOthers }: LookupParts
): { readonly look: (call: Call) => void; readonly fill: (call: Call) => void } {
  const { config, log, metrics, clock, releases, health } = base
  const parts: PopJobParts = {
    readCall: async callId => registry.get(callId) ?? (await readCall(pool, callId)),
    publishPanel: (call, panel, run) => {
      const revised = { rev: panelRevision(run, panel.status), panel }
      if (hasOthers()) {
        memory
          .keep(call.callId, revised, courier.has(call.callId))
          .catch(thrown => log.debug('panels.keep', { callId: call.callId, reason: reasonOf(thrown) }))
      }
      return courier.publishPanel(call, revised)
    },
    lookups: makeLookups(base, lookupPools),
    watch: new LookupWatch(troubled =>
      health.set('lookups', {
        ok: troubled.length === 0,
        ...(troubled.length === 0 ? {} : { why: `Slow or dead: ${troubled.join(', ')}; the panels say so` })
      })
    ),
    ...{ clock, log, metrics }
  }
  const jobs = new PopJobs({
    runHere: job => processPopJob(parts, job),
    maxPending: config.limits.outbox,
    maxHere: MAX_HERE,
    ...{ connect, isRedisUp, keyPrefix: config.keyPrefix, log, metrics }
  })
  releases.push('pop jobs', () => jobs.stop())
  const worker = new PopWorker({
    concurrency: config.limits.jobConcurrency,
    process: job => processPopJob(parts, job),
    giveUp: job => failPopJob(parts, job),
    onSlow: isSlow =>
      health.set('queue', { ok: !isSlow, ...(isSlow ? { why: 'Lookups wait long in the queue' } : {}) }),
    ...{ connect, keyPrefix: config.keyPrefix, log, metrics }
  })
  worker.start()
  releases.push('pop worker', () => worker.stop())
  health.set('queue', { ok: true })
  health.set('lookups', { ok: true })
  const look = (call: Call) => jobs.add(call.callId, runOf(call))
  const fill = makeFillPanels({ hasOthers, memory, courier, look })
  releases.push(
    'panel sweep',
    interval(() => {
      for (const call of courier.withoutPanels(clock.now() - SWEEP_AFTER_MS, SWEEP_MAX)) fill(call)
    }, SWEEP_EVERY_MS)
  )
  return { look, fill }
}

function makeLookups({ config, clock, log }: Base, pools: Stores['lookupPools']): readonly Lookup[] {
  const { historyDeadlineMs, identityDeadlineMs, locationDeadlineMs, historyItems } = config.lookups
  return [
    makeIdentityLookup({ peopleAtNumber: makePeopleAtNumber(pools.identity), deadlineMs: identityDeadlineMs }),
    makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pools.location),
      deadlineMs: locationDeadlineMs,
      onUnreadable: (call, reason) =>
        log.fault('lookup.location', new Fault('lookup.bad-document', { reason }), { callId: call.callId })
    }),
    makeHistoryLookup({
      earlierContacts: makeEarlierContacts(pools.history),
      deadlineMs: historyDeadlineMs,
      limit: historyItems,
      now: () => clock.now()
    })
  ]
}
