import t from 'tap'
import { RecentKeys } from '../../../../../src/switches/sip/embedded/recent-keys.ts'

t.test('a refused call is known again for one turn at least and two at most', async t => {
  const keys = new RecentKeys(100)
  keys.add('a')
  t.ok(keys.has('a'))
  keys.turn()
  t.ok(keys.has('a'))
  keys.turn()
  t.notOk(keys.has('a'))
})

t.test('however many are refused, no more than twice the limit are kept, and the newest are', async t => {
  const keys = new RecentKeys(100)
  for (let n = 0; n < 1_000; n++) keys.add(`call ${n}`)
  t.ok(keys.size <= 200, `${keys.size} kept`)
  t.ok(keys.has('call 999') && keys.has('call 900'))
  t.notOk(keys.has('call 0'))
})
