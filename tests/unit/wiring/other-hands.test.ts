import { mock } from 'node:test'
import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { CallId, HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import type { HandDone } from '../../../src/pop/hands-in-record.ts'
import { PopCourier } from '../../../src/pop/pop-courier.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'
import type { HeldHands } from '../../../src/records/adoption.ts'
import { OtherHands } from '../../../src/wiring/other-hands.ts'
import { anOffer, aQueueOffer, callAfter, NOON, then } from '../../support/call-events.ts'
import { HandRecord } from '../../support/hand-record.ts'

/** Two gateways over one record: the first has the calls, and hears of what handlers do at the second. */
function makeSite({ isDeaf = false } = {}) {
  const directory = new SignOnDirectory()
  for (const desk of [1, 2, 3]) directory.put(at(desk))
  const record = new HandRecord()
  const screens: string[] = []
  const marked: string[] = []
  const ended: CallId[] = []
  const makeCourier = (onHand: (hand: HandDone) => void): PopCourier => {
    const courier: PopCourier = new PopCourier({
      signOns: directory,
      sender: {
        send: async sends => {
          for (const { handlers, ev } of sends) for (const handler of handlers) screens.push(`${handler} ${ev.type}`)
        }
      },
      toBarePop,
      recordTaken: async taking => {
        const isTheirs = record.taken(taking)
        if (isTheirs) onHand({ ...taking, did: 'taken' })
        return isTheirs
      },
      recordClosed: async closing => {
        record.closed(closing)
        onHand({ ...closing, did: closing.isLast ? 'over' : 'closed' })
      },
      readCall: async callId => record.rows.get(callId)?.call,
      onClosed: callId => {
        ended.push(callId)
        courier.forget(callId)
      },
      ...{ log: silentLog, metrics: makeMetrics(), clock: { now: () => NOON + 60_000, monotonicMs: () => 0 } }
    })
    return courier
  }
  const first = makeCourier(() => {})
  const hands = new OtherHands({
    courier: first,
    otherHands: async held =>
      record.open().flatMap(({ call, known }) => (isAsked(call, held) ? [{ call, ...known }] : [])),
    markSilent: async (handler, callId) => marked.push(`${handler} ${callId}`),
    log: silentLog
  })
  const hear = ({ callId: call, handler, did }: HandDone, generation = 1) =>
    hands.hear({ t: 'hand', call, generation, handler, did })
  const second = makeCourier(hand => isDeaf || hear(hand))
  const offer = (call: Call) => {
    record.write(call)
    first.deliver(call, NOON)
    screens.length = 0
  }
  const take = (handler: HandlerId, call: Call) => {
    const open = record.open().find(each => each.call.callId === call.callId)
    return second.takeElsewhere(handler, call, open?.known ?? {})
  }
  return { first, second, record, hands, hear, screens, marked, ended, offer, take }
}

function at(desk: number): SignOn {
  return {
    ...{ handler: `tvp-${desk}`, name: `Handler ${desk}`, force: 'tvp', role: 'handler', grants: [], lines: ['999'] },
    ...{ position: `tvp-desk-${desk}`, devices: [`400${desk}`], acdQueues: [] }
  }
}

function isAsked({ callId }: Call, held: readonly HeldHands[]): boolean {
  return held.some(each => each.callId === callId)
}

t.test('who takes a call at a gateway that does not have it has it, and the other tells the screens', async t => {
  const { first, second, screens, offer, take } = makeSite()
  const call = callAfter(aQueueOffer())
  offer(call)
  t.same(await take('tvp-2', call), { ok: true })
  t.equal(second.card(call.callId), undefined, 'the call stays where it is')
  t.same(screens.sort(), ['tvp-1 call.gone', 'tvp-2 call.pop', 'tvp-3 call.gone'])
  t.match(first.snapshot('tvp-2'), [{ pop: { takenBy: 'tvp-2', offer: 'device' } }])
  t.match(await take('tvp-3', call), { ok: false, code: 'call.taken' })
})

t.test(
  'a call that has ended at its gateway is ended still when it is taken at another, which did not know',
  async t => {
    const { first, record, offer, take } = makeSite()
    const offered = aQueueOffer()
    offer(callAfter(offered))
    const ended = callAfter(offered, then(offered, 'released'))
    first.deliver(ended, NOON + 1_000)
    t.equal(record.rows.get(ended.callId)?.call.state, 'offered', 'the end waits for the record')
    t.same(await take('tvp-2', callAfter(offered)), { ok: true })
    t.match(first.snapshot('tvp-2'), [{ pop: { state: 'released', takenBy: 'tvp-2' } }])
  }
)

t.test(
  'what is written up at a gateway that does not have the call is over when everybody has written it up',
  async t => {
    const { first, second, screens, ended, offer, take } = makeSite()
    const offered = aQueueOffer()
    offer(callAfter(offered))
    await take('tvp-2', callAfter(offered))
    offer(callAfter(offered, then(offered, 'released')))
    const { callId } = callAfter(offered)
    t.same(await second.close('tvp-2', callId), { ok: true })
    await new Promise(setImmediate)
    t.ok(screens.includes('tvp-2 call.gone'))
    t.same(first.snapshot('tvp-2'), [])
    t.same(ended, [callId])
  }
)

t.test('a card that nobody took, and that one handler puts away elsewhere, leaves every screen', async t => {
  const { second, screens, ended, offer } = makeSite()
  const offered = aQueueOffer()
  const call = callAfter(offered, then(offered, 'released'))
  for (const each of [callAfter(offered), call]) offer(each)
  t.same(await second.close('tvp-3', call.callId), { ok: true })
  await new Promise(setImmediate)
  t.same(new Set(screens), new Set(['tvp-1 call.gone', 'tvp-2 call.gone', 'tvp-3 call.gone']))
  t.same(ended, [call.callId])
})

t.test(
  'what everybody has written up is closed as soon as the record answers, and not by the next restart',
  async t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const { first, second, record, ended, offer, take } = makeSite()
    const offered = aQueueOffer()
    const { callId } = callAfter(offered)
    offer(callAfter(offered))
    await take('tvp-2', callAfter(offered))
    offer(callAfter(offered, then(offered, 'released')))
    record.refusesLast = 2
    t.same(await second.close('tvp-2', callId), { ok: true })
    for (let s = 0; s < 10; s++) {
      await new Promise(setImmediate)
      t.equal(ended.length, record.rows.get(callId)?.isClosed ? 1 : 0)
      mock.timers.tick(1_000)
    }
    t.same(ended, [callId])
    t.ok(record.rows.get(callId)?.isClosed)
    first.stop()
  }
)

t.test('what another gateway closed for good leaves the screens here', async t => {
  const { hear, ended, offer } = makeSite()
  const call = callAfter(aQueueOffer())
  offer(call)
  hear({ callId: call.callId, handler: 'tvp-1', did: 'over' })
  t.same(ended, [call.callId])
})

t.test('what was done before this gateway adopted the call is not done again', async t => {
  const { first, hear, offer } = makeSite()
  const call = { ...callAfter(aQueueOffer()), generation: 3 }
  offer(call)
  hear({ callId: call.callId, handler: 'tvp-2', did: 'taken' }, 2)
  t.equal(first.card(call.callId)?.takenBy, undefined)
  hear({ callId: call.callId, handler: 'tvp-2', did: 'taken' }, 3)
  t.equal(first.card(call.callId)?.takenBy, 'tvp-2')
})

t.test('of what was done while this gateway heard nothing the record tells it afterwards', async t => {
  const { first, second, hands, ended, offer, take } = makeSite({ isDeaf: true })
  const offered = [aQueueOffer({ name: 'taken' }), aQueueOffer({ name: 'over' })] as const
  const [taken, over] = [callAfter(offered[0]), callAfter(offered[1], then(offered[1], 'released'))]
  for (const call of [taken, over]) offer(call)
  await take('tvp-2', taken)
  await second.close('tvp-3', over.callId)
  t.equal(first.card(taken.callId)?.takenBy, undefined)
  await hands.reconcile()
  await new Promise(setImmediate)
  t.equal(first.card(taken.callId)?.takenBy, 'tvp-2')
  t.same(ended, [over.callId])
})

t.test(
  'a call that was put through to another desk is not given back by a record that has not heard of it',
  async t => {
    const { first, hands, record, offer, take } = makeSite()
    const offered = anOffer()
    offer(callAfter(offered))
    await take('tvp-1', callAfter(offered))
    const there = then(offered, 'answered', { device: '4002' })
    first.deliver(callAfter(offered, then(offered, 'answered'), there), NOON + 1_000)
    t.equal(first.card(callAfter(offered).callId)?.takenBy, 'tvp-2')
    const row = record.rows.get(callAfter(offered).callId)
    if (row !== undefined) row.takenBy = 'tvp-1'
    await hands.reconcile()
    t.equal(first.card(callAfter(offered).callId)?.takenBy, 'tvp-2')
  }
)

t.test('a silent caller is marked by the gateway that has the call, and by no other', async t => {
  const { hands, marked, offer } = makeSite()
  const call = callAfter(anOffer())
  hands.hear({ t: 'silent', call: call.callId, handler: 'tvp-1' })
  t.same(marked, [])
  offer(call)
  hands.hear({ t: 'silent', call: call.callId, handler: 'tvp-1' })
  t.same(marked, [`tvp-1 ${call.callId}`])
})
