/*
 * Whether one force's trouble is the other's: `node tests/bench/two-forces.ts [options]`. Calls of two forces, as the
 * gateway queues their lookups and a worker takes them, over a real Redis and PostgreSQL. What is timed is Thames Valley:
 * from the job's being added to its last panel. In turn with nothing wrong and with Hampshire
 *
 *   slow    each of its questions takes a second in PostgreSQL, holding the link it was asked by
 *   flood   so many times as many calls as Thames Valley
 *
 * in interleaved pairs, so that whatever else the machine does falls on both. The goal is the median of the pairs: p50
 * within 1.2 times, p99 within 2 times. Ends with 1 where one is missed.
 *
 *   --pairs 5        of each trouble
 *   --seconds 10     each half of a pair
 *   --rate 10        calls of Thames Valley a second
 *   --times 10       of a flood
 *   --share 3        questions of one force under way at each source; 0: no bounds, as it would be without them
 *   --only slow      or flood: this trouble alone
 *   --json FILE      the figures; default report/bench-two-forces.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import type { Call } from '../../src/call/call.ts'
import type { CallId } from '../../src/call/ids.ts'
import { makeHistoryLookup } from '../../src/lookups/caller-history.ts'
import { makeIdentityLookup } from '../../src/lookups/caller-identity.ts'
import { LookupGuards } from '../../src/lookups/guards.ts'
import type { Lookup } from '../../src/lookups/lookup.ts'
import { interval, pause, systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { processPopJob } from '../../src/queue/pop-job.ts'
import { PopJobs } from '../../src/queue/pop-jobs.ts'
import { PopWorker } from '../../src/queue/pop-worker.ts'
import type { QueueConnection } from '../../src/queue/queues.ts'
import { makeEarlierContacts, makePeopleAtNumber } from '../../src/records/callers.ts'
import { writeDemoData } from '../../src/records/demo-rows.ts'
import { makeDemoData } from '../../src/simulator/demo-data.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { anOffer, callAfter, cliOf } from '../support/call-events.ts'
import { until } from '../support/until.ts'
import { type BenchStores, withStores } from './bench-stores.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '10' },
    times: { type: 'string', default: '10' },
    share: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'string', default: 'report/bench-two-forces.json' }
  }
})
const [pairs, seconds, rate] = [Number(values.pairs), Number(values.seconds), Number(values.rate)]
const [times, share] = [Number(values.times), Number(values.share)]
const GOAL = { p50: 1.2, p99: 2 } as const
/** As wiring/open-stores.ts and the config's default have them. */
const [LINKS, CONCURRENCY] = [6, 100]
const DEADLINE_MS = 1_500
const SLOW_SECONDS = 1
const TICK_MS = 10
/** What is still under way of one half has ended before the next begins. */
const REST_MS = 2_500

type Trouble = 'none' | 'slow' | 'flood'
interface Half {
  readonly p50: number
  readonly p99: number
  readonly count: number
}

const results = await withStores(run)
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify({ pairs, seconds, rate, times, share, results }, null, 1)}\n`)
process.exitCode = results.every(({ isKept }) => isKept) ? 0 : 1

async function run(stores: BenchStores) {
  const room = await makeRoom(stores)
  await room.half('none')
  const done = []
  for (const trouble of ['slow', 'flood'] as const) {
    if (values.only !== undefined && values.only !== trouble) continue
    const ratios: { p50: number; p99: number }[] = []
    for (let n = 0; n < pairs; n++) {
      // Every other pair begins with the trouble.
      const order: readonly Trouble[] = n % 2 === 0 ? ['none', trouble] : [trouble, 'none']
      const halves = new Map<Trouble, Half>()
      for (const each of order) halves.set(each, await room.half(each))
      const [without, beside] = [halves.get('none') as Half, halves.get(trouble) as Half]
      ratios.push({ p50: beside.p50 / without.p50, p99: beside.p99 / without.p99 })
      process.stdout.write(`${trouble} ${n + 1}: alone ${words(without)}; beside ${words(beside)}\n`)
    }
    const [p50, p99] = [median(ratios.map(each => each.p50)), median(ratios.map(each => each.p99))]
    const isKept = p50 <= GOAL.p50 && p99 <= GOAL.p99
    process.stdout.write(
      `${trouble}: median of ${pairs} pairs: p50 ${p50.toFixed(2)} times, p99 ${p99.toFixed(2)} times: ${isKept ? 'kept' : 'MISSED'}\n`
    )
    done.push({ trouble, p50, p99, isKept, ratios })
  }
  return done
}

/** One gateway's worth of queue, worker and lookups, and calls that come by the clock. */
async function makeRoom(stores: BenchStores) {
  await writeDemoData(stores.openPool(1), () => makeDemoData(7, Date.now(), 2))
  const state = { trouble: 'none' as Trouble }
  const lookups = makeLookups(stores, () => state.trouble === 'slow')
  const limits = { maxConcurrent: share === 0 ? CONCURRENCY : share, maxQueued: 2 * CONCURRENCY }
  const sources = lookups.map(lookup => ({
    lookup,
    limits: { ...limits, lateAnswerMs: 2 * DEADLINE_MS, pauseMs: 0, keepMs: 0 }
  }))
  const guards = new LookupGuards({ sources, clock: systemClock })
  const calls = new Map<CallId, { readonly call: Call; readonly addedAt: number; left: number }>()
  let timed = new Percentiles()
  const jobs = await startQueue(stores, async job => {
    await processPopJob(
      {
        readCall: async callId => calls.get(callId)?.call,
        publishPanel: async callId => {
          const known = calls.get(callId)
          if (known === undefined) return
          known.left -= 1
          if (known.left > 0) return
          calls.delete(callId)
          if (known.call.force === 'tvp') timed.add(performance.now() - known.addedAt)
        },
        ...{ guards, clock: systemClock, log: silentLog, metrics: makeMetrics() }
      },
      job
    )
  })
  let placed = 0
  const place = (force: string) => {
    placed += 1
    const call = callAfter(anOffer({ name: `c${placed}`, force, homeForce: force, cli: cliOf(placed % 900) }))
    calls.set(call.callId, { call, addedAt: performance.now(), left: lookups.length })
    jobs.add(call.callId, 1, undefined, force)
  }
  const half = async (trouble: Trouble): Promise<Half> => {
    state.trouble = trouble
    timed = new Percentiles()
    const rates = { tvp: rate, hants: trouble === 'flood' ? rate * times : rate }
    const sent = { tvp: 0, hants: 0 }
    const began = performance.now()
    const stop = interval(() => {
      const since = Math.min(seconds, (performance.now() - began) / 1_000)
      for (const force of ['hants', 'tvp'] as const) {
        for (; sent[force] < Math.floor(since * rates[force]); sent[force]++) place(force)
      }
    }, TICK_MS)
    await pause(seconds * 1_000 + TICK_MS * 2)
    stop()
    await until(() => (calls.size === 0 ? '' : `${calls.size} calls have not all panels`), 60_000)
    state.trouble = 'none'
    await pause(REST_MS)
    return { p50: timed.at(50), p99: timed.at(99), count: timed.count }
  }
  return { half }
}

/** Pools of their own, as each lookup has. */
function makeLookups({ openPool }: BenchStores, isSlow: () => boolean): readonly Lookup[] {
  const slowed = (pool: pg.Pool): pg.Pool => {
    const query = async (asked: pg.QueryConfig & { values: unknown[] }) => {
      const isTheirs = JSON.stringify(asked.values).includes('"hants"')
      if (!isSlow() || !isTheirs) return pool.query(asked)
      // The link is held all the while, as by a question that waits for a lock.
      const client = await pool.connect()
      try {
        await client.query(`select pg_sleep(${SLOW_SECONDS})`)
        return await client.query(asked)
      } finally {
        client.release()
      }
    }
    return { query } as unknown as pg.Pool
  }
  const common = { deadlineMs: DEADLINE_MS }
  return [
    makeIdentityLookup({
      ...{ ...common, peopleAtNumber: makePeopleAtNumber(slowed(openPool(LINKS, { keepsPlans: true }))) },
      addressesOfNumber: async () => []
    }),
    makeHistoryLookup({
      ...{ ...common, earlierContacts: makeEarlierContacts(slowed(openPool(LINKS, { keepsPlans: true }))), limit: 10 },
      ...{ repeatWithinMs: 86_400_000, now: Date.now }
    })
  ]
}

async function startQueue(
  { connect, releases }: BenchStores,
  process: ConstructorParameters<typeof PopWorker>[0]['process']
): Promise<PopJobs> {
  let isUp = false
  const own = await connect('commands', up => {
    isUp = up
  })
  const blocking = await connect('blocking')
  const common = { keyPrefix: 'bench', log: silentLog, metrics: makeMetrics(), isRedisUp: () => isUp }
  const jobs = new PopJobs({
    ...{ ...common, connect: () => own as QueueConnection, isTaken: () => true },
    ...{ runHere: async () => {}, maxPending: 100_000, maxHere: 0 }
  })
  releases.push('jobs', () => jobs.stop())
  const worker = new PopWorker({
    ...{ ...common, concurrency: CONCURRENCY, process, clock: systemClock },
    links: { connect: () => blocking as QueueConnection, end: () => {} },
    ...{ giveUp: async () => {}, onSlow: () => {}, onWorking: () => {} }
  })
  await until(() => (isUp ? '' : 'Redis is not up'))
  worker.start()
  releases.push('worker', () => worker.stop())
  return jobs
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function words({ p50, p99, count }: Half): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${count}`
}
