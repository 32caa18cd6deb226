import type { Call } from '../../src/call/call.ts'
import type { CallRegistry } from '../../src/call/call-registry.ts'
import type { PanelMemory } from '../../src/delivery/panel-memory.ts'
import { LookupGuards } from '../../src/lookups/guards.ts'
import { PLAIN_GAZETTEER } from '../../src/lookups/location/gazetteer.ts'
import { LOOKUP_NAMES, type LookAgain, type Lookup, type LookupName, type Outcome } from '../../src/lookups/lookup.ts'
import { after } from '../../src/operations/lifecycle.ts'
import type { PopCourier } from '../../src/pop/pop-courier.ts'
import { failPopJob, type PopJobParts, processPopJob, runOf } from '../../src/queue/pop-job.ts'
import type { PopJob } from '../../src/queue/queues.ts'
import { readCall } from '../../src/records/journal-rows.ts'
import type { Base } from '../../src/wiring/base.ts'
import { makeFillPanels } from '../../src/wiring/fill-panels.ts'
import { PanelSweep } from '../../src/wiring/panel-sweep.ts'
import type { Lookups } from '../../src/wiring/start-lookups.ts'
import type { SimJobs } from './sim-jobs.ts'
import type { SimPool } from './sim-postgres.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

const DEADLINE_MS = 1_500
const TYPICAL_MS = 30

interface Parts {
  readonly process: SimProcess
  readonly pool: SimPool
  readonly jobs: SimJobs
  readonly random: WorldRandom
  readonly registry: CallRegistry
  readonly courier: PopCourier
  readonly memory: PanelMemory
  readonly hasOthers: () => boolean
}

/** The stage of the lookups as wiring/start-lookups.ts makes it, with a queue of the simulated world's. */
export function startSimLookups(base: Base, parts: Parts): Lookups {
  const { process, pool, jobs, registry, courier, memory, hasOthers } = parts
  const { clock, log, metrics } = base
  const jobParts: PopJobParts = {
    readCall: async callId => registry.get(callId) ?? (await readCall(pool.asPool(), callId)),
    publishPanel: (callId, revised, call) => {
      if (hasOthers() || call === undefined) {
        memory
          .keep(callId, revised, courier.card(callId) !== undefined)
          .catch(thrown => log.debug('panels.keep', { reason: String(thrown) }))
      }
      return call === undefined ? Promise.resolve() : courier.publishPanel(call, revised)
    },
    guards: makeGuards(base, parts.random),
    ...{ clock, log, metrics }
  }
  const work = (job: PopJob) => processPopJob(jobParts, job)
  jobs.attach({ process, work, giveUp: job => failPopJob(jobParts, job) })
  base.health.set('queue', { ok: true })
  base.health.set('lookups', { ok: true })
  const look = (call: Call, only?: LookAgain) => {
    const job: PopJob = { v: 1, callId: call.callId, run: runOf(call), ...(only === undefined ? {} : { only }) }
    if (!jobs.add(job)) work(job).catch(thrown => log.fault('queue.run-here', thrown))
  }
  const fill = makeFillPanels({ hasOthers, memory, courier, look })
  base.releases.push('panel sweep', new PanelSweep({ courier, fill, clock }).start())
  const lookFor: Lookups['lookFor'] = (callId, run, publish) =>
    processPopJob({ ...jobParts, publishPanel: async (_, revised) => publish(revised) }, { v: 1, callId, run })
  const none = { units: undefined, adviser: undefined }
  return { look, fill, lookFor, locate: async () => ({ kind: 'none' }), gazetteer: PLAIN_GAZETTEER, ...none }
}

/** As wiring/run-pop-jobs.ts has it, of sources that are never asked about nobody. */
function makeGuards({ clock, releases }: Base, random: WorldRandom): LookupGuards {
  const limits = { maxConcurrent: 6, maxQueued: 200, lateAnswerMs: 10_000, pauseMs: 5_000, keepMs: 0 }
  const sources = LOOKUP_NAMES.map(name => ({ lookup: makeSimLookup(name, random), limits }))
  const guards = new LookupGuards({ sources, clock })
  releases.push('lookups', guards.start())
  return guards
}

function makeSimLookup(name: LookupName, random: WorldRandom): Lookup {
  return {
    name,
    source: 'a simulated source',
    deadlineMs: DEADLINE_MS,
    ask: () =>
      new Promise<Outcome<unknown>>((answered, failed) => {
        const isBroken = random.chance(0.05)
        after(random.delayMs(TYPICAL_MS), () =>
          isBroken ? failed(new Error('broke off')) : answered({ kind: 'none' })
        )
      })
  }
}
