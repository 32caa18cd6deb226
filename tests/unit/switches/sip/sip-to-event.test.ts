import t from 'tap'
import { makeEventId } from '../../../../src/call/ids.ts'
import type { SipHead } from '../../../../src/switches/sip/sip-head.ts'
import { toText } from '../../../../src/switches/sip/sip-head.ts'
import { toCancelled, toLaterEvents, toOffered, toReleased } from '../../../../src/switches/sip/sip-to-event.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../../../support/sip-bench.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'
import { OFFER } from '../../../support/sip-text.ts'

const row = EMERGENCY_ROW
const match = { trunk: EVENT_TRUNK, number: row, ddi: '999', isKnownNumber: true } as const
const ID = makeEventId(1)
const offered = (headers: HeadersOf, over: Partial<SipHead> = {}) =>
  toOffered(makeHead(headers, over), match, ID, { a: 1 })
const FROM = '"Ann" <sip:07700900123@x>;tag=f1'

t.test('an INVITE says line, force, queue, number and who vouches for it', async t => {
  t.match(offered({ from: FROM, 'p-asserted-identity': '<sip:+447700900123@x>', 'x-device': '4001' }), {
    kind: 'offered',
    eventId: ID,
    trunk: 'event-switch',
    force: 'tvp',
    homeForce: 'tvp',
    switchCallId: 'c1;f1',
    receivedAt: 1_000,
    device: '4001',
    line: '999',
    route: 'primary',
    access: 'voice',
    direction: 'in',
    ddi: '999',
    acdQueue: 'tvp-999',
    dialog: { a: 1 },
    cli: { trust: 'asserted', name: 'Ann', network: { e164: '+447700900123' } }
  })
})

t.test('what the number is worth, in each shape real switches send it', async t => {
  const PAI = 'p-asserted-identity'
  const cases: [string, HeadersOf, object][] = [
    ['From alone', { from: FROM }, { trust: 'presentation-only' }],
    ['the two differ', { from: FROM, [PAI]: '<tel:+441632960001>' }, { trust: 'conflict' }],
    [
      'anonymous, but the network knows',
      { from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', [PAI]: '<tel:+441632960001>', privacy: 'id' },
      { trust: 'withheld', network: { e164: '+441632960001' }, presentation: undefined, name: undefined }
    ],
    ['anonymous without Privacy', { from: '<sip:anonymous@x>;tag=1' }, { trust: 'withheld' }],
    ['Privacy: none', { from: FROM, privacy: 'none' }, { trust: 'presentation-only' }],
    ['Privacy among others', { from: FROM, privacy: 'header;ID;critical' }, { trust: 'withheld' }],
    ['no user part', { from: '<sip:sbc.invalid>;tag=1' }, { trust: 'unavailable' }],
    ['a word for a number', { from: '<sip:unavailable@unknown.invalid>' }, { trust: 'unavailable' }],
    [
      'sip and tel of one caller',
      { from: FROM, [PAI]: ['<sip:07700900123@x>', '<tel:+447700900123>'] },
      { network: { raw: '+447700900123' } }
    ],
    [
      'both in one header',
      { from: FROM, [PAI]: '"Fox, Ann" <sip:07700900123@x>, <tel:+447700900123>' },
      { network: { raw: '+447700900123' } }
    ],
    [
      'a name cut inside its quotes',
      { from: FROM, [PAI]: '"Fox, Ann <sip:+447700900123@x>' },
      { trust: 'asserted', network: { raw: '+447700900123' } }
    ],
    [
      'phone-context',
      { from: FROM, [PAI]: '<tel:07700900123;phone-context=+44>' },
      { network: { e164: '+447700900123' } }
    ],
    ['no From that can be read', { from: '"' }, { trust: 'unavailable' }]
  ]
  for (const [what, headers, cli] of cases) t.match(offered(headers).cli, cli, what)
})

t.test(
  'the network’s fix comes along, alone or in parts, and not when it is larger than any network sends',
  async t => {
    const pidf = (content: string, type = 'application/pidf+xml') =>
      offered({ from: FROM, 'content-type': type }, { body: content }).locationDocument
    t.equal(pidf('<presence/>'), '<presence/>')
    t.equal(
      pidf('--b\r\nContent-Type: application/pidf+xml\r\n\r\n<p/>\r\n--b--', 'multipart/mixed;boundary=b'),
      '<p/>'
    )
    t.equal(pidf('<p>\u00c3\u00a9</p>'), '<p>é</p>', 'its bytes are UTF-8')
    t.equal(pidf(`<p>${'x'.repeat(17_000)}</p>`), undefined)
  }
)

t.test('who helps a buddy force sees whose caller it is', async t => {
  const buddy = { ...match, number: { ...row, homeForce: 'hants', route: 'buddy' as const } }
  t.match(toOffered(makeHead({ from: FROM }), buddy, ID, {}), { force: 'tvp', homeForce: 'hants', route: 'buddy' })
})

t.test('later requests: what the switch says of the call comes before what we would guess', async t => {
  const context = { match, switchCallId: offered({ from: FROM }).switchCallId, wasHeld: false }
  const later = (headers: HeadersOf, over: Partial<SipHead> = {}, wasHeld = false) =>
    toLaterEvents(
      makeHead({ from: FROM, ...headers }, { method: 'INFO', ...over }),
      { ...context, wasHeld },
      () => ID
    ).map(event => `${event.kind}${event.device === undefined ? '' : `@${event.device}`}`)
  const sdp = { 'content-type': 'application/sdp' }
  const hold = OFFER.replace('a=rtpmap', 'a=inactive\r\na=rtpmap')
  t.same(later({}), [])
  t.same(later({ 'x-call-state': 'Queued' }), ['queued'])
  t.same(later({ 'x-call-state': 'answered', 'x-device': '4001' }), ['answered@4001'])
  t.same(later({ 'x-call-state': 'on fire', 'x-device': '4001' }), ['alerting@4001'])
  t.same(later(sdp, { body: hold }), ['held'])
  t.same(later(sdp, { body: hold }, true), [], 'no change')
  t.same(later(sdp, { body: OFFER }, true), ['retrieved'])
  t.same(later({ ...sdp, 'x-call-state': 'held' }, { body: hold }), ['held'], 'once')
  t.same(later({ 'p-asserted-identity': '<tel:+441632960001>', 'x-device': '4001' }), [
    'alerting@4001',
    'corrected@4001'
  ])
  t.same(later({ 'p-asserted-identity': '<tel:+441632960001>' }, { method: 'INVITE' }), [], 'a refresh repeats it')
})

t.test(
  'that a caller does not speak is said by the trunk’s header, at the start or later, and never taken back',
  async t => {
    const header = { header: 'X-55', sets: 'silent' as const, values: { '55': 'yes', speaks: 'no' } }
    const trunk = { ...EVENT_TRUNK, headers: [header] }
    const context = { match: { ...match, trunk }, switchCallId: offered({ from: FROM }).switchCallId, wasHeld: false }
    const later = (value: string, method = 'INFO') =>
      toLaterEvents(makeHead({ from: FROM, 'x-55': value }, { method }), context, () => ID)
    t.match(later('55'), [{ kind: 'corrected', silent: true, cli: undefined }])
    t.match(later('55', 'UPDATE'), [{ kind: 'corrected', silent: true }])
    t.same(later('speaks'), [], 'the handler may have said that nobody does')
    t.same(later('55', 'INVITE'), [], 'a refresh repeats it')
  }
)

t.test('the end of a call, hung up or cancelled', async t => {
  const context = { match, switchCallId: offered({ from: FROM }).switchCallId, wasHeld: false }
  t.match(toReleased(makeHead({ from: FROM }), context, ID), {
    kind: 'released',
    cause: 'ended',
    switchCallId: 'c1;f1'
  })
  t.match(toCancelled(makeHead({ from: FROM }), context, ID), { cause: 'no-outcome' })
  t.match(toCancelled(makeHead({ reason: 'nonsense' }), context, ID), { cause: 'abandoned' })
  t.match(toCancelled(makeHead({ reason: 'SIP;cause=600' }), context, ID), { cause: 'abandoned' })
  t.match(toCancelled(makeHead({ reason: ['Q.850;cause=16', 'SIP;cause=200'] }), context, ID), {
    cause: 'answered-elsewhere'
  })
})

t.test('text is UTF-8 where it is, else Latin-1', async t => {
  t.equal(toText('plain'), 'plain')
  t.equal(toText('\u00c3\u00a9'), 'é')
  t.equal(toText('\u00e9'), 'é')
})
