/*
 * The pop job beside a bare Redis stream: `node tests/bench/pop-job.ts [options]`. The job as a gateway adds it and a
 * worker takes it (BullMQ: once however often it is added, tried again, taken up when its worker dies), and an entry that
 * is added to a stream, read by a group and acknowledged. From added to taken.
 *
 *   --jobs 10000   as fast as they go with 100 waiting; a fifth of it at 200 a second
 *   --json FILE    the figures; default report/bench-pop-job.json
 */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import type { CallId } from '../../src/call/ids.ts'
import { interval, systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { PopJobs } from '../../src/queue/pop-jobs.ts'
import { PopWorker } from '../../src/queue/pop-worker.ts'
import type { QueueConnection } from '../../src/queue/queues.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { until } from '../support/until.ts'
import { type BenchStores, withStores } from './bench-stores.ts'
import { toFigures } from './closed-loop.ts'
import type { Figures, Table } from './table.ts'

const WAITING = 100
const RATE = 200
const TICK_MS = 5
const WARM_UP = 500
const CONCURRENCY = 20
const TAKEN_WITHIN_MS = 120_000
const [STREAM, GROUP, READ_MS, READ_COUNT] = ['bench-stream', 'bench', 1_000, 50]

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    json: { type: 'string', default: 'report/bench-pop-job.json' }
  }
})
const many = Number(values.jobs)
const few = Math.max(50, Math.round(many / 5))

/** Something that takes ids in at one end and gives them out at the other. */
interface Line {
  readonly subject: string
  readonly isReference?: boolean
  readonly add: (id: string) => void
  onTaken: (id: string) => void
  readonly stop: () => Promise<void>
}

const table = await withStores(async (stores): Promise<Table> => {
  const rows: Figures[] = []
  for (const open of [openJobs, openStream]) {
    const line = await open(stores)
    try {
      await drive(line, WARM_UP, WAITING)
      for (const [what, count, waiting] of [
        [`${RATE} a second`, few, undefined],
        [`as fast as they go, ${WAITING} waiting`, many, WAITING]
      ] as const) {
        process.stdout.write(`${line.subject}: ${count} jobs, ${what} …\n`)
        const { subject, isReference = false } = line
        rows.push({ subject, what, isReference, ...(await drive(line, count, waiting)) })
      }
    } finally {
      await line.stop()
    }
  }
  return { rows, notes: ['CPU is that of the process that adds and takes; Redis has its own.'] }
})
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

/** By the clock, or with so many waiting at once. What was not taken in time is lost. */
async function drive(
  line: Line,
  count: number,
  waiting: number | undefined
): Promise<Omit<Figures, 'subject' | 'what'>> {
  const addedAt = new Map<string, number>()
  const times = new Percentiles()
  let added = 0
  const add = () => {
    const id = randomUUID()
    added += 1
    addedAt.set(id, performance.now())
    line.add(id)
  }
  line.onTaken = id => {
    const at = addedAt.get(id)
    if (at === undefined) return
    addedAt.delete(id)
    times.add(performance.now() - at)
    if (waiting !== undefined && added < count) add()
  }
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const byClock = () => {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1_000) * RATE))
    while (added < due) add()
  }
  const stop = waiting === undefined ? interval(byClock, TICK_MS) : () => {}
  for (let at = 0; at < Math.min(waiting ?? 0, count); at++) add()
  await until(() => (times.count === count ? '' : `${times.count} of ${count}`), TAKEN_WITHIN_MS).catch(() => {})
  stop()
  const seconds = (performance.now() - startedAt) / 1_000
  for (const _ of addedAt) times.addLost()
  return toFigures(times, seconds, cpuBefore)
}

async function openJobs({ connect }: BenchStores): Promise<Line> {
  let isUp = false
  const own = await connect('commands', up => {
    isUp = up
  })
  const blocking = await connect('blocking')
  const common = { keyPrefix: 'bench', log: silentLog, metrics: makeMetrics(), isRedisUp: () => isUp }
  const jobs = new PopJobs({
    ...common,
    connect: () => own as QueueConnection,
    ...{ isTaken: () => true, runHere: async () => {}, maxPending: 100_000, maxHere: 0 }
  })
  const line: Line = {
    subject: 'Callbox, BullMQ',
    add: id => jobs.add(id as CallId, 1),
    onTaken: () => {},
    stop: async () => {
      await worker.stop()
      await jobs.stop()
    }
  }
  const worker = new PopWorker({
    ...common,
    links: { connect: () => blocking as QueueConnection, end: () => {} },
    concurrency: CONCURRENCY,
    process: async job => line.onTaken(job.callId),
    ...{ giveUp: async () => {}, onSlow: () => {}, onWorking: () => {}, clock: systemClock }
  })
  await until(() => (isUp ? '' : 'Redis is not up'))
  worker.start()
  return line
}

async function openStream({ connect }: BenchStores): Promise<Line> {
  const [commands, reader] = [await connect('commands'), await connect('blocking')]
  await commands.xgroup('CREATE', STREAM, GROUP, '$', 'MKSTREAM')
  let isStopped = false
  const line: Line = {
    subject: 'Redis stream',
    isReference: true,
    add: id => void commands.xadd(STREAM, '*', 'id', id),
    onTaken: () => {},
    stop: async () => {
      isStopped = true
      await reading
    }
  }
  const read = async () => {
    while (!isStopped) {
      const answer = (await reader.xreadgroup(
        ...(['GROUP', GROUP, 'one', 'COUNT', READ_COUNT, 'BLOCK', READ_MS, 'STREAMS', STREAM, '>'] as const)
      )) as readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[] | null
      for (const [, entries] of answer ?? []) {
        for (const [entry, [, id = '']] of entries) {
          line.onTaken(id)
          void commands.xack(STREAM, GROUP, entry)
        }
      }
    }
  }
  const reading = read()
  return line
}
