import t from 'tap'
import type { FromClient } from '../../../src/delivery/protocol.ts'
import { Receipts } from '../../../src/sdk/receipts.ts'
import { HandTime } from '../../support/hand-time.ts'

function makeReceipts() {
  const time = new HandTime()
  const sent: FromClient[] = []
  const receipts = new Receipts({ time, send: message => sent.push(message) > 0 })
  /** Pops acknowledged since this was last asked. */
  const takePops = () => sent.splice(0).flatMap(message => (message.t === 'ack' ? (message.pops ?? []) : []))
  return { time, receipts, sent, takePops }
}

t.test('an acknowledgement goes again until the gateway says that the record has it', async t => {
  const { time, receipts, takePops } = makeReceipts()
  receipts.received(1, 'p_1')
  receipts.received(2, 'p_2')
  t.same(takePops(), ['p_1', 'p_2'])
  await time.advance(4_000)
  receipts.kept(['p_1'])
  t.same(takePops(), [], 'not at every heartbeat')
  await time.advance(8_000)
  receipts.kept([])
  t.same(takePops(), ['p_2'])
  await time.advance(20_000)
  receipts.kept(['p_2'])
  t.same(takePops(), [])
})

t.test('a gateway that died with the record away hears of the pops from the one that comes next', async t => {
  const { time, receipts, takePops } = makeReceipts()
  receipts.received(1, 'p_1')
  receipts.received(2, 'p_2')
  receipts.kept(['p_1'])
  receipts.stop()
  await time.advance(120_000)
  takePops()
  receipts.resend(2)
  t.same(takePops(), ['p_2'], 'and not of what it had in the record')
})

t.test('many pops that nobody has on record go again in messages of the size that is allowed', async t => {
  const { receipts, sent, takePops } = makeReceipts()
  const all = Array.from({ length: 2_500 }, (_, n) => `p_${n}`)
  for (const [at, popId] of all.entries()) receipts.received(at + 1, popId)
  takePops()
  receipts.resend(2_500)
  t.ok(sent.every(message => message.t === 'ack' && (message.pops?.length ?? 0) <= 200))
  t.same(takePops(), all.slice(-2_000), 'the newest of them')
})

t.test('what no gateway has on record after ten minutes is given up', async t => {
  const { time, receipts, takePops } = makeReceipts()
  receipts.received(1, 'p_1')
  await time.advance(601_000)
  takePops()
  receipts.kept([])
  receipts.resend(1)
  t.same(takePops(), [])
})

t.test('a gateway of an older release does not say what is on record: it is told once on each link', async t => {
  const { time, receipts, takePops } = makeReceipts()
  receipts.received(1, 'p_1')
  takePops()
  await time.advance(60_000)
  receipts.kept(undefined)
  t.same(takePops(), [])
  receipts.resend(1)
  t.same(takePops(), ['p_1'])
})
