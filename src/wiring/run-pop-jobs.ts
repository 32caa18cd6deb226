import type { CallId } from '../call/ids.ts'
import { makeHistoryLookup } from '../lookups/caller-history.ts'
import { makeIdentityLookup } from '../lookups/caller-identity.ts'
import { makeHeldClient } from '../lookups/location/held.ts'
import { makeLocationLookup } from '../lookups/location/location-lookup.ts'
import type { Lookup } from '../lookups/lookup.ts'
import { startLookupProbe } from '../lookups/lookup-probe.ts'
import { LookupWatch } from '../lookups/lookup-watch.ts'
import { Fault } from '../operations/errors.ts'
import { endRedis, type RedisRole } from '../operations/redis.ts'
import { failPopJob, type PopJobParts, processPopJob } from '../queue/pop-job.ts'
import type { PublishPanel, ReadCall } from '../queue/pop-job-ports.ts'
import { PopWorker } from '../queue/pop-worker.ts'
import { makeAddressOnRecord, makeEarlierContacts, makePeopleAtNumber } from '../records/callers.ts'
import { type LateWord, readLateRecord } from '../records/location-fixes.ts'
import type { Base } from './base.ts'
import { makeLateRecordReader } from './late-record.ts'
import type { Stores } from './open-stores.ts'
import { startPlaces } from './start-places.ts'

interface Ends {
  readonly readCall: ReadCall
  readonly publishPanel: PublishPanel
  /** Late fixes that this process has and the record has not. */
  readonly keptFixes?: (callId: CallId) => readonly LateWord[]
}

/** What runs a pop job in this process. */
export function makePopJobParts(base: Base, { lookupPools }: Stores, { keptFixes, ...ends }: Ends): PopJobParts {
  const { log, metrics, clock, health, releases } = base
  const lookups = makeLookups(base, lookupPools, keptFixes)
  health.set('lookups', { ok: true })
  const watch = new LookupWatch(troubled =>
    health.set('lookups', {
      ok: troubled.length === 0,
      ...(troubled.length === 0 ? {} : { why: `Slow or dead: ${troubled.join(', ')}; the panels say so` })
    })
  )
  releases.push('lookup probe', startLookupProbe({ lookups, watch }))
  return { ...ends, lookups, watch, clock, log, metrics }
}

/** Says what is wrong with the queue, as long as anything is. */
export type QueueTrouble = (what: 'slow' | 'worker' | 'not-taken', why: string | undefined) => void

export function makeQueueTrouble({ health }: Base): QueueTrouble {
  const troubles = new Map<string, string>()
  health.set('queue', { ok: true })
  return (what, why) => {
    if (why === undefined) troubles.delete(what)
    else troubles.set(what, why)
    const all = [...troubles.values()].join('; ')
    health.set('queue', { ok: troubles.size === 0, ...(troubles.size === 0 ? {} : { why: all }) })
  }
}

/** This process takes pop jobs until it is released. */
export function startPopWorker(
  { config, log, metrics, clock, releases }: Base,
  { connect, isRedisUp }: Stores,
  parts: PopJobParts,
  trouble: QueueTrouble
): void {
  const links = new Map<unknown, () => void>()
  const worker = new PopWorker({
    links: {
      connect: (role: RedisRole) => {
        const link = connect(role)
        links.set(link, () => endRedis(link))
        return link
      },
      end: link => {
        links.get(link)?.()
        links.delete(link)
      }
    },
    concurrency: config.limits.jobConcurrency,
    process: job => processPopJob(parts, job),
    giveUp: job => failPopJob(parts, job),
    onSlow: isSlow => trouble('slow', isSlow ? 'Lookups wait long in the queue' : undefined),
    onWorking: isWorking =>
      trouble('worker', isWorking ? undefined : 'The worker here takes no jobs, however often it is rebuilt'),
    ...{ isRedisUp, log, metrics, clock, keyPrefix: config.keyPrefix }
  })
  worker.start()
  releases.push('pop worker', () => worker.stop())
}

const HOUR_MS = 3_600_000

function makeLookups(base: Base, pools: Stores['lookupPools'], keptFixes: Ends['keptFixes']): readonly Lookup[] {
  const { config, clock, log, metrics } = base
  const { historyDeadlineMs, identityDeadlineMs, locationDeadlineMs, historyItems } = config.lookups
  const gazetteer = startPlaces(base)
  return [
    makeIdentityLookup({ peopleAtNumber: makePeopleAtNumber(pools.identity), deadlineMs: identityDeadlineMs }),
    makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pools.location),
      lateRecord: makeLateRecordReader(callId => readLateRecord(pools.location, callId), keptFixes),
      gazetteer: () => gazetteer,
      deadlineMs: locationDeadlineMs,
      askHeld: makeHeldClient({ config: config.held, clock }),
      onFault: ({ callId }, { code, reason }) => {
        metrics.locationFaults.inc({ code })
        log.fault('lookup.location', new Fault(code, { reason }), { callId })
      }
    }),
    makeHistoryLookup({
      earlierContacts: makeEarlierContacts(pools.history),
      deadlineMs: historyDeadlineMs,
      limit: historyItems,
      repeatWithinMs: config.ledger.repeatWithinHours * HOUR_MS,
      now: () => clock.now()
    })
  ]
}
