import t from 'tap'
import type { TrunkConfig } from '../../../../src/operations/config-schema.ts'
import { deviceOf, hasPeer, TrunkTable, toAddress } from '../../../../src/switches/sip/trunk-table.ts'
import { EVENT_TRUNK, RING_TRUNK } from '../../../support/sip-bench.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'

const head = (uri: string, headers: HeadersOf = {}, peer = '192.0.2.1') => makeHead(headers, { uri, peer })
const numbers = (...digits: string[]): TrunkConfig['numbers'] =>
  digits.map(number => ({ number, line: '999', force: 'tvp', route: 'primary' }))

t.test('the number the caller reached is looked for where the trunk says, in that order', async t => {
  const trunk = {
    ...EVENT_TRUNK,
    ddiFrom: ['header:X-Called', 'history-info', 'to', 'request-uri'],
    numbers: numbers('1', '2', '3', '4')
  }
  const table = new TrunkTable([trunk])
  const everywhere = {
    'x-called': '1',
    'history-info': ['<sip:9@x>;index=1, <sip:2@x?Reason=SIP%3Bcause%3D302>;index=1.1'],
    to: '<sip:3@x>'
  }
  const { 'x-called': _, ...noHeader } = everywhere
  t.match(table.match(head('sip:4@x', everywhere)), { ddi: '1', isKnownNumber: true })
  t.match(table.match(head('sip:4@x', noHeader)), { ddi: '2' })
  t.match(table.match(head('sip:4@x', { to: '<sip:3@x>' })), { ddi: '3' })
  t.match(table.match(head('sip:4@x', { to: '<sip:8@x>' })), { ddi: '4' })
  t.match(table.match(head('sip:4@x', { 'x-called': '<tel:1>' })), { ddi: '1' })
})

t.test('two trunks of one border controller are told apart by the number', async t => {
  const two = { ...EVENT_TRUNK, id: 'two', numbers: numbers('2') }
  const table = new TrunkTable([{ ...EVENT_TRUNK, numbers: numbers('1') }, two])
  t.match(table.match(head('sip:1@x')), { trunk: { id: 'event-switch' } })
  t.match(table.match(head('sip:2@x')), { trunk: { id: 'two' } })
})

t.test('a number in no table falls on a ring-leg trunk of the peer, else on its first', async t => {
  const ring = { ...RING_TRUNK, peers: ['192.0.2.1'], numbers: numbers('7') }
  t.match(new TrunkTable([EVENT_TRUNK, ring]).match(head('sip:5@x')), {
    trunk: { id: 'ring-switch' },
    ddi: '5',
    isKnownNumber: false
  })
  t.match(new TrunkTable([EVENT_TRUNK]).match(head('sip:5@x')), {
    trunk: { id: 'event-switch' },
    number: { number: '999' }
  })
})

t.test('a branch of a fork is a ring leg even where its To is a number of an event-leg trunk', async t => {
  const ring = { ...RING_TRUNK, peers: ['192.0.2.1'], numbers: numbers('7') }
  const table = new TrunkTable([EVENT_TRUNK, ring])
  t.match(table.match(head('sip:7@x', { to: '<sip:101@x>' })), { trunk: { mode: 'ring-leg' }, ddi: '7' })
  t.match(table.match(head('sip:101@x', { to: '<sip:101@x>' })), { trunk: { mode: 'event-leg' }, ddi: '101' })
})

t.test('who is of no trunk is nobody', async t => {
  const table = new TrunkTable([EVENT_TRUNK])
  t.equal(table.isPeer('192.0.2.99'), false)
  t.equal(table.match(head('sip:999@x', {}, '192.0.2.99')), undefined)
})

t.test('one peer however its address is spelt', async t => {
  const trunk = { ...EVENT_TRUNK, peers: ['2001:DB8:0:0::1', '192.0.2.1'] }
  const table = new TrunkTable([trunk])
  t.equal(table.isPeer('2001:db8::1'), true)
  t.equal(table.isPeer('::ffff:192.0.2.1'), true)
  t.equal(hasPeer(trunk, '2001:0db8::0001'), true)
  t.equal(toAddress('fe80::1%eth0'), 'fe80::1%eth0')
  t.equal(toAddress('sbc.invalid'), 'sbc.invalid')
})

t.test('the desk is the first place that names one, cut to what a desk’s name may be', async t => {
  const trunk = { ...EVENT_TRUNK, deviceFrom: ['header:X-Device', 'to', 'request-uri'] }
  t.equal(deviceOf(head('sip:3@x', { 'x-device': ' 4001 ', to: '<sip:2@x>' }), trunk), '4001')
  t.equal(deviceOf(head('sip:3@x', { 'x-device': '"Desk" <sip:4001@x>' }), trunk), '4001')
  t.equal(deviceOf(head('sip:3@x', { 'x-device': '', to: '<sip:2@x>' }), trunk), '2')
  t.equal(deviceOf(head('sip:3@x'), trunk), '3')
  t.equal(deviceOf(head('sip:x'), { ...trunk, deviceFrom: ['header:X-Device'] }), undefined)
  t.equal(deviceOf(head('sip:x', { 'x-device': '4'.repeat(100) }), trunk)?.length, 64)
})

t.test('a number that callers dial is no desk, wherever it stands', async t => {
  const trunk = { ...EVENT_TRUNK, deviceFrom: ['to', 'request-uri'] }
  t.equal(deviceOf(head('sip:4001@x', { to: '<sip:999@x>' }), trunk), '4001')
  t.equal(deviceOf(head('sip:999@x', { to: '<sip:101@x>' }), trunk), undefined)
})
