import t from 'tap'
import { LinkGap } from '../../../src/switches/link-gap.ts'

const PEER = '192.0.2.1'

function pinged(gap: LinkGap, times: readonly number[]): void {
  for (const at of times) gap.note(PEER, true, at)
}

t.test('a peer that pinged every 30 s is missed after three it left out, once, until it is heard again', async t => {
  const gap = new LinkGap()
  pinged(gap, [0, 30_000, 60_500, 90_000])
  t.same(gap.missed(179_000), [])
  t.same(gap.missed(182_000), [{ peer: PEER, silentMs: 92_000, everyMs: 30_000 }])
  t.same(gap.missed(400_000), [])
  t.ok(gap.note(PEER, false, 401_000), 'any message of it says that it is back')
  t.notOk(gap.note(PEER, true, 402_000))
})

t.test('calls prove that it is there while its pings are off', async t => {
  const gap = new LinkGap()
  pinged(gap, [0, 30_000, 60_000, 90_000])
  gap.note(PEER, false, 170_000)
  t.same(gap.missed(200_000), [])
  t.equal(gap.missed(261_000).length, 1)
})

t.test('who pings now and then, or not at all, is not missed', async t => {
  const gap = new LinkGap()
  pinged(gap, [0, 1_000, 60_000, 61_000, 500_000])
  gap.note('192.0.2.2', false, 0)
  t.same(gap.missed(9_000_000), [])
})

t.test('after a gap the rhythm is learnt anew', async t => {
  const gap = new LinkGap()
  pinged(gap, [0, 1_000, 2_000, 3_000])
  t.equal(gap.missed(10_000).length, 1)
  pinged(gap, [60_000, 65_000, 70_000, 75_000])
  t.same(gap.missed(89_000), [])
  t.equal(gap.missed(91_000)[0]?.everyMs, 5_000)
})
