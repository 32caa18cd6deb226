import t, { type Test } from 'tap'
import { channelPrefix, type FreshEntry, readDoorbell } from '../../../src/delivery/log-doorbell.ts'
import { RedisSessionLog } from '../../../src/delivery/redis-session-log.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { endRedis, makeRedis, untilRedis } from '../../../src/operations/redis.ts'
import { sessionLogConformance } from '../../conformance/session-log.ts'
import { NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { aPop } from '../../support/pop-events.ts'
import { makeSentinels } from '../../support/redis-shapes.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeRedisPrefix, type TestRedis } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

async function makeLog(
  t: Test,
  corner: TestRedis,
  { node = 'n-1', url = corner.url, maxPending = 10_000 }: { node?: string; url?: string; maxPending?: number } = {}
) {
  const fresh: FreshEntry[] = []
  const metrics = makeMetrics()
  const redis = await corner.connect('commands', url)
  const log = new RedisSessionLog({
    redis,
    keyPrefix: corner.keyPrefix,
    node,
    maxPending,
    onFresh: entry => fresh.push(entry),
    metrics
  })
  t.teardown(() => log.stop())
  return { log, fresh, metrics, redis }
}

const key = ({ keyPrefix }: TestRedis, handler: string, what: string) =>
  `${keyPrefix}:session:{${encodeURIComponent(handler)}}:${what}`

t.test('the session log in Redis keeps to what every session log keeps to', async t => {
  sessionLogConformance(t, async t => {
    const corner = await makeRedisPrefix(t)
    const { log } = await makeLog(t, corner)
    return {
      log,
      lose: async handler => {
        const keys = (await corner.keys()).filter(each => each.includes(`{${encodeURIComponent(handler)}}`))
        if (keys.length > 0) await corner.redis.del(...keys)
      },
      keepLast: async (handler, count) => {
        if (count === 0) await corner.redis.del(key(corner, handler, 'log'))
        else await corner.redis.ltrim(key(corner, handler, 'log'), -count, -1)
      }
    }
  })
})

/** As a failover leaves a log: without its last entries, and without any trace of them. */
async function rollBack(corner: TestRedis, handler: string, kept: number, lost: readonly string[]): Promise<void> {
  await corner.redis.ltrim(key(corner, handler, 'log'), 0, kept - 1)
  await corner.redis.hset(key(corner, handler, 'meta'), { seq: String(kept), eventId: `e${kept}` })
  await corner.redis.del(...lost.map(eventId => key(corner, handler, `seen:${eventId}`)))
}

t.test('a failover loses the end of a log while its console is away: the end is written again', async t => {
  const corner = await makeRedisPrefix(t)
  const { log, redis } = await makeLog(t, corner)
  for (const eventId of ['e1', 'e2', 'e3']) await log.append(['h1'], eventId, aPop(), NOON)
  const cursor = { ...(await log.head('h1')), seq: 1, eventId: 'e1' }
  await rollBack(corner, 'h1', 1, ['e2', 'e3'])
  redis.disconnect(true)
  await until(async () => ((await log.head('h1').catch(() => undefined))?.seq === 3 ? '' : 'the log is short'))
  const slice = await log.readAfter('h1', cursor, 10)
  t.match(slice, { kind: 'entries', entries: [{ eventId: 'e2' }, { eventId: 'e3' }] })
})

t.test('a link that breaks again and again does not make more of what waits to be said again', async t => {
  const corner = await makeRedisPrefix(t)
  const { log, redis, metrics } = await makeLog(t, corner)
  for (const eventId of ['e1', 'e2', 'e3']) await log.append(['h1'], eventId, aPop(), NOON)
  for (let times = 0; times < 5; times++) redis.emit('ready')
  const { values } = await metrics.outboxPending.get()
  t.equal(values.find(({ labels }) => labels['what'] === 'session-log')?.value, 3)
})

t.test('a log whose numbers went back has lost something, which its next entry brings to light', async t => {
  const corner = await makeRedisPrefix(t)
  const { log } = await makeLog(t, corner)
  for (const eventId of ['e1', 'e2', 'e3']) await log.append(['h1'], eventId, aPop(), NOON)
  const cursor = { ...(await log.head('h1')), seq: 1, eventId: 'e1' }
  await rollBack(corner, 'h1', 1, ['e2', 'e3'])
  await log.append(['h1'], 'e4', aPop(), NOON)
  await until(async () => ((await log.head('h1')).seq === 4 ? '' : 'the log is short'))
  const slice = await log.readAfter('h1', cursor, 10)
  t.match(slice, { kind: 'entries', entries: [{ eventId: 'e4' }, { eventId: 'e2' }, { eventId: 'e3' }] })
})

for (const fault of ['silent', 'away'] as const) {
  t.test(`Redis is ${fault} while pops come in: each is in its log afterwards, once and in order`, async t => {
    const corner = await makeRedisPrefix(t)
    const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
    const { log, fresh, metrics } = await makeLog(t, corner, { url: `unix://${proxy.path}` })
    await log.append(['h1'], 'e0', aPop(), NOON)
    await proxy[fault]()
    let taken = 0
    const appends = Array.from({ length: 40 }, (_, n) =>
      log.append(['h1', 'h2'], `e${n + 1}`, aPop(), NOON).then(() => {
        taken += 1
      })
    )
    await until(async () => {
      const { values } = await metrics.outboxPending.get()
      return values[0]?.value === 80 ? '' : `${values[0]?.value} wait`
    })
    // Longer than a command may take, so that some have been given up and sent again.
    await new Promise(done => setTimeout(done, fault === 'silent' ? 1_300 : 300))
    t.equal(taken, 0)
    await proxy.pass()
    await Promise.all(appends)
    const { epoch, seq } = await log.head('h1')
    t.equal(seq, 41)
    const slice = await log.readAfter('h1', { epoch, seq: 0 }, 100)
    t.same(
      slice.kind === 'entries' && slice.entries.map(entry => entry.eventId),
      Array.from({ length: 41 }, (_, n) => `e${n}`)
    )
    t.equal((await log.head('h2')).seq, 40)
    const rung = fresh.filter(entry => entry.handler === 'h2').map(entry => entry.entry.seq)
    t.same(
      rung,
      [...rung].sort((one, other) => one - other),
      'and rung for in order'
    )
  })
}

t.test('an outbox that is full refuses the next pop at once, with its code', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const { log } = await makeLog(t, corner, { url: `unix://${proxy.path}`, maxPending: 3 })
  await proxy.away()
  const waiting = ['e1', 'e2', 'e3'].map(id => log.append(['h1'], id, aPop(), NOON))
  await t.rejects(log.append(['h1'], 'e4', aPop(), NOON), { code: 'queue.outbox-full' })
  await proxy.pass()
  await Promise.all(waiting)
  t.equal((await log.head('h1')).seq, 3)
})

t.test('Redis forgets everything, scripts too: the next pop begins a new log', async t => {
  const corner = await makeRedisPrefix(t)
  const { log } = await makeLog(t, corner)
  await log.append(['h1'], 'e1', aPop(), NOON)
  const before = await log.head('h1')
  await corner.redis.del(...(await corner.keys()))
  await corner.redis.script('FLUSH')
  await log.append(['h1'], 'e1', aPop(), NOON)
  t.match(await log.head('h1'), { seq: 1, eventId: 'e1' })
  t.not((await log.head('h1')).epoch, before.epoch)
})

t.test(
  'a log that may lack what a dead gateway had still to say is another log, once for each such gateway',
  async t => {
    const corner = await makeRedisPrefix(t)
    const { log } = await makeLog(t, corner)
    await log.append(['h1'], 'e1', aPop(), NOON)
    const before = await log.head('h1')
    await log.renew(['h1', 'who has no log'], 'n-0d')
    const after = await log.head('h1')
    t.not(after.epoch, before.epoch)
    t.same({ ...after, epoch: '' }, { ...before, epoch: '' }, 'what it has it keeps')
    t.equal((await log.readAfter('h1', before, 10)).kind, 'rolled-back', 'nobody goes on from where they were')
    await log.renew(['h1'], 'n-0d')
    t.equal((await log.head('h1')).epoch, after.epoch, 'two gateways that both see one die')
    await log.renew(['h1'], 'n-0e')
    t.not((await log.head('h1')).epoch, after.epoch)
    t.equal((await log.head('who has no log')).epoch, '')
  }
)

t.test(
  'a call that a dead gateway popped and never recorded pops again when its switch offers it to another',
  async t => {
    const corner = await makeRedisPrefix(t)
    const { log } = await makeLog(t, corner)
    const unrecorded = aPop('unrecorded', 1_000_001)
    const adopted = aPop('adopted', 2_000_001)
    for (const pop of [unrecorded, adopted]) await log.append(['h1'], `pop:${pop.call}`, pop, NOON)
    await log.append(['h1'], `pop:${unrecorded.call}`, unrecorded, NOON)
    t.equal((await log.head('h1')).seq, 2, 'in one log a pop is once')
    await log.renew(['h1'], 'n-0d')
    for (const pop of [unrecorded, adopted]) await log.append(['h1'], `pop:${pop.call}`, pop, NOON)
    t.match(
      await log.head('h1'),
      { seq: 3, eventId: `pop:${unrecorded.call}` },
      'and one that was adopted rings nobody twice'
    )
  }
)

t.test('what one gateway had still to say of a call is not said after the newer word of another', async t => {
  const corner = await makeRedisPrefix(t)
  const { log: one } = await makeLog(t, corner)
  const { log: two } = await makeLog(t, corner, { node: 'n-2' })
  const gone = { type: 'call.gone', call: aPop().call, rev: 2_000_003, data: { why: 'closed' } } as const
  await two.append(['h1'], 'gone', gone, NOON)
  await one.append(['h1'], 'late', aPop('call-1', 1_000_001), NOON)
  t.match(await one.head('h1'), { seq: 1, eventId: 'gone' })
  await one.append(['h1'], 'other call', aPop('call-2', 1_000_001), NOON)
  await one.append(['h1'], 'again', aPop('call-1', 3_000_001), NOON)
  t.match(await one.head('h1'), { seq: 3, eventId: 'again' })
})

t.test('a call that came and went while Redis was away is only said to be gone', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const { log } = await makeLog(t, corner, { url: `unix://${proxy.path}` })
  await log.append(['h1'], 'e0', aPop('call-0'), NOON)
  await proxy.away()
  const pop = aPop('call-1', 1_000_001)
  if (pop.type !== 'call.pop') throw new Error('unreachable')
  const gone = { type: 'call.gone', call: pop.call, rev: 1_000_003, data: { why: 'taken-elsewhere' } } as const
  const said = [
    log.append(['h1'], 'pop', pop, NOON),
    log.append(['h1'], 'state', { ...pop, type: 'call.state', rev: 1_000_002 }, NOON),
    log.append(['h1'], 'other', aPop('call-2'), NOON),
    log.append(['h1'], 'gone', gone, NOON)
  ]
  await new Promise(done => setTimeout(done, 300))
  await proxy.pass()
  await Promise.all(said)
  const slice = await log.readAfter('h1', { ...(await log.head('h1')), seq: 0, eventId: '' }, 10)
  t.same(slice.kind === 'entries' && slice.entries.map(entry => entry.eventId), ['e0', 'other', 'gone'])
})

t.test('a pop for a handler of another node rings there, and only there', async t => {
  const corner = await makeRedisPrefix(t)
  const [here, there] = [await makeLog(t, corner, { node: 'n-1' }), await makeLog(t, corner, { node: 'n-2' })]
  const heard: (FreshEntry | undefined)[] = []
  const ear = await corner.connect('subscriber')
  ear.on('message', (_, message) => heard.push(readDoorbell(message)))
  await ear.subscribe(`${channelPrefix(corner.keyPrefix)}n-2`)
  const { head, before } = await there.log.attach('h 1')
  t.same([head.seq, before], [0, ''])
  const ev = aPop()
  await here.log.append(['h 1'], 'e1', ev, NOON)
  await until(() => (heard.length === 1 ? '' : 'no doorbell'))
  t.same(heard, [{ handler: 'h 1', epoch: head.epoch, entry: { seq: 1, eventId: 'e1', receivedAt: NOON, ev } }])
  t.same(here.fresh, [], 'the node that has not got the handler does nothing')
  await there.log.append(['h 1'], 'e2', ev, NOON)
  t.equal(there.fresh.length, 1, 'and its own pops need no doorbell')
  t.match(await here.log.attach('h 1'), { head: { epoch: head.epoch, seq: 2 }, before: 'n-2' })
  t.equal(await there.log.holder('h 1'), 'n-1')
  t.equal(heard.length, 1)
})

t.test('a message on the channel that is no doorbell is none', async t => {
  for (const message of ['', 'h1', 'h1 e', 'h1 e 1 id', 'h1 e 1 id 5 {broken', '1'])
    t.equal(readDoorbell(message), undefined)
})

t.test('nothing of a log lives for ever', async t => {
  const corner = await makeRedisPrefix(t)
  const { log } = await makeLog(t, corner)
  await log.attach('h1')
  await log.append(['h1'], 'e1', aPop(), NOON)
  for (const name of await corner.keys()) t.ok((await corner.redis.ttl(name)) > 0, name.replace(corner.keyPrefix, ''))
})

t.test('a replica that lacked the last of the log takes the master’s place: nothing is missing', async t => {
  const group = await makeSentinels(t)
  const redis = makeRedis({ url: group.url, role: 'commands', log: silentLog })
  t.teardown(() => endRedis(redis))
  await untilRedis(redis, group.url, 20_000)
  const parts = { redis, keyPrefix: 'x', node: 'n-1', maxPending: 1_000, onFresh: () => {}, metrics: makeMetrics() }
  const log = new RedisSessionLog(parts)
  t.teardown(() => log.stop())
  await log.append(['h1'], 'e1', aPop(), NOON)
  const [master, replicas] = [await group.master(), group.servers.slice(1)]
  // What it takes now it takes alone.
  for (const replica of replicas) replica.signal('SIGSTOP')
  await master?.ask('CONFIG SET min-replicas-to-write 0')
  await master?.ask('CLIENT KILL TYPE replica')
  for (const id of ['e2', 'e3']) await log.append(['h1'], id, aPop(), NOON)
  await master?.end('SIGKILL')
  for (const replica of replicas) replica.signal('SIGCONT')
  await log.append(['h1'], 'e4', aPop(), NOON)
  const ids = async () => {
    const head = await log.head('h1')
    const slice = await log.readAfter('h1', { epoch: head.epoch, seq: 0 }, 10)
    return slice.kind === 'entries' ? slice.entries.map(entry => entry.eventId).sort() : [slice.kind]
  }
  const wanted = ['e1', 'e2', 'e3', 'e4']
  await until(async () => {
    const now = await ids().catch(String)
    return now.length === wanted.length ? '' : `it has ${now}`
  })
  t.same(await ids(), wanted, 'each once')
})
