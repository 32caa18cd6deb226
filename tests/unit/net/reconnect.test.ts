import t from 'tap'
import { backOffMs, Reconnect } from '../../../src/net/reconnect.ts'
import { HandTime } from '../../support/hand-time.ts'

const LIMITS = { firstMs: 500, maxMs: 8_000 }

t.test('the first try comes soon, later ones wait longer, and none longer than the limit', async t => {
  const waits = (random: number) => [0, 1, 2, 3, 4, 5, 900].map(attempt => backOffMs(attempt, LIMITS, () => random))
  t.same(waits(1), [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  t.same(waits(0), [0, 500, 1_000, 2_000, 4_000, 4_000, 4_000], 'a peer that refuses at once is not hammered')
})

function makeReconnect(random = 1) {
  const time = new HandTime()
  const tries: number[] = []
  const reconnect = new Reconnect({
    limits: LIMITS,
    connect: () => tries.push(time.monotonicMs()),
    random: () => random,
    startTimer: (ms, run) => time.after(ms, run)
  })
  return { time, tries, reconnect }
}

t.test('a link that is up again begins anew, and a peer that asks for longer gets it', async t => {
  const { time, tries, reconnect } = makeReconnect()
  reconnect.tryIn(0)
  await time.advance(1)
  t.same(tries, [0])
  reconnect.failed()
  reconnect.failed()
  t.equal(time.pending, 1, 'one try is waited for, whoever says how often that it failed')
  await time.advance(1_000)
  t.same(tries, [0, 1_001])
  reconnect.succeeded()
  reconnect.failed(60_000)
  await time.advance(59_999)
  t.equal(tries.length, 2)
  await time.advance(1)
  t.equal(tries.length, 3)
})

t.test('after the stop nothing is tried, whoever says that it failed', async t => {
  const { time, tries, reconnect } = makeReconnect()
  reconnect.failed()
  reconnect.stop()
  reconnect.failed()
  await time.advance(60_000)
  t.same(tries, [])
  t.equal(time.pending, 0)
})
