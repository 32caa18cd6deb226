import t, { type Test } from 'tap'
import { channelPrefix, readDoorbell } from '../../../src/delivery/log-doorbell.ts'
import { RedisSessionLog } from '../../../src/delivery/redis-session-log.ts'
import { SignOnSync } from '../../../src/delivery/sign-on-sync.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { endRedis, makeRedis, type RedisRole, untilRedis } from '../../../src/operations/redis.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'
import { sessionLogConformance } from '../../conformance/session-log.ts'
import { NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { aPop } from '../../support/pop-events.ts'
import { makeCluster } from '../../support/redis-shapes.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const { url } = await makeCluster(t, 3)
let corners = 0

async function connect(t: Test, role: RedisRole) {
  const link = makeRedis({ url, role, log: silentLog })
  t.teardown(() => endRedis(link))
  await untilRedis(link, url, 20_000)
  return link
}

async function makeLog(t: Test, keyPrefix = `c-${++corners}`, node = 'n-1') {
  const redis = await connect(t, 'commands')
  const log = new RedisSessionLog({
    ...{ redis, keyPrefix, node },
    maxPending: 10_000,
    onFresh: () => {},
    metrics: makeMetrics()
  })
  t.teardown(() => log.stop())
  const key = (handler: string, what: string) => `${keyPrefix}:session:{${encodeURIComponent(handler)}}:${what}`
  return { log, redis, key, keyPrefix }
}

t.test('the session log on a Redis Cluster keeps to what every session log keeps to', async t => {
  sessionLogConformance(t, async t => {
    const { log, redis, key } = await makeLog(t)
    return {
      log,
      lose: async handler => {
        for (const what of ['log', 'meta']) await redis.del(key(handler, what))
        for (const event of ['e1', 'e2', 'e3']) await redis.del(key(handler, `seen:${event}`))
      },
      keepLast: async (handler, count) => {
        if (count === 0) await redis.del(key(handler, 'log'))
        else await redis.ltrim(key(handler, 'log'), -count, -1)
      }
    }
  })
})

t.test('a doorbell rung on one part of the Cluster is heard on another', async t => {
  const { log, keyPrefix } = await makeLog(t)
  const other = await makeLog(t, keyPrefix, 'n-2')
  const subscriber = await connect(t, 'subscriber')
  const rung = new Set<string>()
  subscriber.on('message', (_, message) => rung.add(readDoorbell(message)?.handler ?? ''))
  await subscriber.subscribe(`${channelPrefix(keyPrefix)}n-2`)
  // So many that each of the three parts has some.
  const handlers = Array.from({ length: 24 }, (_, n) => `h${n}`)
  for (const handler of handlers) await other.log.attach(handler)
  await log.append(handlers, 'e1', aPop(), NOON)
  await until(() => (rung.size === handlers.length ? '' : `${rung.size} of ${handlers.length} were rung for`))
  t.same([...rung].sort(), [...handlers].sort())
})

t.test('a sign-on at one gateway is known at the other', async t => {
  const keyPrefix = `c-${++corners}`
  const subscriber = await connect(t, 'subscriber')
  let rung = 0
  const sync = new SignOnSync({
    directory: new SignOnDirectory(),
    list: async () => [],
    commands: await connect(t, 'commands'),
    ...{ subscriber, keyPrefix },
    onChanged: () => {},
    onEnded: () => {},
    log: silentLog
  })
  subscriber.on('message', () => {
    rung += 1
  })
  await sync.start()
  t.teardown(() => sync.stop())
  await until(async () => {
    await sync.changed()
    return rung > 0 ? '' : 'the doorbell did not come round'
  })
  t.ok(rung > 0)
})
