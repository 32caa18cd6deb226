import t from 'tap'
import { RecentAppends } from '../../../src/delivery/recent-appends.ts'

function make() {
  let nowMs = 0
  let seq = 0
  const recent = new RecentAppends<number>(() => nowMs)
  return {
    recent,
    /** The log of a handler took a value, under the next number or the one that is said. */
    at: (ms: number, value: number, { handler = 'tvp-h01', as = ++seq, epoch = 'e1' } = {}) => {
      nowMs = ms
      seq = as
      return recent.taken(handler, value, { epoch, seq: as })
    },
    wait: (ms: number) => {
      nowMs += ms
    }
  }
}

t.test('what was taken within ten seconds of the last is kept, however long the failover lasts', async t => {
  const { recent, at, wait } = make()
  at(1_000, 1)
  at(10_000, 2)
  at(15_000, 3)
  wait(60_000)
  t.same(recent.all(), [2, 3])
})

t.test('what is so old that a repeat might be taken for news is not sent again', async t => {
  const { recent, at, wait } = make()
  at(1_000, 1)
  wait(600_001)
  t.same(recent.all(), [])
})

t.test('a log whose numbers went back has lost its end, and is told what was in it', async t => {
  const { at } = make()
  at(1_000, 1)
  at(1_100, 2)
  t.same(at(1_200, 3), [], 'on and on: nothing is lost')
  t.same(at(1_300, 4, { as: 2 }), [1, 2, 3], 'again the second: what came after the first may be gone')
  t.same(at(1_400, 5, { as: 1, epoch: 'e2' }), [], 'a new log begins at one by right')
})

t.test('each handler’s log has its own end, and of each no more than 256 are kept', async t => {
  const { recent, at } = make()
  for (let n = 0; n < 300; n++) at(1_000 + n, n)
  at(2_000, 1_000, { handler: 'tvp-h02', as: 1 })
  t.equal(recent.all().length, 257)
})
