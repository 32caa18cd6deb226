import t from 'tap'
import { isMarkedEmergency, mayBeEmergency } from '../../../../src/switches/sip/emergency.ts'
import type { SipHead } from '../../../../src/switches/sip/sip-head.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../../../support/sip-bench.ts'

const ordinaryRow = { ...EMERGENCY_ROW, number: '101', line: '101' }
const match = { trunk: EVENT_TRUNK, number: ordinaryRow, ddi: '101', isKnownNumber: true }

t.test('a 999 line is one, a 101 line that the table knows is none', async t => {
  t.equal(mayBeEmergency({ ...match, number: EMERGENCY_ROW, ddi: '999' }), true)
  t.equal(mayBeEmergency(match), false)
})

t.test('a number nobody knows may be one wherever the trunk carries 999', async t => {
  const unknown = { ...match, ddi: '01632960555', isKnownNumber: false }
  t.equal(mayBeEmergency(unknown), true)
  const ordinary = { ...EVENT_TRUNK, numbers: [ordinaryRow] }
  t.equal(mayBeEmergency({ ...unknown, trunk: ordinary }), false)
  const headers = [{ header: 'X-Line', sets: 'line' as const, values: { E: '999', N: '101' } }]
  t.equal(mayBeEmergency({ ...unknown, trunk: { ...ordinary, headers } }), true, 'or where a header may say so')
})

t.test('the network’s own mark of an emergency call, among other priorities', async t => {
  const head = (...values: string[]) => ({ all: () => values }) as unknown as SipHead
  for (const value of ['esnet.0', 'ESNET.4', 'wps.1, esnet.2', 'wps.1,esnet.2'])
    t.ok(isMarkedEmergency(head(value)), value)
  t.ok(isMarkedEmergency(head('wps.1', 'esnet.0')))
  for (const value of ['wps.0', 'notesnet.0', 'esnet', '']) t.notOk(isMarkedEmergency(head(value)), value)
  t.notOk(isMarkedEmergency(head()))
})
