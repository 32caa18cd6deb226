import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeQueue } from '../../support/pop-queue.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeRedisPrefix } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const callIdOf = (name: string): CallId => callAfter(anOffer({ name })).callId
/** As in a gateway, only sooner. */
const WATCH = { checkMs: 100, silentMs: 1_500 } as const
const CANARY = { checkMs: 50, everyMs: 200, withinMs: 1_500 } as const

t.test(
  'a worker whose links died without closing is rebuilt, the second time on a fresh link, and goes on',
  async t => {
    const corner = await makeRedisPrefix(t)
    const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
    const queue = await makeQueue(t, { ...corner, workerUrl: `unix://${proxy.path}`, watch: WATCH })
    queue.worker.start()
    queue.jobs.add(callIdOf('before'), 1)
    await until(() => (queue.done.length === 1 ? '' : 'the first is not run'))
    proxy.forget()
    queue.jobs.add(callIdOf('after'), 1)
    const startedAt = performance.now()
    await until(() => (queue.done.includes(callIdOf('after')) ? '' : 'not run'), 30_000)
    t.comment(`figure: taken up after ${Math.round(performance.now() - startedAt)} ms`)
    const { values } = await queue.metrics.workerRebuilds.get()
    t.ok((values[0]?.value ?? 0) >= 1, 'rebuilt')
    t.same(queue.done, [callIdOf('before'), callIdOf('after')], 'each once')
    t.same(queue.working, [], 'and nobody had to be told')
  }
)

t.test('a worker that stays silent is said to be, and said to be well when it is', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const queue = await makeQueue(t, { ...corner, workerUrl: `unix://${proxy.path}`, watch: WATCH })
  queue.worker.start()
  queue.jobs.add(callIdOf('before'), 1)
  await until(() => (queue.done.length === 1 ? '' : 'the first is not run'))
  proxy.silent()
  await until(() => (queue.working.length > 0 ? '' : 'nothing said yet'), 30_000)
  t.same(queue.working, [false])
  queue.jobs.add(callIdOf('after'), 1)
  await proxy.pass()
  await until(() => (queue.done.includes(callIdOf('after')) ? '' : 'not run'), 30_000)
  t.same(queue.working, [false, true])
})

t.test('a worker that has nothing to do is left alone', async t => {
  const corner = await makeRedisPrefix(t)
  const queue = await makeQueue(t, { ...corner, watch: { checkMs: 100, silentMs: 3_000 } })
  queue.worker.start()
  // A delayed job far off lets BullMQ wait as long as it may.
  await queue.jobs.queue.add('pop', {}, { delay: 3_600_000 })
  const startedAt = performance.now()
  await until(() => (performance.now() - startedAt > 7_000 ? '' : 'still idle'), 10_000)
  t.same((await queue.metrics.workerRebuilds.get()).values, [])
})

t.test('nobody takes jobs: it is said, lookups run here, and a worker that comes finds the job as well', async t => {
  const corner = await makeRedisPrefix(t)
  const queue = await makeQueue(t, { ...corner, canary: CANARY })
  queue.canary.start()
  const early = callIdOf('early')
  queue.jobs.add(early, 1)
  await until(() => (queue.taken.length > 0 ? '' : 'nothing said yet'))
  t.same([queue.taken, queue.here], [[false], []], 'until then a job waits for its worker')
  const callId = callIdOf('nobody')
  queue.jobs.add(callId, 1)
  await until(() => (queue.here.includes(callId) ? '' : 'not run here'))
  queue.worker.start()
  await until(() => (queue.done.length === 2 ? '' : `${queue.done.length} run by the worker`))
  await until(() => (queue.taken.length > 1 ? '' : 'not said to be well'))
  t.same(queue.taken, [false, true])
  const last = callIdOf('last')
  queue.jobs.add(last, 1)
  await until(() => (queue.done.includes(last) ? '' : 'not run'))
  t.notOk(queue.here.includes(last))
})

t.test('a canary of each node at most is kept, however long nobody comes', async t => {
  const corner = await makeRedisPrefix(t)
  const queue = await makeQueue(t, { ...corner, canary: { checkMs: 10, everyMs: 10, withinMs: 100 } })
  queue.canary.start()
  await until(() => (queue.taken.length > 0 ? '' : 'nothing said yet'))
  t.equal(await corner.redis.llen(queue.key('wait')), 1)
  queue.worker.start()
  await until(() => (queue.taken.length > 1 ? '' : 'not taken'))
  queue.canary.stop()
  await until(async () => ((await corner.redis.llen(queue.key('wait'))) === 0 ? '' : 'one waits'))
  t.equal(await corner.redis.exists(queue.key('completed')), 0, 'and none of those that were taken')
})
