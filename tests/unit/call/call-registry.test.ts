import t from 'tap'
import { devicesOf } from '../../../src/call/call.ts'
import { CallRegistry, STRAGGLER_MS } from '../../../src/call/call-registry.ts'
import { toSipSwitchCallId } from '../../../src/call/ids.ts'
import { anOffer, aQueueOffer, callAfter, cliOf, NOON, then } from '../../support/call-events.ts'

t.test('an INVITE that names a desk makes a call that rings there', async t => {
  const call = callAfter(anOffer())
  t.equal(call.state, 'alerting')
  t.same(devicesOf(call), ['4001'])
  t.equal(call.popId, `p_${call.callId}`)
})

t.test('an INVITE without a desk is offered to the line', async t => {
  const call = callAfter(aQueueOffer())
  t.equal(call.state, 'offered')
  t.same(devicesOf(call), [])
})

t.test('the same INVITE again makes no second call', async t => {
  const registry = new CallRegistry()
  registry.apply(anOffer())
  t.match(registry.apply(anOffer()), { kind: 'ignored', reason: 'repeat-offer' })
  t.equal(registry.size, 1)
})

t.test('two nodes give one call the same id without asking each other', async t => {
  t.equal(callAfter(anOffer()).callId, callAfter(anOffer()).callId)
})

t.test('an event of a call nobody knows changes nothing', async t => {
  t.match(new CallRegistry().apply(then(anOffer(), 'answered')), { kind: 'ignored', reason: 'unknown-call' })
})

t.test('ring-all: the first desk to answer has it and the others stop ringing', async t => {
  const offer = anOffer()
  const call = callAfter(
    offer,
    then(offer, 'alerting', { device: '4002' }),
    then(offer, 'answered', { device: '4002' })
  )
  t.same(devicesOf(call), ['4002'])
  t.equal(call.answeredAt, NOON + 1_000)
})

t.test('a call that rings out goes back to the queue and rings elsewhere', async t => {
  const offer = anOffer()
  const call = callAfter(
    offer,
    then(offer, 'queued', { acdQueue: 'tvp-999' }),
    then(offer, 'alerting', { device: '4002' })
  )
  t.same(devicesOf(call), ['4002'])
  t.equal(call.acdQueue, 'tvp-999')
})

t.test('hold and retrieve touch only the desk that is meant', async t => {
  const offer = anOffer()
  const answered = [offer, then(offer, 'answered', { device: '4001' })]
  const held = callAfter(...answered, then(offer, 'held', { device: '4001' }))
  t.equal(held.legs[0]?.state, 'held')
  t.equal(held.state, 'held')
  const back = callAfter(...answered, then(offer, 'held'), then(offer, 'retrieved'))
  t.equal(back.legs[0]?.state, 'connected')
})

t.test('a transfer rings at the next desk while the first still has it', async t => {
  const offer = anOffer()
  const call = callAfter(
    offer,
    then(offer, 'answered', { device: '4001' }),
    then(offer, 'transferred', { device: '4003' })
  )
  t.equal(call.state, 'alerting')
  t.same(devicesOf(call), ['4001', '4003'])
})

t.test('who had the call when it ended still has it to write up, who stopped ringing before does not', async t => {
  const offer = anOffer()
  const call = callAfter(
    offer,
    then(offer, 'alerting', { device: '4002' }),
    then(offer, 'answered', { device: '4001' }),
    then(offer, 'released', { receivedAt: NOON + 9_000 })
  )
  t.equal(call.cause, 'ended')
  t.same(devicesOf(call), ['4001'])
})

t.test('a caller who leaves before any desk rang has abandoned the call', async t => {
  const offer = aQueueOffer()
  const call = callAfter(offer, then(offer, 'released'))
  t.equal(call.cause, 'abandoned')
  t.equal(call.flags.abandoned, true)
})

t.test('a corrected number replaces the first, an empty correction nothing', async t => {
  const offer = anOffer()
  t.equal(callAfter(offer, then(offer, 'corrected', { cli: cliOf(456) })).cli.network?.e164, '+447700900456')
  const registry = new CallRegistry()
  registry.apply(offer)
  t.match(registry.apply(then(offer, 'corrected')), { kind: 'ignored' })
})

t.test('two switches that see one call make one call', async t => {
  const registry = new CallRegistry()
  const first = registry.apply(aQueueOffer({ trunk: 'sbc', name: 'a' }))
  const second = registry.apply(anOffer({ trunk: 'acd', name: 'b', receivedAt: NOON + 500 }))
  t.equal(registry.size, 1)
  t.equal(second.call?.callId, first.call?.callId)
  t.same(second.call?.switchCallIds, ['a;tag', 'b;tag'])
  t.equal(second.call?.state, 'alerting')
})

t.test('two calls of one number on one trunk are two calls', async t => {
  const registry = new CallRegistry()
  registry.apply(anOffer({ name: 'a' }))
  registry.apply(anOffer({ name: 'b', receivedAt: NOON + 500 }))
  t.equal(registry.size, 2)
})

t.test('a Call-ID used again long after its call ended makes a new call with an id of its own', async t => {
  const registry = new CallRegistry()
  const offer = anOffer()
  const first = registry.apply(offer)
  registry.apply(then(offer, 'released'))
  t.match(registry.apply(anOffer({ receivedAt: NOON + 2_000 })), { reason: 'repeat-offer' }, 'a straggler is no call')
  const again = registry.apply(anOffer({ receivedAt: NOON + 2_000 + STRAGGLER_MS }))
  t.equal(again.kind, 'changed')
  t.not(again.call?.callId, first.call?.callId)
})

t.test('a driver that drops repeats itself has a Call-ID used again taken for a new call at once', async t => {
  const forgotten: string[] = []
  const registry = new CallRegistry({ onForget: callId => forgotten.push(callId) })
  const offer = anOffer()
  const first = registry.apply(offer)
  t.match(registry.apply(anOffer({ isNoRepeat: true })), { reason: 'repeat-offer' }, 'not while the call lives')
  registry.apply(then(offer, 'released'))
  const again = registry.apply(anOffer({ isNoRepeat: true, receivedAt: NOON + 2_000 }))
  t.equal(again.kind, 'changed')
  t.not(again.call?.callId, first.call?.callId)
  t.same(forgotten, [], 'and the first keeps its card')
  if (first.call !== undefined) registry.forget(first.call.callId)
  t.equal(registry.apply(then(offer, 'released')).call?.callId, again.call?.callId, 'the name is now of the second')
})

t.test('after a restart a Call-ID used again is not taken for a call that ended before', async t => {
  const before = callAfter(anOffer())
  const registry = new CallRegistry()
  registry.rememberEnded(before.callId)
  t.not(registry.apply(anOffer()).call?.callId, before.callId)
})

t.test('a call from the record goes on where it stood, in a higher generation', async t => {
  const offer = anOffer()
  const registry = new CallRegistry()
  const restored = registry.adopt({ ...callAfter(offer), generation: 2, isUnheard: true })
  t.equal(restored.generation, 2)
  t.match(registry.apply(then(offer, 'answered')), {
    kind: 'changed',
    call: { state: 'answered', isUnheard: undefined }
  })
  t.equal(registry.get(restored.callId)?.isUnheard, undefined, 'its switch has said that it lives')
  t.match(registry.apply(then(offer, 'released')), { kind: 'changed', call: { state: 'released' } })
})

t.test('a call whose answer nobody acknowledged may be over, unless another dialog speaks for it', async t => {
  const registry = new CallRegistry()
  const offer = anOffer()
  registry.apply(offer)
  const doubt = then(offer, 'corrected', { isUnacknowledged: true })
  t.match(registry.apply(doubt), { kind: 'changed', call: { state: 'alerting', isUnheard: true, seq: 2 } })
  t.match(registry.apply(doubt), { kind: 'ignored' })
  t.match(registry.apply(then(offer, 'answered')), { call: { isUnheard: undefined } }, 'its switch has said more')
  registry.apply(anOffer({ name: 'again', trunk: 'other', receivedAt: NOON + 10 }))
  t.equal(registry.size, 1)
  t.equal(registry.apply(doubt).kind, 'ignored')
  registry.apply(then(offer, 'released'))
  t.equal(registry.apply(doubt).kind, 'ignored', 'what is over is over')
})

t.test('when every place is taken an ended call makes room, and only without one is a call refused', async t => {
  const forgotten: string[] = []
  const registry = new CallRegistry({
    limits: { maxCalls: 2, maxReleased: 5, maxEndedIds: 1 },
    onForget: callId => forgotten.push(callId)
  })
  const offer = anOffer({ name: 'a' })
  const first = registry.apply(offer)
  registry.apply(anOffer({ name: 'b', cli: cliOf(2) }))
  t.match(registry.apply(anOffer({ name: 'c', cli: cliOf(3) })), { kind: 'ignored', reason: 'full' })
  registry.apply(then(offer, 'released'))
  t.equal(registry.apply(anOffer({ name: 'c', cli: cliOf(3) })).kind, 'changed')
  t.same(forgotten, [first.call?.callId])
  t.equal(registry.size, 2)
})

t.test('no more ended calls are held than the limit says', async t => {
  const registry = new CallRegistry({ limits: { maxCalls: 100, maxReleased: 3, maxEndedIds: 3 } })
  for (let n = 0; n < 10; n++) {
    const offer = anOffer({ name: `call-${n}`, cli: cliOf(n) })
    registry.apply(offer)
    registry.apply(then(offer, 'released'))
  }
  t.equal(registry.size, 3)
})

t.test('a switch that names desks without end fills no memory', async t => {
  const offer = anOffer()
  const registry = new CallRegistry()
  registry.apply(offer)
  for (let n = 0; n < 40; n++) registry.apply(then(offer, 'alerting', { device: `x${n}` }))
  t.equal([...registry.calls()][0]?.legs.length, 16)
})

t.test(
  'a leg that takes the place of another goes on with its call, and the old leg’s end is not the call’s',
  async t => {
    const registry = new CallRegistry()
    const old = anOffer()
    registry.apply(old)
    registry.apply(then(old, 'answered'))
    const taken = registry.apply(
      anOffer({ switchCallId: toSipSwitchCallId('second', 'f2'), device: '4002', replaces: old.switchCallId })
    )
    t.match(taken, { kind: 'changed', call: { state: 'alerting' } })
    t.equal(registry.size, 1)
    t.match(registry.apply(then(old, 'released', { cause: 'ended' })), { kind: 'ignored', reason: 'unknown-call' })
    if (taken.kind !== 'changed') return t.fail('the second leg made nothing')
    t.same(taken.call.switchCallIds, ['second;f2'])
    const restarted = new CallRegistry()
    restarted.adopt(taken.call)
    t.match(
      restarted.apply(then(old, 'released', { cause: 'ended' })),
      { reason: 'unknown-call' },
      'after a restart too'
    )
  }
)

t.test('a leg that claims the place of a call nobody has is a call of its own', async t => {
  const registry = new CallRegistry()
  registry.apply(anOffer({ replaces: toSipSwitchCallId('nobody', 'f0') }))
  t.equal(registry.size, 1)
})
