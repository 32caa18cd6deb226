import t from 'tap'
import { APPEND, ATTACH, READ, RENEW } from '../../../src/delivery/session-log-scripts.ts'
import { RedisKeys } from '../../simulation/redis-keys.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeRandom, runSeed } from '../../support/random.ts'
import { makeRedisPrefix } from '../../support/stores.ts'

/*
 * The Redis of the simulation answers as the real one does: what is found on the one must be true of the other.
 */

failOnLeaks(t)

const COMMANDS = 1_500
const TTL_S = '600'

t.test('the simulated Redis answers the session log’s scripts as a real one does', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const corner = await makeRedisPrefix(t)
  const model = new RedisKeys()
  const drawCommand = () => {
    const handler = random.pick(['h1', 'h2', 'a handler'])
    const at = `${corner.keyPrefix}:{${handler}}`
    const node = random.pick(['n-1', 'n-2'])
    const which = random.below(10)
    if (which < 5) {
      const entries = Array.from({ length: 1 + random.below(4) }, () => `e${random.below(200)}`)
      const args = [`epoch-${random.below(9)}`, '20', TTL_S, TTL_S, node, 'to:', 'h']
      for (const eventId of entries) {
        args.push(eventId, '17', `{"a":"${eventId} b"}`)
        args.push(random.pick(['', '', `epoch-${random.below(9)}`]))
        args.push(random.pick(['0', '1']), random.pick(['', String(random.below(300))]), TTL_S)
      }
      const guards = entries.flatMap(eventId => [`${at}:seen:${eventId}`, `${at}:last:c${random.below(4)}`])
      return { lua: APPEND, keys: [`${at}:log`, `${at}:meta`, ...guards], args }
    }
    if (which < 7) return { lua: ATTACH, keys: [`${at}:meta`], args: [`epoch-${random.below(9)}`, node, TTL_S] }
    if (which === 7) {
      const args = [`epoch-${random.below(9)}`, `n-${100 + random.below(90)}`, TTL_S]
      return { lua: RENEW, keys: [`${at}:meta`], args }
    }
    const args = [`epoch-${random.below(9)}`, String(random.below(60)), String(random.below(12))]
    return { lua: READ, keys: [`${at}:log`, `${at}:meta`], args }
  }
  for (let n = 0; n < COMMANDS; n++) {
    const { lua, keys, args } = drawCommand()
    const real = await corner.redis.eval(lua, keys.length, ...keys, ...args)
    const ours = model.script(lua, keys, args, 0, () => {})
    if (JSON.stringify(real) !== JSON.stringify(ours)) {
      t.same(ours, real, `command ${n}: ${args.join(' ')}`)
      return
    }
  }
  t.pass(`${COMMANDS} answers are the same`)
})
