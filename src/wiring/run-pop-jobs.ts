import type { CallId } from '../call/ids.ts'
import type { GuardLimits } from '../lookups/guard.ts'
import { LookupGuards } from '../lookups/guards.ts'
import type { Gazetteer } from '../lookups/location/gazetteer.ts'
import type { Lookup, SourceName } from '../lookups/lookup.ts'
import type { Config } from '../operations/config-schema.ts'
import { Fault } from '../operations/errors.ts'
import { endRedis, type RedisRole } from '../operations/redis.ts'
import { makeToLink } from '../pop/deep-link.ts'
import { failPopJob, type PopJobParts, processPopJob } from '../queue/pop-job.ts'
import type { PublishPanel, ReadCall } from '../queue/pop-job-ports.ts'
import { PopWorker } from '../queue/pop-worker.ts'
import { readCallerWords } from '../records/caller-words.ts'
import type { LateWord } from '../records/location-fixes.ts'
import type { UnitAdviser } from '../resources/unit-adviser.ts'
import type { Base } from './base.ts'
import { makeBuiltInLookups } from './built-in-lookups.ts'
import type { Stores } from './open-stores.ts'
import { startOtherSources } from './start-other-sources.ts'

interface Ends {
  readonly readCall: ReadCall
  readonly publishPanel: PublishPanel
  readonly gazetteer: Gazetteer
  /** Late fixes that this process has and the record has not. */
  readonly keptFixes?: (callId: CallId) => readonly LateWord[]
  /** Absent where no force has units. */
  readonly adviser?: UnitAdviser | undefined
}

/** What runs a pop job in this process. */
export function makePopJobParts(
  base: Base,
  stores: Pick<Stores, 'lookupPools' | 'grants'>,
  { keptFixes, gazetteer, adviser, ...ends }: Ends
): PopJobParts & { readonly guards: LookupGuards } {
  const { config, log, metrics, clock, health, releases } = base
  const builtIn = makeBuiltInLookups(base, stores, { gazetteer, keptFixes, adviser })
  const sources = [
    ...builtIn.map(lookup => ({ lookup, limits: builtInLimits(config, lookup) })),
    ...startOtherSources(base)
  ]
  health.set('lookups', { ok: true })
  const guards = new LookupGuards({ sources, clock, onTroubled: makeTroubled(base, sources) })
  releases.push('lookups', guards.start())
  const readWords = (callId: CallId) => readCallerWords(stores.lookupPools.identity, callId)
  return { ...ends, guards, readWords, toLink: makeToLink(config.forces), clock, log, metrics }
}

/**
 * Questions of one force that a built-in source has under way at once: half of its links, so that a record that is slow for
 * one force, or the flood of its calls, takes no link that another needs. The location waits for the network's location
 * servers, too.
 */
const AT_ONCE = 3
const LOCATION_AT_ONCE = 30

/** Of the rest no job of this process has to go without its turn. */
function builtInLimits({ lookups, limits }: Config, { name }: Lookup): GuardLimits {
  return {
    maxConcurrent: name === 'location' ? LOCATION_AT_ONCE : AT_ONCE,
    maxQueued: 2 * limits.jobConcurrency,
    lateAnswerMs: lookups.lateAnswerMs,
    pauseMs: 0,
    keepMs: 0
  }
}

/** The level of service, the log and the metrics hear of each source that is left alone, and when that is over. */
function makeTroubled(
  { health, log, metrics }: Base,
  sources: readonly { readonly lookup: Lookup }[]
): (troubled: readonly SourceName[]) => void {
  let before: readonly SourceName[] = []
  return troubled => {
    for (const { name } of sources.map(({ lookup }) => lookup)) {
      const isLeft = troubled.includes(name)
      if (isLeft === before.includes(name)) continue
      metrics.sourcesLeftAlone.set({ lookup: name }, isLeft ? 1 : 0)
      if (isLeft) log.fault('lookup.left-alone', new Fault('lookup.left-alone', { source: name }), { source: name })
      else log.info('lookup.asked-again', { source: name })
    }
    before = troubled
    health.set('lookups', {
      ok: troubled.length === 0,
      ...(troubled.length === 0 ? {} : { why: `Slow or dead: ${troubled.join(', ')}; the panels say so` })
    })
  }
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
