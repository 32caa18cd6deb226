import t from 'tap'
import { makeEventId, toSipSwitchCallId } from '../../../../src/call/ids.ts'
import { toReferred } from '../../../../src/switches/sip/refer-to-event.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../../../support/sip-bench.ts'

const context = {
  match: { trunk: EVENT_TRUNK, number: EMERGENCY_ROW, ddi: '999', isKnownNumber: true },
  switchCallId: toSipSwitchCallId('c', 'f'),
  wasHeld: false
}
const read = (...values: string[]) =>
  toReferred(
    {
      ...{ method: 'REFER', uri: '', callId: 'c', fromTag: 'f', body: '', peer: '', receivedAt: 5 },
      header: () => values[0],
      all: () => values
    },
    context,
    () => makeEventId(5)
  )

t.test('a desk that a call was moved to is said twice: moved there, and rings there', async t => {
  for (const referTo of ['<sip:4007@pbx>', 'sip:4007@pbx', '"Desk" <sip:4007@pbx?Replaces=a%3Bto-tag%3Db>']) {
    t.match(read(referTo), [
      { kind: 'transferred', device: '4007', receivedAt: 5 },
      { kind: 'alerting', device: '4007' }
    ])
  }
})

t.test('an outside number, a number callers dial and nobody at all are no desks', async t => {
  for (const referTo of ['<sip:+441632960123@x>', '<tel:01632960123>', '<sip:999@x>', '<sip:pbx>']) {
    const events = read(referTo)
    t.match(events, [{ kind: 'transferred' }], referTo)
    t.notOk(events?.some(event => event.device !== undefined))
  }
})

t.test('one place, that can be read', async t => {
  t.equal(read(), undefined)
  t.equal(read('whoever'), undefined)
  t.equal(read('<sip:1@x>', '<sip:2@x>'), undefined)
})
