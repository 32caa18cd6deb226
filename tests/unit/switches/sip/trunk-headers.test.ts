import t from 'tap'
import type { TrunkConfig } from '../../../../src/operations/config-schema.ts'
import { stateOf } from '../../../../src/switches/sip/trunk-headers.ts'
import { TrunkTable } from '../../../../src/switches/sip/trunk-table.ts'
import { EVENT_TRUNK, RING_TRUNK } from '../../../support/sip-bench.ts'
import { makeHead } from '../../../support/sip-head.ts'

const head = (headers: Record<string, string>, uri = 'sip:101@x') => makeHead(headers, { uri })
const TRUNK: TrunkConfig = {
  ...EVENT_TRUNK,
  headers: [
    { header: 'X-Service', sets: 'line', values: { EMER: '999', 'non emer': '101' } },
    { header: 'X-Service', sets: 'route', values: { EMER: 'secondary' } },
    { header: 'X-Force', sets: 'force', values: { H: 'hants' } },
    { header: 'X-Home', sets: 'homeForce', values: { T: 'tvp' } },
    { header: 'X-Queue', sets: 'acdQueue' },
    { header: 'X-Menu', sets: 'ivrPath' },
    { header: 'X-55', sets: 'silent' },
    { header: 'X-Coin', sets: 'payphone' },
    { header: 'X-Test', sets: 'test', values: { probe: 'yes' } },
    { header: 'X-Mode', sets: 'access', values: { tty: 'relay' } },
    { header: 'X-Status', sets: 'state', values: { RNG: 'alerting' } }
  ]
}
const rowOf = (headers: Record<string, string>, uri?: string, trunk = TRUNK) =>
  new TrunkTable([trunk]).match(head(headers, uri))?.number

t.test('a header of the switch says line, route, force and queue above the number’s own row', async t => {
  t.match(rowOf({}), { line: '101', force: 'tvp', route: 'primary', acdQueue: 'tvp-101' })
  t.match(rowOf({ 'x-service': 'emer', 'x-force': 'H', 'x-queue': 'Q 7' }), {
    line: '999',
    route: 'secondary',
    force: 'hants',
    homeForce: 'hants',
    acdQueue: 'Q 7'
  })
  t.match(rowOf({ 'x-force': 'H', 'x-home': 't' }), { force: 'hants', homeForce: 'tvp' })
  t.match(
    rowOf({ 'x-service': 'something else' }),
    { line: '101', route: 'primary' },
    'an unknown word decides nothing'
  )
})

t.test('what the caller chose, a caller who cannot speak, a test, another access', async t => {
  t.match(rowOf({ 'x-menu': '1>2>domestic', 'x-55': 'TRUE', 'x-test': 'probe', 'x-mode': 'TTY' }), {
    ivrPath: '1>2>domestic',
    silent: true,
    test: true,
    access: 'relay'
  })
  t.match(rowOf({ 'x-55': '0', 'x-test': 'no' }), { silent: false, test: undefined })
  t.match(rowOf({ 'x-coin': 'Yes' }), { payphone: true })
  t.equal(rowOf({})?.payphone, undefined)
})

t.test('access and state are read without a row, and a row of the trunk goes before', async t => {
  for (const access of ['relay', 'sms', 'bsl', 'ecall'] as const) {
    t.match(rowOf({ 'x-access': ` ${access.toUpperCase()} ` }, undefined, EVENT_TRUNK), { access })
  }
  t.equal(rowOf({ 'x-access': 'telepathy' }, undefined, EVENT_TRUNK)?.access, undefined)
  t.equal(stateOf(head({ 'x-call-state': 'Queued' }), TRUNK), 'queued')
  t.equal(stateOf(head({ 'x-call-state': 'queued', 'x-status': 'rng' }), TRUNK), 'alerting')
  t.equal(stateOf(head({ 'x-call-state': 'on fire' }), TRUNK), undefined)
})

t.test('urn:service:sos is a 999 call, with a row of its own or without', async t => {
  const match = (uri: string, ...trunks: TrunkConfig[]) => new TrunkTable(trunks).match(head({}, uri))
  const [row] = EVENT_TRUNK.numbers
  if (row === undefined) throw new Error('the trunk has no number')
  const sos = { ...row, number: 'urn:service:sos', route: 'secondary' as const }
  const own = { ...EVENT_TRUNK, numbers: [...EVENT_TRUNK.numbers, sos] }
  t.match(match('urn:service:sos.police', own), {
    ddi: 'urn:service:sos',
    isKnownNumber: true,
    number: { route: 'secondary' }
  })
  t.match(match('urn:service:sos.police', EVENT_TRUNK), {
    ddi: 'urn:service:sos.police',
    isKnownNumber: true,
    number: { line: '999' }
  })
  const ring = { ...RING_TRUNK, peers: EVENT_TRUNK.peers }
  t.match(
    match('urn:service:sos', EVENT_TRUNK, ring),
    { trunk: { id: 'ring-switch' } },
    'no 200 into what may be a fork'
  )
  const only101 = { ...EVENT_TRUNK, numbers: EVENT_TRUNK.numbers.filter(({ line }) => line === '101') }
  t.match(match('urn:service:sos', only101), { isKnownNumber: false })
})
