import t from 'tap'
import { FORCE_TURNS, ForceTurns } from '../../../src/queue/force-turns.ts'

const { perSecond, burst, maxForces } = FORCE_TURNS

function makeTurns() {
  const clock = { at: 0, monotonicMs: () => clock.at }
  const turns = new ForceTurns(clock)
  const within = (force: string, count: number) =>
    Array.from({ length: count }, () => turns.priorityOf(force)).filter(priority => priority === undefined).length
  return { clock, turns, within }
}

t.test('a flood of one force waits behind what another has within its turn', async t => {
  const { clock, within } = makeTurns()
  t.equal(within('hants', burst * 3), burst, 'so many at once, the rest behind')
  t.equal(within('tvp', 5), 5, 'the other has all its turns')
  clock.at += 1_000
  t.equal(within('hants', perSecond * 2), perSecond, 'and so many more each second')
  clock.at += 3_600_000
  t.equal(within('hants', burst * 2), burst, 'a quiet time is not saved up')
})

t.test('a clock that goes back, a job of no force, and more names than there are forces', async t => {
  const { clock, turns, within } = makeTurns()
  t.equal(within('tvp', burst), burst)
  clock.at -= 5_000
  t.equal(within('tvp', 1), 0)
  t.equal(turns.priorityOf(undefined), undefined)
  for (let n = 0; n < maxForces; n++) turns.priorityOf(`f${n}`)
  t.type(turns.priorityOf('one too many'), 'number')
  clock.at += 10_000
  t.equal(within('tvp', 1), 1, 'who was known goes on')
})
