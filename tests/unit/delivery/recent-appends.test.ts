import t from 'tap'
import { RecentAppends } from '../../../src/delivery/recent-appends.ts'

function make() {
  let nowMs = 0
  const recent = new RecentAppends<number>(() => nowMs)
  return {
    recent,
    at: (ms: number, value: number) => {
      nowMs = ms
      recent.note(value)
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
  t.same(recent.list(), [2, 3])
})

t.test('what is so old that a repeat might be taken for news is not sent again', async t => {
  const { recent, at, wait } = make()
  at(1_000, 1)
  wait(600_001)
  t.same(recent.list(), [])
})

t.test('memory is bounded, and the newest are kept', async t => {
  const { recent, at } = make()
  for (let n = 0; n < 12_000; n++) at(1_000, n)
  const kept = recent.list()
  t.equal(kept.length, 5_000)
  t.equal(kept.at(-1), 11_999)
})
