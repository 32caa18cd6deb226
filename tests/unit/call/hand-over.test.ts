import t from 'tap'
import { type Call, devicesOf } from '../../../src/call/call.ts'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import { anOffer, aQueueOffer, callAfter, NOON, then } from '../../support/call-events.ts'

const offer = anOffer()
const answered = [offer, then(offer, 'answered', { device: '4001' })]

function legs(call: Call): Record<string, string> {
  return Object.fromEntries(call.legs.map(leg => [leg.device ?? leg.role, leg.state]))
}

t.test('the desk that sent a call on is answerable for it until the other has answered', async t => {
  const sent = [...answered, then(offer, 'transferred', { device: '4002' })]
  t.same(legs(callAfter(...sent)), { 4001: 'handing-over', 4002: 'alerting' })
  const taken = callAfter(...sent, then(offer, 'answered', { device: '4002' }))
  t.equal(taken.state, 'answered')
  t.same(legs(taken), { 4001: 'cleared', 4002: 'connected' })
  t.same(devicesOf(taken), ['4002'])
  t.ok(
    taken.legs.every(leg => leg.answeredAt !== undefined),
    'and both are known to have had it'
  )
})

t.test('a transfer that nobody answers comes back to the desk that sent it', async t => {
  const sent = [...answered, then(offer, 'transferred', { device: '4002' })]
  const back = callAfter(...sent, then(offer, 'alerting', { device: '4001' }))
  t.same(legs(back), { 4001: 'alerting', 4002: 'cleared' })
  const again = callAfter(...sent, then(offer, 'answered', { device: '4001' }))
  t.same(legs(again), { 4001: 'connected', 4002: 'cleared' })
  const retrieved = callAfter(...sent, then(offer, 'retrieved'))
  t.equal(retrieved.state, 'answered')
  t.same(legs(retrieved), { 4001: 'connected', 4002: 'cleared' })
})

t.test('a transfer that nobody answers goes to the queue, and the desk that sent it keeps it so long', async t => {
  const queued = callAfter(...answered, then(offer, 'transferred', { device: '4002' }), then(offer, 'queued'))
  t.equal(queued.state, 'queued')
  t.same(legs(queued), { 4001: 'handing-over', 4002: 'cleared' })
})

t.test('a call sent to a queue after the answer is in the queue', async t => {
  const queued = callAfter(...answered, then(offer, 'queued', { acdQueue: 'tvp-crime' }))
  t.match(queued, { state: 'queued', acdQueue: 'tvp-crime' })
  t.same(devicesOf(queued), ['4001'])
})

t.test('a switch that only names the next desk is understood: it rings there, then that desk has it', async t => {
  const rings = [...answered, then(offer, 'alerting', { device: '4002' })]
  t.match(callAfter(...rings), { state: 'answered' }, 'the first still talks')
  t.same(legs(callAfter(...rings)), { 4001: 'connected', 4002: 'alerting' })
  const taken = callAfter(...rings, then(offer, 'answered', { device: '4002' }))
  t.same(legs(taken), { 4001: 'cleared', 4002: 'connected' })
})

t.test('the first desk says that it has the call still, and the second stops ringing', async t => {
  const rings = [...answered, then(offer, 'alerting', { device: '4002' })]
  const back = callAfter(...rings, then(offer, 'answered', { device: '4001' }))
  t.same(legs(back), { 4001: 'connected', 4002: 'cleared' })
})

t.test('a held call that another desk answers is held no longer', async t => {
  const moved = callAfter(...answered, then(offer, 'held'), then(offer, 'answered', { device: '4002' }))
  t.equal(moved.state, 'answered')
  t.same(devicesOf(moved), ['4002'])
})

t.test('a desk that rang before the answer and is told of late does not ring again', async t => {
  const ringAll = [
    offer,
    then(offer, 'alerting', { device: '4002' }),
    then(offer, 'answered', { device: '4001' })
  ] as const
  const registry = new CallRegistry()
  for (const event of ringAll) registry.apply(event)
  t.match(registry.apply(then(offer, 'alerting', { device: '4002' })), { kind: 'ignored' })
})

t.test('a call transferred to an outside number stays with the desk that sent it', async t => {
  const out = callAfter(...answered, then(offer, 'transferred'))
  t.same(legs(out), { 4001: 'handing-over' })
})

t.test('a call that rang at a desk, went back to the queue and ended there was abandoned', async t => {
  const queue = aQueueOffer()
  const ended = callAfter(
    queue,
    then(queue, 'alerting', { device: '4001' }),
    then(queue, 'queued'),
    then(queue, 'released', { receivedAt: NOON + 20_000 })
  )
  t.match(ended, { cause: 'abandoned', flags: { abandoned: true } })
})

t.test('who sat at a desk when the call was answered there is kept with the call', async t => {
  const call = callAfter(offer, then(offer, 'answered', { device: '4001', handler: 'tvp-1' }))
  t.match(call.legs, [{ device: '4001', handler: 'tvp-1', answeredAt: NOON + 1_000 }])
})

t.test('sixteen desks that did not answer do not keep the seventeenth from the call', async t => {
  const queue = aQueueOffer()
  const rings = Array.from({ length: 20 }, (_, n) => [
    then(queue, 'alerting', { device: `41${n}` }),
    then(queue, 'queued')
  ]).flat()
  const call = callAfter(queue, ...rings, then(queue, 'answered', { device: '4200' }))
  t.equal(call.legs.length, 16)
  t.same(devicesOf(call), ['4200'])
})

t.test('another service joins and leaves, and the desk keeps the call', async t => {
  const joined = callAfter(...answered, then(offer, 'party-joined', { role: 'ambulance', party: '01632 960111' }))
  t.match(joined, { state: 'answered', legs: [{ device: '4001' }, { role: 'ambulance', party: '01632 960111' }] })
  t.same(devicesOf(joined), ['4001'])
  const left = callAfter(
    ...answered,
    then(offer, 'party-joined', { role: 'ambulance' }),
    then(offer, 'party-left', { role: 'ambulance' })
  )
  t.same(legs(left), { 4001: 'connected', ambulance: 'cleared' })
})

t.test('a party told of twice is one party, and a name told later is its name', async t => {
  const registry = new CallRegistry()
  for (const event of answered) registry.apply(event)
  registry.apply(then(offer, 'party-joined', { role: 'fire' }))
  t.match(registry.apply(then(offer, 'party-joined', { role: 'fire' })), { reason: 'already-in-state' })
  const named = registry.apply(then(offer, 'party-joined', { role: 'fire', party: 'Control' }))
  t.match(named.call?.legs, [{ device: '4001' }, { role: 'fire', party: 'Control' }])
  t.match(registry.apply(then(offer, 'party-left', { role: 'coastguard' })), { reason: 'already-in-state' })
})

t.test('a second desk that joins has the call as well, and stays when the first leaves', async t => {
  const both = [...answered, then(offer, 'party-joined', { role: 'handler', device: '4002', handler: 'tvp-2' })]
  t.same(devicesOf(callAfter(...both)), ['4001', '4002'])
  const left = callAfter(...both, then(offer, 'party-left', { role: 'handler', device: '4001' }))
  t.same(devicesOf(left), ['4002'])
  t.match(left.legs, [{}, { handler: 'tvp-2', answeredAt: NOON + 1_000 }])
})

t.test('the operator who brings the caller is a party before any desk answers, and no desk', async t => {
  const queue = aQueueOffer()
  const call = callAfter(queue, then(queue, 'party-joined', { role: 'operator', party: 'BT Newport' }))
  t.equal(call.state, 'offered')
  t.match(callAfter(queue, then(queue, 'party-joined', { role: 'operator' }), then(queue, 'released')), {
    cause: 'abandoned'
  })
})

t.test('a handler’s own key says that nobody speaks', async t => {
  t.equal(callAfter(...answered, then(offer, 'corrected', { silent: true })).flags.silent, true)
})
