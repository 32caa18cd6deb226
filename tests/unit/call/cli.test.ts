import t from 'tap'
import { cleanText, formatNumber, toCli, toNumber } from '../../../src/call/cli.ts'

t.test('numbers as switches write them', async t => {
  const mobile = { e164: '+447700900123', kind: 'mobile' } as const
  const fixed = { e164: '+441632960123', kind: 'fixed' } as const
  const cases: [string, object][] = [
    ['07700900123', mobile],
    ['+447700900123', mobile],
    ['00447700900123', mobile],
    ['447700900123', mobile],
    ['44 0 7700 900123', mobile],
    ['+44 (0)7700 900123', mobile],
    ['+4407700900123', mobile],
    ['0044 (0)7700-900.123', mobile],
    ['7700900123', mobile],
    ['01632 960123', fixed],
    ['(01632) 960123', fixed],
    ['1632960123', fixed],
    ['441632960123', fixed],
    ['020 7946 0123', { e164: '+442079460123', kind: 'fixed', area: 'London' }],
    ['+33199001234', { e164: '+33199001234', kind: 'fixed', area: 'France' }],
    ['0033199001234', { e164: '+33199001234', kind: 'fixed', area: 'France' }],
    ['09098790123', { e164: '+449098790123', kind: 'premium' }],
    ['08081570123', { e164: '+448081570123', kind: 'non-geographic' }],
    ['4001', { e164: undefined, kind: 'short-code' }],
    ['999', { e164: undefined, kind: 'short-code' }],
    ['116123', { e164: undefined, kind: 'short-code' }],
    ['12', { e164: undefined, kind: 'none' }],
    ['9601234', { e164: undefined, kind: 'none' }],
    ['+', { e164: undefined, kind: 'none' }],
    ['', { e164: undefined, kind: 'none' }],
    ['anonymous', { e164: undefined, kind: 'none' }],
    ['+447700900123;ext=4', { e164: undefined, kind: 'none' }],
    ['1'.repeat(40), { e164: undefined, kind: 'none' }]
  ]
  for (const [raw, is] of cases) t.match(toNumber(raw), { ...is, raw: raw.slice(0, 64) }, raw)
})

t.test(
  'a network’s stand-in number is nobody’s, in whatever form: no E.164, so that nobody is looked up by it',
  async t => {
    for (const raw of [
      '08979012345',
      '+448979012345',
      '448979012345',
      '00448979 012345',
      '0044 (0)8979-012345',
      '8979012345',
      '08979'
    ])
      t.same(toNumber(raw), { raw, kind: 'generic' }, raw)
    t.equal(
      toCli({ network: '08979012345', presentation: '07700900123', isWithheld: false }).trust,
      'presentation-only'
    )
    t.equal(toCli({ network: '08979012345', isWithheld: false }).trust, 'unavailable')
    t.match(toNumber('01632 960897'), { kind: 'fixed' }, 'the digits elsewhere mean nothing')
  }
)

t.test('a phone-context says by whose plan a number is read, and is never put before it', async t => {
  const cases: [string, string, object][] = [
    ['07700900123', '+44', { e164: '+447700900123' }],
    ['1632960123', '+44', { e164: '+441632960123' }],
    ['0199001234', '+33', { e164: '+33199001234', area: 'France' }],
    ['+447700900123', '+33', { e164: '+447700900123' }],
    ['960123', '+441632', { e164: undefined, kind: 'short-code' }],
    ['01632960123', '+441632', { e164: '+441632960123' }],
    ['4001', 'pbx.force.invalid', { e164: undefined, kind: 'short-code' }],
    ['01632960123', 'pbx.force.invalid', { e164: '+441632960123' }],
    ['2025550123', 'pbx.force.invalid', { e164: undefined, kind: 'none' }],
    ['0199001234', '+999', { e164: undefined, kind: 'none' }],
    ['07700900123', '+', { e164: '+447700900123' }]
  ]
  for (const [raw, context, is] of cases) t.match(toNumber(raw, context), { raw, ...is }, `${raw} in ${context}`)
  const cli = toCli({
    network: '0199001234',
    networkContext: '+33',
    presentation: '0199001234',
    presentationContext: '+44',
    isWithheld: false
  })
  t.match(cli, { network: { e164: '+33199001234' }, presentation: { e164: '+44199001234' } }, 'to each its own')
})

t.test('a payphone is marked at the number that the network gives, and where no number is', async t => {
  const cli = (raw: Partial<Parameters<typeof toCli>[0]>) => toCli({ isWithheld: false, isPayphone: true, ...raw })
  t.match(cli({ network: '020 7946 0123', presentation: '07700900123' }), {
    network: { e164: '+442079460123', kind: 'payphone', area: 'London' },
    presentation: { kind: 'mobile' }
  })
  t.match(cli({ presentation: '01632960123' }), { network: undefined, presentation: { kind: 'payphone' } })
  t.match(cli({}), { network: { raw: '', kind: 'payphone' }, trust: 'unavailable' })
  t.match(cli({ network: '08979012345' }), { network: { kind: 'generic' } }, 'a stand-in number is no line')
  t.match(toNumber('Payphone'), { kind: 'payphone', e164: undefined })
  t.match(toNumber('01632960123'), { kind: 'fixed' }, 'and is one only while the switch says so')
})

t.test('what two numbers are worth together', async t => {
  const trust = (raw: Partial<Parameters<typeof toCli>[0]>) => toCli({ isWithheld: false, ...raw }).trust
  t.equal(trust({ network: '+447700900123', presentation: '07700900123' }), 'asserted')
  t.equal(trust({ network: '+447700900123', presentation: '01632960001' }), 'conflict')
  t.equal(trust({ network: '+447700900123', presentation: 'desk' }), 'asserted')
  t.equal(trust({ network: 'trunk-7', presentation: '01632960001' }), 'presentation-only')
  t.equal(trust({ presentation: 'unavailable' }), 'unavailable')
  t.equal(trust({}), 'unavailable')
  t.equal(trust({ network: '+447700900123', isWithheld: true }), 'withheld')
})

t.test('a name cannot pretend to be another or fill the screen', async t => {
  const name = (text: string) => toCli({ name: text, isWithheld: false }).name
  t.equal(name('Ann\u202egnitset\u0007 \u200bFox'), 'Anngnitset Fox')
  t.equal(name('x'.repeat(200))?.length, 80)
  t.equal(name(' \u0000 '), undefined)
  t.equal(cleanText('a\u2028b'), 'ab')
})

t.test('raw forms are kept, cleaned and cut', async t => {
  t.equal(toNumber('\u202e07700\u0000900123').raw, '07700900123')
  t.equal(toNumber('y'.repeat(100)).raw.length, 64)
})

t.test('numbers as people read them', async t => {
  t.equal(formatNumber('+447700900123'), '07700 900123')
  t.equal(formatNumber('+33170189900'), '+33 1 70 18 99 00')
  t.equal(formatNumber('desk 7'), 'desk 7')
})

t.test('a number from abroad that is another one when it is read again is nobody’s', async t => {
  t.same(toNumber('+490000123'), { raw: '+490000123', kind: 'none' })
})

t.test('the memory of numbers read does not grow without end', async t => {
  for (let n = 0; n < 10_050; n++) toNumber(`x${n}`)
  t.match(toNumber('07700900123'), { e164: '+447700900123' })
})
