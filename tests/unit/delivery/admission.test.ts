import t from 'tap'
import { Admission } from '../../../src/delivery/admission.ts'
import { nextTurn } from '../../../src/operations/slices.ts'

function makeDoor(limits = { hellosAtOnce: 2, hellosWaiting: 2, helloWaitMs: 1_000 }) {
  const time = { now: 0 }
  const admission = new Admission({ limits, monotonicMs: () => time.now })
  const answers: string[] = []
  const enter = (who: string) => admission.enter().then(may => answers.push(`${who} ${may ? 'in' : 'later'}`))
  return { admission, answers, enter, time }
}

t.test('so many at once, the next in their order, and whoever finds no room is sent away at once', async t => {
  const { admission, answers, enter } = makeDoor()
  for (const who of ['a', 'b', 'c', 'd', 'e']) enter(who)
  await nextTurn()
  t.same(answers, ['a in', 'b in', 'e later'])
  t.equal(admission.waiting, 2)
  admission.leave()
  await nextTurn()
  t.same(answers.at(-1), 'c in')
  admission.leave()
  admission.leave()
  await nextTurn()
  t.same(answers.at(-1), 'd in')
  admission.leave()
  for (const who of ['f', 'g', 'h']) enter(who)
  await nextTurn()
  t.same(answers.slice(-2), ['f in', 'g in'])
})

t.test('nobody waits longer than the client would', async t => {
  const { admission, answers, enter, time } = makeDoor()
  for (const who of ['a', 'b', 'c']) enter(who)
  time.now = 600
  enter('d')
  time.now = 1_001
  admission.tick()
  await nextTurn()
  t.same(answers, ['a in', 'b in', 'c later'])
  t.equal(admission.waiting, 1, 'who came later has still time')
  admission.leave()
  await nextTurn()
  t.same(answers.at(-1), 'd in')
})
