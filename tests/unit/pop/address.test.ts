import t from 'tap'
import type { SignOn } from '../../../src/pop/address.ts'
import { address, isEntitled } from '../../../src/pop/address.ts'
import { anOffer, aQueueOffer, callAfter, then } from '../../support/call-events.ts'

const handler = (name: string, over: Partial<SignOn> = {}): SignOn => ({
  handler: name,
  name,
  force: 'tvp',
  role: 'handler',
  grants: [],
  lines: ['999', '101'],
  acdQueues: [],
  position: `p-${name}`,
  devices: [`d-${name}`],
  ...over
})
const [ann, bea] = [handler('ann', { devices: ['4001', '4101'] }), handler('bea', { devices: ['4002'] })]
const to = (...args: Parameters<typeof address>) => Object.fromEntries(address(...args))

t.test('a call at a desk is its handler’s alone', async t => {
  t.same(to(callAfter(anOffer({ device: '4101' })), [ann, bea]), { ann: 'device' })
})

t.test('a call at two desks is both handlers’', async t => {
  const offer = anOffer({ device: '4001' })
  t.same(to(callAfter(offer, then(offer, 'alerting', { device: '4002' })), [ann, bea]), {
    ann: 'device',
    bea: 'device'
  })
})

t.test('a call at no desk is offered to all of its line', async t => {
  t.same(to(callAfter(aQueueOffer()), [ann, bea]), { ann: 'queue', bea: 'queue' })
})

t.test(
  'a call at a desk where nobody is signed on is offered to the line, because nobody would see it else',
  async t => {
    t.same(to(callAfter(anOffer({ device: '4999' })), [ann, bea]), { ann: 'queue', bea: 'queue' })
  }
)

t.test('a call at the desk of somebody who may not see it is not theirs', async t => {
  const other = handler('oth', { force: 'hants', devices: ['4001'] })
  t.same(to(callAfter(anOffer({ device: '4001' })), [other, bea]), { bea: 'queue' })
})

t.test('who took the call keeps it, wherever it rings; the desk it rings at has it too', async t => {
  const call = callAfter(anOffer({ device: '4002' }))
  t.same(to(call, [ann, bea], 'ann'), { ann: 'device', bea: 'rings' })
  t.same(to(callAfter(aQueueOffer()), [ann, bea], 'ann'), { ann: 'device' })
})

t.test('nobody signed on: nobody', async t => {
  t.same(to(callAfter(anOffer()), []), {})
})

t.test('force and line together: own or granted force, own line or queue', async t => {
  const call = callAfter(anOffer({ line: '101', acdQueue: 'q1' }))
  const may = (over: Partial<SignOn>) => isEntitled(call, handler('x', over))
  t.equal(may({}), true)
  t.equal(may({ force: 'hants' }), false)
  t.equal(may({ force: 'hants', grants: ['tvp'] }), true)
  t.equal(may({ lines: ['999'] }), false)
  t.equal(may({ lines: [], acdQueues: ['q1'] }), true)
  t.equal(may({ lines: [], acdQueues: ['q2'] }), false)
  t.equal(isEntitled(callAfter(aQueueOffer({ line: 'x' })), handler('x', { acdQueues: ['q1'] })), false)
})
