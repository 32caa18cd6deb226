import t from 'tap'
import { AlarmCauses } from '../../../src/pop/alarm-causes.ts'

const QUIET = { letGo: () => {}, openOf: () => [] }

t.test('messages of a switch that are lost are one alarm until nothing was lost for half a minute', async t => {
  let now = 0
  const said: string[] = []
  const causes = new AlarmCauses({
    alarms: {
      ...QUIET,
      raise: ({ key }) => void said.push(`raised ${key}`),
      end: key => void said.push(`ended ${key}`)
    },
    signOnOf: () => undefined,
    node: 'one',
    clock: { now: () => now, monotonicMs: () => now }
  })
  const pass = (seconds: number) => {
    for (; seconds > 0; seconds--) {
      now += 1_000
      causes.tick()
    }
  }
  pass(60)
  t.same(said, [], 'nothing was lost')
  causes.onMessagesLost()
  pass(29)
  causes.onMessagesLost()
  pass(29)
  t.same(said, ['raised messages-lost:one', 'raised messages-lost:one'], 'overload comes in waves')
  pass(2)
  t.same(said.slice(2), ['ended messages-lost:one'])
  pass(60)
  t.equal(said.length, 3)
})
