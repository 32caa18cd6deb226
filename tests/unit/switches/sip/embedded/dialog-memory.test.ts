import t from 'tap'
import { toSipSwitchCallId } from '../../../../../src/call/ids.ts'
import { readDialogMemory, toDialogMemory } from '../../../../../src/switches/sip/embedded/dialog-memory.ts'
import type { SipLeg } from '../../../../../src/switches/sip/embedded/sip-leg.ts'
import { EMERGENCY_ROW, EVENT_TRUNK, RING_TRUNK } from '../../../../support/sip-bench.ts'

const leg: SipLeg = {
  match: { trunk: EVENT_TRUNK, number: EMERGENCY_ROW, ddi: '999', isKnownNumber: true },
  switchCallId: toSipSwitchCallId('c', 'f'),
  callId: 'c',
  fromTag: 'f',
  toTag: 't',
  since: 0,
  state: 'up',
  wasHeld: true,
  cseq: 7,
  ownCseq: 0,
  isRecording: true,
  target: {
    uri: 'sip:switch@192.0.2.1:5060',
    routes: ['<sip:p1;lr>'],
    from: '<sip:07700900123@x>;tag=f',
    to: '<sip:999@x>'
  },
  timer: { seconds: 1_800, endsAt: 1 }
}
const again = (stored: unknown) => readDialogMemory(JSON.parse(JSON.stringify(stored)))

t.test('what was written of a dialog is read again, through JSON', async t => {
  t.same(again(toDialogMemory(leg)), {
    callId: 'c',
    fromTag: 'f',
    switchCallId: 'c;f',
    toTag: 't',
    trunk: 'event-switch',
    ddi: '999',
    wasHeld: true,
    cseq: 7,
    isRecording: true,
    target: { uri: 'sip:switch@192.0.2.1:5060', routes: ['<sip:p1;lr>'] },
    sessionSeconds: 1_800
  })
})

t.test('the caller’s number is left out, where a switch writes it into its own address too', async t => {
  const written = toDialogMemory({ ...leg, target: { uri: 'sip:+447700900123@192.0.2.1;x=y', routes: [] } })
  t.match(again(written)?.target, { uri: 'sip:192.0.2.1;x=y' })
  t.notMatch(JSON.stringify(toDialogMemory(leg)), '7700900123')
})

t.test('of a ring leg there is nothing by which it could be ended', async t => {
  t.equal(again(toDialogMemory({ ...leg, match: { ...leg.match, trunk: RING_TRUNK } }))?.target, undefined)
})

t.test('what another driver or an older version wrote is left alone', async t => {
  const { target, timer, ...bare } = leg
  const whole = toDialogMemory(bare)
  t.equal(readDialogMemory({}), undefined)
  for (const name of ['callId', 'fromTag', 'toTag', 'trunk', 'ddi']) {
    t.equal(readDialogMemory({ ...whole, [name]: 7 }), undefined, name)
  }
  const { cseq, ...older } = whole
  const read = readDialogMemory({ ...older, wasHeld: 'yes', isRecording: 1, sessionSeconds: '9' })
  t.match(read, { wasHeld: false, isRecording: false, cseq: 0 })
  t.notOk(read !== undefined && ('target' in read || 'sessionSeconds' in read))
  for (const odd of [7, null, { uri: 1, routes: [] }, { uri: 'sip:x', routes: 'y' }]) {
    t.equal(readDialogMemory({ ...whole, target: odd })?.target, undefined)
  }
  t.same(readDialogMemory({ ...whole, target: { uri: 'sip:x', routes: [1, 'y'] } })?.target?.routes, ['y'])
})
