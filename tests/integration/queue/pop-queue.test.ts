import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { LATER_VERSION_MAX_MS, POP_QUEUE, popJobId, queuePrefix } from '../../../src/queue/queues.ts'
import { anOffer, callAfter, cliOf } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeQueue } from '../../support/pop-queue.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeRedisPrefix, type TestRedis } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const callIdOf = (name: string): CallId => callAfter(anOffer({ name })).callId

const jobKey = (corner: TestRedis, id: string) => `${queuePrefix(corner.keyPrefix)}:${POP_QUEUE}:${id}`

t.test('a call’s lookups run once, however often they are asked for', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs, worker, done, here } = await makeQueue(t, corner)
  worker.start()
  const callId = callIdOf('once')
  for (let n = 0; n < 3; n++) jobs.add(callId, 1)
  await until(() => (done.length > 0 ? '' : 'not run'))
  jobs.add(callId, 1)
  jobs.add(callId, 2)
  await until(() => (done.length > 1 ? '' : 'a later run is another job'))
  t.same(done, [callId, callId])
  t.same(here, [])
})

t.test('what Redis holds of a job is ids: no number, no name, no address', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs } = await makeQueue(t, corner)
  const call = callAfter(anOffer({ name: 'marked', cli: { ...cliOf(987), name: 'Marked Caller' }, ddi: '01632960123' }))
  jobs.add(call.callId, 3)
  const key = jobKey(corner, popJobId(call.callId, 3))
  await until(async () => ((await corner.redis.exists(key)) === 1 ? '' : 'no job'))
  const held = await corner.redis.hgetall(key)
  t.same(JSON.parse(held['data'] ?? ''), { v: 1, callId: call.callId, run: 3 })
  for (const name of await corner.keys()) {
    const dump = `${name} ${await corner.redis.dump(name)}`
    for (const secret of ['900987', 'Marked', '960123', 'marked'])
      t.notOk(dump.includes(secret), `${secret} in ${name}`)
  }
})

t.test('a job whose worker was killed is taken up by another', async t => {
  const corner = await makeRedisPrefix(t)
  const script = fileURLToPath(new URL('../../support/stuck-worker.ts', import.meta.url))
  const stuck = spawn(process.execPath, [script, corner.url, corner.keyPrefix], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => stuck.kill('SIGKILL'))
  let taken = ''
  stuck.stdout.on('data', chunk => {
    taken += chunk
  })
  const { jobs, worker, done } = await makeQueue(t, corner)
  const callId = callIdOf('killed-worker')
  jobs.add(callId, 1)
  await until(() => (taken.includes(callId) ? '' : 'the first worker has not taken it'))
  const exited = once(stuck, 'exit')
  stuck.kill('SIGKILL')
  await exited
  const killedAt = performance.now()
  worker.start()
  await until(() => (done.includes(callId) ? '' : 'not taken up'), 30_000)
  const tookMs = performance.now() - killedAt
  t.comment(`figure: taken up after ${Math.round(tookMs)} ms`)
})

t.test('Redis is away: lookups run here at once, and the job is queued when it is back', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const { jobs, worker, done, here } = await makeQueue(t, { ...corner, url: `unix://${proxy.path}` })
  worker.start()
  jobs.add(callIdOf('before'), 1)
  await until(() => (done.length === 1 ? '' : 'the first is not run'))
  await proxy.away()
  await until(async () => {
    const id = callIdOf('probe')
    jobs.add(id, 1)
    return here.includes(id) ? '' : 'not noticed yet'
  })
  const calls = ['a', 'b', 'c'].map(callIdOf)
  const startedAt = performance.now()
  for (const callId of calls) jobs.add(callId, 1)
  await until(() => (calls.every(callId => here.includes(callId)) ? '' : 'not run here'))
  t.comment(`figure: run here after ${Math.round(performance.now() - startedAt)} ms`)
  await proxy.pass()
  await until(() => (calls.every(callId => done.includes(callId)) ? '' : `in the queue: ${done}`), 30_000)
  t.equal(done.filter(callId => callId === calls[0]).length, 1)
})

t.test('Redis is silent: lookups run here after a quarter of a second, once, and the job is not lost', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const { jobs, worker, done, here } = await makeQueue(t, { ...corner, url: `unix://${proxy.path}` })
  worker.start()
  jobs.add(callIdOf('before'), 1)
  await until(() => (done.length === 1 ? '' : 'the first is not run'))
  proxy.silent()
  const callId = callIdOf('silent')
  const startedAt = performance.now()
  jobs.add(callId, 1)
  await until(() => (here.includes(callId) ? '' : 'not run here'))
  t.comment(`figure: run here after ${Math.round(performance.now() - startedAt)} ms`)
  await new Promise(done => setTimeout(done, 1_500))
  t.same(here, [callId], 'once, also after Redis has been given up on')
  await proxy.pass()
  await until(() => (done.includes(callId) ? '' : 'not run by the worker'), 30_000)
})

t.test('a job that fails is tried again, and after its last try the call’s panels are given up', async t => {
  const corner = await makeRedisPrefix(t)
  let tries = 0
  const { jobs, worker, gaveUp } = await makeQueue(t, {
    ...corner,
    run: async () => {
      tries += 1
      throw new Error('source broken')
    }
  })
  worker.start()
  const callId = callIdOf('failing')
  jobs.add(callId, 1)
  await until(() => (gaveUp.length > 0 ? '' : `${tries} tries`), 30_000)
  t.same([tries, gaveUp], [4, [callId]])
})

t.test('a job that is none of ours is refused at once and holds up nobody', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs, worker, done, gaveUp } = await makeQueue(t, { ...corner, concurrency: 1 })
  const callId = callIdOf('beside')
  jobs.add(callId, 1)
  const key = jobKey(corner, popJobId(callId, 1))
  await until(async () => ((await corner.redis.exists(key)) === 1 ? '' : 'no job'))
  await corner.redis.hset(key, 'data', JSON.stringify({ v: 1, callId, run: 'soon' }))
  const next = callIdOf('next')
  jobs.add(next, 1)
  worker.start()
  await until(() => (done.includes(next) ? '' : 'the next is not run'))
  t.same([done, gaveUp], [[next], []])
  t.equal((await corner.redis.hget(key, 'failedReason')) ?? '', 'payload is no pop job')
})

t.test('a job of the next release is left for its own workers, and a field of it that is new does no harm', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs, worker, done, gaveUp } = await makeQueue(t, { ...corner, concurrency: 1 })
  const [later, wider] = [callIdOf('later'), callIdOf('wider')]
  for (const callId of [later, wider]) jobs.add(callId, 1)
  const keyOf = (callId: CallId) => jobKey(corner, popJobId(callId, 1))
  await until(async () => ((await corner.redis.exists(keyOf(wider))) === 1 ? '' : 'no job'))
  const data = { callId: later, run: 1, place: 'new' }
  await corner.redis.hset(keyOf(later), 'data', JSON.stringify({ ...data, v: 2 }))
  await corner.redis.hset(keyOf(wider), 'data', JSON.stringify({ ...data, v: 1, callId: wider }))
  worker.start()
  await until(() => (done.includes(wider) ? '' : 'the job with a new field is not run'))
  await until(async () => ((await corner.redis.zcard(jobKey(corner, 'delayed'))) === 1 ? '' : 'not put back'))
  t.same([done, gaveUp], [[wider], []])
  t.equal(await corner.redis.hget(keyOf(later), 'failedReason'), null)
  await corner.redis.hset(keyOf(later), 'data', JSON.stringify({ ...data, v: 1 }))
  await until(() => (done.includes(later) ? '' : 'not run by who can read it'))
  t.equal(await corner.redis.hget(keyOf(later), 'atm'), '1', 'and waiting cost it none of its tries')
})

t.test('a job of a later release that nobody comes for is not kept for ever', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs, worker } = await makeQueue(t, corner)
  const callId = callIdOf('never')
  jobs.add(callId, 1)
  const key = jobKey(corner, popJobId(callId, 1))
  await until(async () => ((await corner.redis.exists(key)) === 1 ? '' : 'no job'))
  const addedAt = String(Date.now() - LATER_VERSION_MAX_MS - 1)
  await corner.redis.hset(key, 'data', JSON.stringify({ v: 2 }), 'timestamp', addedAt)
  worker.start()
  await until(async () => (((await corner.redis.hget(key, 'failedReason')) ?? '') ? '' : 'not failed'))
  t.equal(await corner.redis.hget(key, 'failedReason'), 'payload is of a later version')
})

t.test('a panel that never came: a lost job is added again, the lookups of one that is done run here', async t => {
  const corner = await makeRedisPrefix(t)
  const { jobs, worker, done, here } = await makeQueue(t, corner)
  worker.start()
  const callId = callIdOf('asked-again')
  jobs.add(callId, 1)
  await until(async () => ((await corner.redis.zcard(jobKey(corner, 'completed'))) === 1 ? '' : 'not done'))
  await jobs.ask(callId, 1)
  t.same([done, here], [[callId], [callId]], 'what was sent of it was lost')
  await corner.redis.del(...(await corner.keys()))
  await jobs.ask(callId, 1)
  await until(() => (done.length === 2 ? '' : 'not added again'))
  t.same(here, [callId])
  await until(async () => ((await corner.redis.zcard(jobKey(corner, 'completed'))) === 1 ? '' : 'not done'))
  await jobs.ask(callId, 1, 'notes')
  t.same(here, [callId, callId], 'one panel of it may be asked for alone')
})

t.test('stopping lets a job under way end, and leaves what waits for another worker', async t => {
  const corner = await makeRedisPrefix(t)
  let release = () => {}
  const held = new Promise<void>(done => {
    release = done
  })
  const { jobs, worker, done } = await makeQueue(t, { ...corner, concurrency: 1, run: () => held })
  worker.start()
  jobs.add(callIdOf('under-way'), 1)
  jobs.add(callIdOf('waiting'), 1)
  await until(async () => ((await corner.redis.llen(jobKey(corner, 'active'))) === 1 ? '' : 'none under way'))
  await until(async () => ((await corner.redis.llen(jobKey(corner, 'wait'))) === 1 ? '' : 'none waiting'))
  const stopped = worker.stop()
  release()
  await stopped
  t.same(done, [callIdOf('under-way')])
  t.equal(await corner.redis.llen(jobKey(corner, 'wait')), 1)
})

t.test('more waiting for Redis than the limit: the newest is not kept, and memory is bounded', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const { jobs, here, metrics } = await makeQueue(t, {
    ...corner,
    url: `unix://${proxy.path}`,
    maxPending: 5,
    maxHere: 3
  })
  await proxy.away()
  await until(async () => {
    jobs.add(callIdOf('probe'), 1)
    return here.length > 0 ? '' : 'not noticed yet'
  })
  for (let n = 0; n < 20; n++) jobs.add(callIdOf(`many-${n}`), 1)
  const { values } = await metrics.outboxPending.get()
  t.same(
    values.map(({ value }) => value),
    [5]
  )
  await proxy.pass()
  await until(async () => ((await metrics.outboxPending.get()).values[0]?.value === 0 ? '' : 'still waiting'), 30_000)
})
