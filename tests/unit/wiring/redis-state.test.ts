import t from 'tap'
import { Fault } from '../../../src/operations/errors.ts'
import { Health } from '../../../src/operations/health.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeRedisState } from '../../../src/wiring/redis-state.ts'

function makeState() {
  const health = new Health([])
  for (const part of ['database', 'queue', 'lookups'] as const) health.set(part, { ok: true })
  const told: string[] = []
  const log = {
    ...silentLog,
    info: (event: string) => void told.push(event),
    fault: (event: string) => void told.push(event)
  }
  return { ...makeRedisState({ health, log }, {}), health, told }
}

const refused = (reason: string) => new Fault('redis.refuses', { reason })

t.test('a Redis that is full is level 2 with the reason, once in the log, until it takes a write', async t => {
  const redis = makeState()
  redis.onLink(true)
  t.same([redis.isUp(), redis.health.level().level], [true, 0])
  redis.onProbe(false, refused('OOM'))
  redis.onProbe(false, refused('OOM'))
  t.equal(redis.isUp(), false)
  t.match(redis.health.level(), { level: 2, why: /takes no writes: OOM/ })
  redis.onProbe(true)
  t.same([redis.isUp(), redis.health.level().level], [true, 0])
  t.same(redis.told, ['redis.refuses', 'redis.takes'])
})

t.test('a link that breaks and comes back does not make a Redis writable that was not', async t => {
  const redis = makeState()
  redis.onLink(true)
  redis.onProbe(false, refused('READONLY'))
  redis.onLink(false)
  redis.onLink(true)
  t.match(redis.health.level(), { level: 2, why: /READONLY/ })
  redis.onProbe(true)
  t.equal(redis.isUp(), true)
})

t.test('a Redis that says nothing is away', async t => {
  const redis = makeState()
  redis.onLink(true)
  redis.onProbe(false, new Error('Command timed out'))
  t.match(redis.health.level(), { level: 2, why: /is away/ })
  t.same(redis.told, [], 'its link has told why')
})
