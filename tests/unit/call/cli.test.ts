import t from 'tap'
import { cleanText, formatNumber, toCli, toNumber } from '../../../src/call/cli.ts'

t.test('numbers as switches write them', async t => {
  const cases: [string, string | undefined, string][] = [
    ['07700900123', '+447700900123', 'mobile'],
    ['+447700900123', '+447700900123', 'mobile'],
    ['00447700900123', '+447700900123', 'mobile'],
    ['+44 (0)7700 900123', '+447700900123', 'mobile'],
    ['01632 960123', '+441632960123', 'fixed'],
    ['+33170189900', '+33170189900', 'fixed'],
    ['4001', undefined, 'none'],
    ['999', undefined, 'none'],
    ['', undefined, 'none'],
    ['anonymous', undefined, 'none'],
    ['+', undefined, 'none'],
    ['1'.repeat(40), undefined, 'none']
  ]
  for (const [raw, e164, kind] of cases) t.match(toNumber(raw), { e164, kind, raw: raw.slice(0, 64) }, raw)
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

t.test('the memory of numbers read does not grow without end', async t => {
  for (let n = 0; n < 10_050; n++) toNumber(`x${n}`)
  t.match(toNumber('07700900123'), { e164: '+447700900123' })
})
