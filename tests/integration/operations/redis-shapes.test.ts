import { createConnection, createServer } from 'node:net'
import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Fault } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import {
  checkPolicy,
  endRedis,
  makeRedis,
  type RedisLink,
  type RedisRole,
  untilRedis
} from '../../../src/operations/redis.ts'
import { makeRedisProbe } from '../../../src/operations/redis-probe.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeCluster, makeSentinels } from '../../support/redis-shapes.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeRedisPrefix } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const WITHIN_MS = 20_000

async function connect(t: Test, url: string, role: RedisRole): Promise<RedisLink> {
  const link = makeRedis({ url, role, log: silentLog })
  t.teardown(() => endRedis(link))
  await untilRedis(link, url, WITHIN_MS)
  return link
}

const SLOW_BYTES = 1_000
const SLOW_EVERY_MS = 100

/** A link in the middle that lets answers through by drops. */
async function makeSlowProxy(t: Test, target: string): Promise<number> {
  const server = createServer(near => {
    const far = createConnection(target)
    near.pipe(far)
    let held = Buffer.alloc(0)
    far.on('data', chunk => {
      held = Buffer.concat([held, chunk])
    })
    const drops = setInterval(() => {
      if (held.length > 0) near.write(held.subarray(0, SLOW_BYTES))
      held = held.subarray(SLOW_BYTES)
    }, SLOW_EVERY_MS)
    for (const socket of [near, far]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        clearInterval(drops)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Messages heard on a channel so far, subscribed again each time the link comes up, as the hub does. */
function listen(link: RedisLink, channel: string): Set<string> {
  const heard = new Set<string>()
  link.on('message', (on, message) => {
    if (on === channel) heard.add(message)
  })
  const subscribe = () => void link.subscribe(channel).catch(() => {})
  link.on('ready', subscribe)
  if (link.status === 'ready') subscribe()
  return heard
}

/** Writes and rings until both arrive; how long that took. */
async function untilServed(commands: RedisLink, heard: ReadonlySet<string>, channel: string, what: string) {
  const startedAt = performance.now()
  await until(async () => {
    try {
      await commands.set(`x:{${what}}`, what)
      await commands.publish(channel, what)
    } catch (thrown) {
      return String(thrown)
    }
    return heard.has(what) ? '' : 'written, and nobody heard of it'
  }, 30_000)
  return Math.round(performance.now() - startedAt)
}

for (const role of ['commands', 'subscriber', 'blocking'] as const) {
  t.test(`a link of role ${role} that goes dead without closing is left for another`, async t => {
    const { url } = await makeRedisPrefix(t)
    const proxy = await makeSilentProxy(t, url.replace('unix://', ''))
    const link = await connect(t, `unix://${proxy.path}`, role)
    let left = 0
    link.on('close', () => {
      left += 1
    })
    proxy.forget()
    const startedAt = performance.now()
    await until(() => (left > 0 && link.status === 'ready' ? '' : `still ${link.status}`))
    t.equal(await link.ping(), 'PONG')
    t.comment(`figure: back after ${Math.round(performance.now() - startedAt)} ms`)
  })
}

t.test('a link on which much comes before the answer to a ping is late, and is kept', async t => {
  const { redis, url, keyPrefix } = await makeRedisPrefix(t)
  const port = await makeSlowProxy(t, url.replace('unix://', ''))
  const link = await connect(t, `redis://127.0.0.1:${port}`, 'blocking')
  let left = 0
  link.on('close', () => {
    left += 1
  })
  await redis.set(`${keyPrefix}:much`, 'x'.repeat(SLOW_BYTES * 60), 'EX', 60)
  t.equal((await link.get(`${keyPrefix}:much`))?.length, SLOW_BYTES * 60)
  t.equal(left, 0)
})

t.test('Sentinels name the master: killed, frozen, all gone and back, it is found again each time', async t => {
  const group = await makeSentinels(t)
  const commands = await connect(t, group.url, 'commands')
  const subscriber = await connect(t, group.url, 'subscriber')
  const heard = listen(subscriber, 'bell')
  await checkPolicy(commands, group.url, silentLog)
  await untilServed(commands, heard, 'bell', 'first')

  await (await group.master())?.end('SIGKILL')
  t.comment(`figure: master killed, served again after ${await untilServed(commands, heard, 'bell', 'killed')} ms`)
  t.equal(await commands.get('x:{first}'), 'first', 'what was written before is there')

  for (const server of group.servers) if (server.pid === undefined) await server.start()
  await until(async () => ((await group.isReady()) ? '' : 'no replica to take over'), 30_000)
  const frozen = await group.master()
  frozen?.signal('SIGSTOP')
  t.comment(`figure: master frozen, served again after ${await untilServed(commands, heard, 'bell', 'frozen')} ms`)
  t.not(await group.master(), frozen, 'another is the master')
  frozen?.signal('SIGCONT')

  for (const each of [...group.sentinels, ...group.servers]) await each.end('SIGKILL')
  await until(() => (commands.status === 'ready' ? 'still up' : ''))
  await t.rejects(commands.get('x'), 'a command fails at once, and waits for nobody')
  for (const each of [...group.servers, ...group.sentinels]) await each.start()
  t.comment(`figure: all back, served again after ${await untilServed(commands, heard, 'bell', 'back')} ms`)
})

t.test('a Sentinel that stands still is passed over', async t => {
  const group = await makeSentinels(t)
  group.sentinels[0]?.signal('SIGSTOP')
  const commands = await connect(t, group.url, 'commands')
  t.equal(await commands.ping(), 'PONG')
})

t.test('a Cluster: a master is killed, then its successor frozen, and all keys are served again', async t => {
  const cluster = await makeCluster(t, 6)
  const commands = await connect(t, cluster.url, 'commands')
  const subscriber = await connect(t, cluster.url, 'subscriber')
  const heard = listen(subscriber, 'bell')
  await checkPolicy(commands, cluster.url, silentLog)
  await makeRedisProbe(commands, 'x:probe')()
  await untilServed(commands, heard, 'bell', 'key')
  const first = await cluster.masterOf('{key}')
  await first.end('SIGKILL')
  t.comment(`figure: master killed, served again after ${await untilServed(commands, heard, 'bell', 'key')} ms`)
  await until(async () => ((await commands.get('x:{key}').catch(() => null)) === 'key' ? '' : 'not there'), 30_000)
  await first.start()
  await cluster.untilOk()
  await until(
    async () => (/master_link_status:up/.test(await first.ask('INFO replication')) ? '' : 'no replica'),
    30_000
  )
  const second = await cluster.masterOf('{key}')
  second.signal('SIGSTOP')
  const served = async () => ((await commands.set('y:{key}', '1').catch(String)) === 'OK' ? '' : 'not served')
  const startedAt = performance.now()
  await until(served, 30_000)
  t.comment(`figure: master frozen, its keys served again after ${Math.round(performance.now() - startedAt)} ms`)
  t.comment(`figure: and doorbells after ${await untilServed(commands, heard, 'bell', 'other')} ms`)
  t.not(await cluster.masterOf('{key}'), second, 'another serves them')
  second.signal('SIGCONT')
})

t.test('a Cluster that lacks a part says so, and a server of it that evicts keys is refused', async t => {
  const cluster = await makeCluster(t, 3)
  const commands = await connect(t, cluster.url, 'commands')
  const ask = makeRedisProbe(commands, 'x:probe')
  await ask()
  const last = cluster.nodes[2]
  await last?.ask('CONFIG SET maxmemory-policy allkeys-lru')
  const refused = await checkPolicy(commands, cluster.url, silentLog).catch((thrown: Fault) => thrown.code)
  t.equal(refused, 'redis.eviction-policy')
  await last?.end('SIGKILL')
  await until(async () => ((await ask().catch(() => 'away')) === 'away' ? '' : 'says it is all there'), 30_000)
  await last?.start()
  await until(async () => (await ask().catch(String)) ?? '', 30_000)
})

/** What the probe says: empty while writes are taken, else the server's own word. */
async function refusalOf(ask: () => Promise<void>): Promise<string> {
  return ask().then(
    () => '',
    (thrown: Fault) => `${thrown.code} ${thrown.data['reason']}`
  )
}

t.test('a Redis that is full, lacks its replica or is one itself answers, and says why it takes no writes', async t => {
  const group = await makeSentinels(t)
  const master = await group.master()
  const ask = makeRedisProbe(await connect(t, group.url, 'commands'), 'x:probe')
  t.equal(await refusalOf(ask), '')
  await master?.ask('CONFIG SET maxmemory 1')
  t.equal(await refusalOf(ask), 'redis.refuses OOM')
  await master?.ask('CONFIG SET maxmemory 0')
  await master?.ask('CONFIG SET min-replicas-to-write 5')
  t.equal(await refusalOf(ask), 'redis.refuses NOREPLICAS')
  await master?.ask('CONFIG SET min-replicas-to-write 0')
  t.equal(await refusalOf(ask), '')
  const replica = group.servers.find(server => server !== master)
  const asReplica = makeRedisProbe(await connect(t, `redis://127.0.0.1:${replica?.port}`, 'commands'), 'x:probe')
  t.equal(await refusalOf(asReplica), 'redis.refuses READONLY')
})

t.test('one part of a Cluster that is full is told, wherever the keys lie', async t => {
  const cluster = await makeCluster(t, 3)
  const ask = makeRedisProbe(await connect(t, cluster.url, 'commands'), 'x:probe')
  for (const node of cluster.nodes) {
    t.equal(await refusalOf(ask), '')
    await node.ask('CONFIG SET maxmemory 1')
    t.equal(await refusalOf(ask), 'redis.refuses OOM')
    await node.ask('CONFIG SET maxmemory 0')
  }
  t.equal(await refusalOf(ask), '')
})

t.test('what one turn asks of Redis leaves together, also over a link that was lost and is back', async t => {
  const corner = await makeRedisPrefix(t)
  const link = (await connect(t, corner.url, 'commands')) as Redis
  for (const when of ['first', 'back']) {
    const asked = ['a', 'b', 'c'].map(each => link.echo(each))
    t.equal(link.stream.writableCorked, 1, `${when}: nothing has left before the end of the turn`)
    t.same(await Promise.all(asked), ['a', 'b', 'c'])
    t.equal(link.stream.writableCorked, 0, `${when}: nothing is held after it`)
    link.disconnect(true)
    await until(() => (link.status === 'ready' ? 'the link is not lost' : ''))
    await until(() => (link.status === 'ready' ? '' : 'the link is not back'))
  }
})

t.test('a link to a Cluster that is ended while it asks where the slots are asks no more', async t => {
  const cluster = await makeCluster(t, 3)
  const link = await connect(t, cluster.url, 'commands')
  const inside = link as unknown as Readonly<Record<'isRefreshing' | 'slotsTimer', unknown>>
  for (const node of cluster.nodes) node.signal('SIGSTOP')
  // Nobody answers, so that the question is under way when the link ends.
  await until(() => (inside.isRefreshing ? '' : 'not asked yet'))
  endRedis(link)
  for (const node of cluster.nodes) node.signal('SIGCONT')
  await until(() => (inside.isRefreshing ? 'still asking' : ''))
  t.notOk(inside.slotsTimer, 'ioredis begins no round of its own')
})
