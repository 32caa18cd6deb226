import t from 'tap'
import { applyEvent, makeCall } from '../../../src/call/apply-event.ts'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { CallId, EventId, SwitchCallId } from '../../../src/call/ids.ts'
import { hasSentLocation, sentLocationAfter, sentLocationIn } from '../../../src/call/sent-location.ts'
import { anOffer } from '../../support/call-events.ts'

const SENT = { locationDocument: '<p/>', locationReference: 'https://lis.invalid/1', vehicleData: 'AQ==' } as const

t.test('what was sent of the place goes from the offer into the call, all of it and nothing else', async t => {
  const call = makeCall(anOffer({ ...SENT, locationFault: 'missing-part' }), 'c' as CallId)
  t.same(sentLocationIn(call), { ...SENT, locationFault: 'missing-part' })
  t.same(sentLocationIn(makeCall(anOffer(), 'c' as CallId)), {})
  t.notOk(hasSentLocation(anOffer()))
  t.ok(hasSentLocation({ vehicleData: 'AQ==' }))
})

t.test('a new place is instead of the old one, whatever form each had; a vehicle stays the same vehicle', async t => {
  const call = makeCall(anOffer(SENT), 'c' as CallId)
  const correct = (over: object) => {
    const { trunk, force, switchCallId, receivedAt } = anOffer()
    const event = { kind: 'corrected' as const, eventId: 'e' as EventId, trunk, force, switchCallId, receivedAt }
    const applied = applyEvent(call, { ...event, ...over })
    return applied.kind === 'changed' ? sentLocationIn(applied.call) : applied.reason
  }
  t.same(correct({ locationReference: 'https://lis.invalid/2' }), {
    ...{ locationReference: 'https://lis.invalid/2', vehicleData: 'AQ==' }
  })
  t.same(correct({ locationFault: 'too-large' }), { locationFault: 'too-large', vehicleData: 'AQ==' })
  t.same(correct({ vehicleData: 'Ag==' }), { ...SENT, vehicleData: 'Ag==' })
  t.equal(correct({}), 'already-in-state')
})

t.test('of two switches that report a call, the first that says a place is believed', async t => {
  t.same(sentLocationAfter({}, SENT), SENT)
  t.same(sentLocationAfter(SENT, {}), SENT)
  const registry = new CallRegistry()
  const first = anOffer({ locationReference: 'https://lis.invalid/1' })
  const other = { trunk: 'demo-ring', switchCallId: 'another' as SwitchCallId, eventId: 'e2' as EventId }
  registry.apply(first)
  const joined = registry.apply(anOffer({ ...other, locationDocument: '<p/>', vehicleData: 'AQ==' }))
  t.match(joined, { kind: 'changed', call: { switchCallIds: { length: 2 } } })
  t.same(joined.kind === 'changed' ? sentLocationIn(joined.call) : joined, {
    ...{ locationReference: 'https://lis.invalid/1', vehicleData: 'AQ==' }
  })
})
