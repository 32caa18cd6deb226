import t from 'tap'
import { readDialogMemory, toDialogMemory } from '../../../../../src/switches/sip/embedded/dialog-memory.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../../../../support/sip-bench.ts'

const head = {
  callId: 'c',
  fromTag: 'f',
  method: 'INVITE',
  uri: '',
  header: () => undefined,
  all: () => [],
  body: '',
  peer: '',
  receivedAt: 0
}
const match = { trunk: EVENT_TRUNK, number: EMERGENCY_ROW, ddi: '999', isKnownNumber: true }

t.test('what was written of a dialog is read again, through JSON', async t => {
  const stored = toDialogMemory(head, { match, toTag: 't', wasHeld: true })
  t.same(readDialogMemory(JSON.parse(JSON.stringify(stored))), {
    switchCallId: 'c;f',
    toTag: 't',
    trunk: 'event-switch',
    ddi: '999',
    wasHeld: true
  })
})

t.test('what another driver or an older version wrote is left alone', async t => {
  const whole = toDialogMemory(head, { match, toTag: 't', wasHeld: false })
  t.equal(readDialogMemory({}), undefined)
  for (const name of ['callId', 'fromTag', 'toTag', 'trunk', 'ddi']) {
    t.equal(readDialogMemory({ ...whole, [name]: 7 }), undefined, name)
  }
  t.match(readDialogMemory({ ...whole, wasHeld: 'yes' }), { wasHeld: false })
})
