import t from 'tap'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase, makeRedisPrefix } from '../../support/stores.ts'

failOnLeaks(t)

t.test('each test has a database of its own, at this version', async t => {
  const [one, other] = [await makeDatabase(t), await makeDatabase(t)]
  await one.pool.query("insert into position values ('d1', 'Desk 1', 'tvp', '{4001}')")
  t.equal((await one.pool.query('select * from position')).rowCount, 1)
  t.equal((await other.pool.query('select * from position')).rowCount, 0)
})

t.test('each test has keys of its own in Redis', async t => {
  const [one, other] = [await makeRedisPrefix(t), await makeRedisPrefix(t)]
  const link = await one.connect('commands')
  await link.set(`${one.keyPrefix}:x`, '1', 'EX', 5)
  t.same(await one.keys(), [`${one.keyPrefix}:x`])
  t.same(await other.keys(), [])
})
