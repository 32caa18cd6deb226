import t from 'tap'
import { AlarmCauses } from '../../../src/pop/alarm-causes.ts'

const QUIET = { letGo: () => {}, revise: () => {}, openOf: () => [] }

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

t.test('callers who wait to be rung back past their time are one alarm for each line, until none does', async t => {
  const said: string[] = []
  const causes = new AlarmCauses({
    alarms: {
      ...QUIET,
      raise: () => {},
      end: () => {},
      revise: ({ key, isUrgent, data }) => void said.push(`${key} ${isUrgent} ${data?.['count']}`),
      letGo: key => void said.push(`over ${key}`)
    },
    signOnOf: () => undefined,
    node: 'one',
    clock: { now: () => 0, monotonicMs: () => 0 }
  })
  const late = (line: string, overdue: number) => ({ force: 'tvp', line, overdue })
  causes.onLateRingBacks([])
  causes.onLateRingBacks([late('999', 1), late('101', 2)])
  causes.onLateRingBacks([late('101', 3)])
  causes.onLateRingBacks([])
  causes.onLateRingBacks([])
  t.same(said, [
    ...['ring-backs-late:tvp:999 true 1', 'ring-backs-late:tvp:101 false 2'],
    ...['ring-backs-late:tvp:101 false 3', 'over ring-backs-late:tvp:999', 'over ring-backs-late:tvp:101']
  ])
})
