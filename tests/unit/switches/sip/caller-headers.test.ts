import t from 'tap'
import type { TrunkConfig } from '../../../../src/operations/config-schema.ts'
import type { TrunkNumberConfig } from '../../../../src/operations/trunk-number-schema.ts'
import { isSelfCall, readCli, saysNetworkNumber } from '../../../../src/switches/sip/caller-headers.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../../../support/sip-bench.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'

const FROM = '"Ann" <sip:07700900123@x>;tag=f1'
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f1'
const PAI = 'p-asserted-identity'
const MOBILE = '<sip:+447700900123@x>'
const FIXED = '<sip:+441632960001@x>'

const cliOf = (headers: HeadersOf, trunk: Partial<TrunkConfig> = {}, row: Partial<TrunkNumberConfig> = {}) =>
  readCli(makeHead(headers), {
    trunk: { ...EVENT_TRUNK, ...trunk },
    number: { ...EMERGENCY_ROW, ...row },
    ddi: '999',
    isKnownNumber: true
  })

t.test('who asks not to be shown is withheld, by RFC 3323, RFC 3325 or the words exchanges write', async t => {
  const withheld: HeadersOf[] = [
    { from: FROM, [PAI]: MOBILE, privacy: 'id' },
    { from: FROM, [PAI]: MOBILE, privacy: 'user;critical' },
    { from: FROM, [PAI]: MOBILE, privacy: 'Header' },
    { from: FROM, [PAI]: MOBILE, privacy: ['session', 'id'] },
    { from: FROM, [PAI]: MOBILE, privacy: 'history, id' },
    { from: ANONYMOUS, [PAI]: MOBILE },
    { from: '<sip:07700900456@anonymous.invalid>;tag=1', [PAI]: MOBILE },
    { from: '<sip:Restricted@x>;tag=1', [PAI]: MOBILE },
    { from: ANONYMOUS, [PAI]: MOBILE, privacy: 'none' }
  ]
  for (const headers of withheld) {
    t.match(cliOf(headers), { trust: 'withheld', network: { e164: '+447700900123' } }, JSON.stringify(headers))
  }
  t.match(cliOf({ from: ANONYMOUS }), {
    trust: 'withheld',
    network: undefined,
    presentation: undefined,
    name: undefined
  })
  for (const privacy of ['none', 'session', 'critical', 'history', 'identity', '']) {
    t.equal(cliOf({ from: FROM, [PAI]: MOBILE, privacy }).trust, 'asserted', `Privacy: ${privacy}`)
  }
})

t.test('where a network has no number, its words are no number either', async t => {
  for (const from of [
    '<sip:unavailable@unknown.invalid>',
    '<sip:unknown@x>',
    '<sip:unknown.invalid>',
    '<sip:x>',
    '"'
  ]) {
    t.match(cliOf({ from }), { trust: 'unavailable', presentation: undefined }, from)
  }
  t.match(cliOf({ from: FROM, [PAI]: '<sip:anonymous@anonymous.invalid>' }).network, undefined)
  t.match(cliOf({ from: FROM, [PAI]: '<sip:unavailable@x>' }), { trust: 'presentation-only', network: undefined })
})

t.test('tel and sip URIs with a phone-context are read by the country it names', async t => {
  const e164 = '+447700900123'
  for (const identity of [
    '<tel:07700900123;phone-context=+44>',
    '<tel:+44-7700-900123>',
    '<sip:07700900123;phone-context=+44@x;user=phone>',
    '<sip:07700900123;phone-context=%2B44@x>',
    'tel:+447700900123'
  ]) {
    t.match(cliOf({ from: FROM, [PAI]: identity }), { trust: 'asserted', network: { e164 } }, identity)
  }
  t.match(cliOf({ from: '<tel:0199001234;phone-context=+33>' }).presentation, { e164: '+33199001234' })
  t.match(cliOf({ from: '<tel:4001;phone-context=pbx.invalid>' }), {
    trust: 'unavailable',
    presentation: { kind: 'short-code' }
  })
})

t.test('a trunk may have its network number in another header, or vouch for none', async t => {
  const both = { from: FROM, [PAI]: MOBILE, 'p-presented-identity': FIXED, 'x-cli': '01632 960002' }
  t.match(cliOf(both).network, { e164: '+447700900123' })
  t.match(cliOf(both, { networkNumberFrom: ['p-presented-identity', PAI] }).network, { e164: '+441632960001' })
  t.match(cliOf({ from: FROM, [PAI]: MOBILE }, { networkNumberFrom: ['p-presented-identity', PAI] }), {
    trust: 'asserted'
  })
  t.match(cliOf(both, { networkNumberFrom: ['header:X-CLI'] }).network, { raw: '01632 960002', e164: '+441632960002' })
  t.match(cliOf(both, { networkNumberFrom: [] }), { trust: 'presentation-only', network: undefined })
  t.match(cliOf({ from: FROM, 'x-cli': 'nobody' }, { networkNumberFrom: ['header:X-CLI'] }), {
    trust: 'presentation-only'
  })
  const shown = { presentationNumberFrom: ['p-presented-identity', 'from'] }
  t.match(cliOf(both, shown), { trust: 'conflict', name: 'Ann', presentation: { e164: '+441632960001' } })
  t.match(cliOf({ from: FROM, [PAI]: MOBILE }, shown), { trust: 'asserted', presentation: { e164: '+447700900123' } })
  t.ok(saysNetworkNumber(makeHead(both), EVENT_TRUNK))
  t.notOk(saysNetworkNumber(makeHead({ from: FROM }), EVENT_TRUNK))
  t.notOk(saysNetworkNumber(makeHead(both), { ...EVENT_TRUNK, networkNumberFrom: [] }))
})

t.test('Remote-Party-ID counts where the trunk says so, of the caller, and only screened', async t => {
  const trunk = { networkNumberFrom: ['remote-party-id'] }
  const rpid = (params: string) => cliOf({ from: FROM, 'remote-party-id': `"Ann" ${FIXED}${params}` }, trunk)
  t.equal(rpid(';party=calling;screen=yes;privacy=off').trust, 'conflict')
  t.equal(rpid('').trust, 'conflict')
  t.equal(rpid(';party=calling;screen=no').trust, 'presentation-only', 'the caller’s own word')
  t.equal(rpid(';party=called;screen=yes').trust, 'presentation-only', 'of somebody else')
  t.equal(rpid(';screen=yes;privacy=full').trust, 'withheld')
  t.equal(rpid(';screen=yes;privacy=URI').trust, 'withheld')
  t.equal(rpid(';screen=yes;privacy=name').trust, 'conflict')
  t.equal(cliOf({ from: FROM, 'remote-party-id': FIXED }).trust, 'presentation-only', 'on other trunks it is not read')
})

t.test('a payphone is known by category, line information, the words of the network, or the trunk', async t => {
  const identities = [
    '<sip:+441632960001;cpc=payphone@x;user=phone>',
    '<tel:+441632960001;cpc=payphone>',
    '<sip:+441632960001@x;cpc=payphone>',
    '<sip:+441632960001@x>;cpc="payphone"',
    '<sip:+441632960001@x;isup-oli=27>',
    '<sip:+441632960001@x>;oli=70',
    '"Coin line/payphone" <sip:+441632960001@x>'
  ]
  for (const identity of identities) {
    t.match(cliOf({ from: ANONYMOUS, [PAI]: identity }).network, { e164: '+441632960001', kind: 'payphone' }, identity)
  }
  t.match(cliOf({ from: '<tel:+441632960001;cpc=payphone>' }).presentation, { kind: 'payphone' })
  t.match(cliOf({ from: FROM, [PAI]: FIXED }, {}, { payphone: true }).network, { kind: 'payphone' })
  t.match(cliOf({ from: '<sip:Payphone@x>' }), {
    trust: 'unavailable',
    presentation: { raw: 'Payphone', kind: 'payphone' }
  })
  t.match(cliOf({ from: '"Coin line/payphone" <sip:anonymous@anonymous.invalid>' }), {
    trust: 'withheld',
    network: { raw: '', kind: 'payphone' }
  })
  for (const identity of [
    '<sip:+441632960001;cpc=ordinary@x>',
    '<sip:+441632960001@x;isup-oli=270>',
    '<sip:+441632960001@x;cpc=payphone-like>',
    '"a;cpc=payphone" <sip:+441632960001@x>'
  ]) {
    t.match(cliOf({ from: FROM, [PAI]: identity }).network, { kind: 'fixed' }, identity)
  }
})

t.test('a phone that calls itself is no call; whoever reaches a number of ours, or shows one, is', async t => {
  const self = (from: string, over: { to?: string; ddi?: string; pai?: string; isKnown?: boolean } = {}) => {
    const { to = from, ddi = /sip:([^@]*)@/.exec(from)?.[1] ?? '', pai, isKnown = false } = over
    const head = makeHead({ from: `${from};tag=1`, to, ...(pai === undefined ? {} : { [PAI]: pai }) })
    return isSelfCall(head, { trunk: EVENT_TRUNK, number: EMERGENCY_ROW, ddi, isKnownNumber: isKnown })
  }
  t.ok(self('<sip:4001@switch.invalid>'))
  t.ok(self('<sip:4001@switch.invalid>', { pai: '<sip:4001@switch.invalid>' }))
  t.ok(self('<sip:desk-12.a@switch.invalid>'), 'devices have names, too')
  t.notOk(self('<sip:4001@switch.invalid>', { isKnown: true }))
  t.notOk(self('<sip:4001@switch.invalid>', { to: '<sip:4001@other.invalid>' }), 'two people named alike')
  t.notOk(self('<sip:4001@switch.invalid>', { to: '<sip:4002@switch.invalid>' }))
  t.notOk(self('<sip:4001@switch.invalid>', { ddi: '4002' }))
  t.notOk(self('<sip:4001@switch.invalid>', { pai: FIXED }), 'the network says that somebody else calls')
  t.notOk(self('<sip:07700900123@switch.invalid>'), 'anybody can show a number')
  t.notOk(self('<sip:anonymous@anonymous.invalid>'))
  t.notOk(self('<sip:switch.invalid>'))
  t.notOk(self('"'))
})
