import { EventEmitter } from 'node:events'
import t, { type Test } from 'tap'
import { LogRenewal } from '../../../src/delivery/log-renewal.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { RedisLink } from '../../../src/operations/redis.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

function makeRenewal(t: Test, { isAway = false } = {}) {
  const redis = Object.assign(new EventEmitter(), { status: 'ready' })
  const state = { isAway, renewed: [] as string[], shown: 0 }
  const renewal = new LogRenewal({
    redis: redis as unknown as RedisLink,
    renew: async without => {
      if (state.isAway) throw new Error('away')
      state.renewed.push(without)
    },
    onRenewed: () => {
      state.shown += 1
    },
    log: silentLog
  })
  t.teardown(() => renewal.stop())
  return { renewal, state, redis }
}

t.test(
  'a gateway that died while Redis was away is not forgotten: the screens are shown afresh when it is back',
  async t => {
    const { renewal, state } = makeRenewal(t, { isAway: true })
    renewal.without('n-1')
    renewal.without('n-2')
    await new Promise(done => setImmediate(done))
    t.same(state.renewed, [])
    state.isAway = false
    await until(() => (state.shown === 1 ? '' : `renewed for ${state.renewed}`))
    t.same(state.renewed, ['n-1', 'n-2'])
  }
)

t.test('a Redis that took another’s place is told again of those that died, and of no others', async t => {
  const { renewal, state, redis } = makeRenewal(t)
  redis.emit('ready')
  await new Promise(done => setImmediate(done))
  t.equal(state.shown, 0, 'nobody died')
  renewal.without('n-1')
  await until(() => (state.shown === 1 ? '' : 'not yet'))
  redis.emit('ready')
  await until(() => (state.shown === 2 ? '' : 'not again'))
  t.same(state.renewed, ['n-1', 'n-1'])
})
