import type { Test } from 'tap'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { endRedis, makeRedis, type RedisLink, type RedisRole } from '../../src/operations/redis.ts'
import { PopJobs } from '../../src/queue/pop-jobs.ts'
import { PopWorker } from '../../src/queue/pop-worker.ts'
import { type CanaryLimits, QueueCanary } from '../../src/queue/queue-canary.ts'
import { POP_QUEUE, type PopJob, queuePrefix } from '../../src/queue/queues.ts'
import type { WatchLimits } from '../../src/queue/watched-worker.ts'
import { until } from './until.ts'

const NODE = 'n-1'

export interface QueueOptions {
  readonly url: string
  readonly keyPrefix: string
  /** The worker's own way to Redis, where it is another. */
  readonly workerUrl?: string
  readonly run?: (job: PopJob) => Promise<void>
  readonly concurrency?: number
  readonly maxPending?: number
  readonly maxHere?: number
  readonly watch?: WatchLimits
  readonly canary?: CanaryLimits
}

/**
 * The queue's two ends on one Redis, ended with the test; neither worker nor canary is started. `done` has the calls
 * whose lookups ran in the worker, `here` those that ran in this process because Redis or the workers were away.
 */
export async function makeQueue(t: Test, options: QueueOptions) {
  const { url, keyPrefix, workerUrl = url, run = async () => {}, concurrency = 20 } = options
  const done: string[] = []
  const here: string[] = []
  const gaveUp: string[] = []
  const working: boolean[] = []
  const taken: boolean[] = []
  const links = new Set<RedisLink>()
  let isUp = false
  const open = (role: RedisRole, at: string, onState?: (isUp: boolean) => void) => {
    const link = makeRedis({ url: at, role, log: silentLog, ...(onState === undefined ? {} : { onState }) })
    links.add(link)
    return link
  }
  const common = { keyPrefix, log: silentLog, metrics: makeMetrics(), isRedisUp: () => isUp }
  const jobs: PopJobs = new PopJobs({
    ...common,
    isTaken: () => canary.isTaken,
    connect: role =>
      open(role, url, up => {
        isUp = up
      }),
    maxPending: options.maxPending ?? 1_000,
    maxHere: options.maxHere ?? 50,
    runHere: async job => void here.push(job.callId)
  })
  const canary = new QueueCanary({
    ...common,
    queue: () => jobs.queue,
    node: NODE,
    onTaken: isTaken => taken.push(isTaken),
    clock: systemClock,
    ...(options.canary === undefined ? {} : { limits: options.canary })
  })
  const worker = new PopWorker({
    ...common,
    links: {
      connect: role => open(role, workerUrl),
      end: link => {
        for (const each of links) if (each === link) endRedis(each)
      }
    },
    concurrency,
    process: async job => {
      await run(job)
      done.push(job.callId)
    },
    onSlow: () => {},
    onWorking: isWorking => working.push(isWorking),
    giveUp: async job => void gaveUp.push(job.callId),
    clock: systemClock,
    ...(options.watch === undefined ? {} : { watch: options.watch })
  })
  t.teardown(async () => {
    canary.stop()
    await worker.stop()
    await jobs.stop()
    for (const link of links) endRedis(link)
  })
  await until(() => (isUp ? '' : 'Redis is not up'))
  const key = (id: string) => `${queuePrefix(keyPrefix)}:${POP_QUEUE}:${id}`
  return { jobs, worker, canary, done, here, gaveUp, working, taken, metrics: common.metrics, key }
}
