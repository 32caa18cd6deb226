import t from 'tap'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import { makeWhoseCall } from '../../../src/wiring/whose-call.ts'
import { anOffer } from '../../support/call-events.ts'

function makeRoom({ hasOthers = true, isRecordBehind = false } = {}) {
  const registry = new CallRegistry()
  const offer = anOffer()
  const result = registry.apply(offer)
  if (result.kind !== 'changed') throw new Error('unreachable')
  const whoseCall = makeWhoseCall({ registry, hasOthers: () => hasOthers, isRecordBehind: () => isRecordBehind })
  return { registry, call: result.call, whose: () => whoseCall(offer) }
}

t.test('a call that another gateway takes over is elsewhere, and shared when it comes back', async t => {
  const { registry, call, whose } = makeRoom()
  t.equal(whose(), 'ours')
  registry.handOver(call.callId, 2)
  t.equal(whose(), 'elsewhere')
  registry.adopt({ ...call, generation: 3 })
  t.equal(whose(), 'shared')
})

t.test('while a gateway may keep calls that the record does not know, none is surely ours', async t => {
  t.equal(makeRoom({ isRecordBehind: true }).whose(), 'shared')
  t.equal(makeRoom({ hasOthers: false, isRecordBehind: true }).whose(), 'shared')
})

t.test('the only gateway has every call, after a restart as well', async t => {
  const { registry, call, whose } = makeRoom({ hasOthers: false })
  registry.adopt({ ...call, generation: 2 })
  t.equal(whose(), 'ours')
})
