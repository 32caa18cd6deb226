import t from 'tap'
import { PeerLoad } from '../../../../../src/switches/sip/embedded/peer-load.ts'

const RATE = { perSecond: 10, burst: 10 }

/** A second in which so many calls come of which so many are refused. */
function second(peer: PeerLoad, asked: number, refused: number) {
  for (let n = 0; n < asked; n++) peer.takeCall('trunk', { perSecond: 1_000, burst: 1_000 }, 0)
  for (let n = 0; n < refused; n++) peer.count('refused')
  return peer.endSecond()
}

t.test('two trunks of one switch have a budget each', async t => {
  const peer = new PeerLoad({ pings: RATE, bad: RATE }, 0)
  const taken = (trunk: string) =>
    Array.from({ length: 20 }, () => peer.takeCall(trunk, RATE, 0)).filter(Boolean).length
  t.same([taken('emergency'), taken('ordinary'), taken('emergency')], [10, 10, 0])
})

t.test('a second within budget has nothing to report, one over it has its counts once', async t => {
  const peer = new PeerLoad({ pings: RATE, bad: RATE }, 0)
  t.equal(second(peer, 5, 0), undefined)
  peer.count('taken')
  peer.count('unanswered')
  t.same(second(peer, 10, 3), { refused: 3, taken: 1, unanswered: 1 })
  t.equal(second(peer, 0, 0), undefined)
})

t.test('a switch that throttles is told the share of what it would send, and eased in again', async t => {
  const peer = new PeerLoad({ pings: RATE, bad: RATE }, 0)
  peer.isTold = true
  second(peer, 100, 50)
  t.equal(peer.loss, 0.5)
  second(peer, 50, 0)
  t.equal(peer.loss, 0.4, 'its half is gone, so a little more is let in')
  second(peer, 60, 12)
  t.equal(peer.loss, 0.52, 'a fifth too many of the 60 in 100 that came')
  for (let seconds = 0; seconds < 30; seconds++) second(peer, 10, 0)
  t.equal(peer.loss, 0)
})

t.test('one that does not throttle is judged by its last second alone', async t => {
  const peer = new PeerLoad({ pings: RATE, bad: RATE }, 0)
  second(peer, 100, 50)
  second(peer, 100, 50)
  t.equal(peer.loss, 0.5)
  second(peer, 100, 0)
  t.equal(peer.loss, 0)
})

t.test('a peer is forgotten when it has been quiet, not while it keeps calls back for us', async t => {
  const peer = new PeerLoad({ pings: RATE, bad: RATE }, 0)
  t.notOk(peer.isIdle(1_000, 60_000))
  t.ok(peer.isIdle(60_001, 60_000))
  peer.isTold = true
  second(peer, 10, 5)
  t.notOk(peer.isIdle(1_000_000, 60_000))
})
