import t from 'tap'
import { PendingReplies, RequestNumbers } from '../../../src/net/pending-replies.ts'
import { HandTime } from '../../support/hand-time.ts'

function makePending(maxPending = 2) {
  const time = new HandTime()
  const said: string[] = []
  const pending = new PendingReplies<number, string>({ maxPending, deadlineMs: 100, dropMs: 1_000 }, (ms, run) =>
    time.after(ms, run)
  )
  const add = (id: number) =>
    pending.add(id, {
      onLate: () => said.push(`${id} late`),
      onEnd: end => said.push(`${id} ${end.kind === 'reply' ? end.reply : end.kind}`)
    })
  return { time, said, pending, add }
}

t.test('a reply goes to its request, once; one that nobody waits for is said to be so', async t => {
  const { said, pending, add, time } = makePending()
  t.ok(add(1))
  t.ok(pending.settle(1, 'here'))
  t.notOk(pending.settle(1, 'again'))
  t.notOk(pending.settle(7, 'whose?'))
  t.same(said, ['1 here'])
  t.equal(time.pending, 0, 'no timer is left')
})

t.test('a late reply is told as late first, and still counts until it is dropped', async t => {
  const { said, pending, add, time } = makePending()
  add(1)
  add(2)
  await time.advance(100)
  t.same(said, ['1 late', '2 late'])
  pending.settle(2, 'here at last')
  await time.advance(900)
  t.same(said.slice(2), ['2 here at last', '1 dropped'])
  t.notOk(pending.settle(1, 'too late'))
})

t.test('one more than the limit is refused, and so is a name in use', async t => {
  const { pending, add, time } = makePending()
  t.ok(add(1))
  t.notOk(add(1))
  t.ok(add(2))
  t.ok(pending.isFull())
  t.notOk(add(3))
  pending.loseAll()
  t.equal(pending.size, 0)
  t.equal(time.pending, 0)
})

t.test('what waits when the link goes ends as lost, once each', async t => {
  const { said, pending, add } = makePending()
  add(1)
  add(2)
  pending.loseAll()
  pending.loseAll()
  t.same(said, ['1 lost', '2 lost'])
})

t.test('request numbers go round, and one that was given up is not used again', async t => {
  const numbers = new RequestNumbers(3)
  t.same([numbers.take(), numbers.take(), numbers.take(), numbers.take()], [0, 1, 2, undefined])
  numbers.release(1)
  t.same([numbers.take(), numbers.take()], [1, undefined])
})
