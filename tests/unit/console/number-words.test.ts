import t from 'tap'
import { popWords } from '../../../src/console/announce-words.ts'
import { kindOfNumber, numberWords } from '../../../src/console/number-words.ts'
import { barePop } from '../../support/pop-words.ts'

t.test('a number says what it is worth', async t => {
  const display = '07700 900123'
  t.match(numberWords({ display, trust: 'asserted', kind: 'mobile' }), { shown: display, isDoubtful: false, brief: '' })
  t.match(numberWords({ display, trust: 'presentation-only', kind: 'mobile' }), {
    trust: 'Number not verified',
    isDoubtful: true,
    brief: 'not verified'
  })
})

t.test('a withheld number is not shown to a 101 handler, and shown with the word to a 999 handler', async t => {
  t.match(numberWords({ display: '', trust: 'withheld', kind: 'none' }), { shown: 'Number withheld', isNumber: false })
  t.match(numberWords({ display: '07700 900123', trust: 'withheld', kind: 'mobile' }), {
    shown: '07700 900123',
    trust: 'Withheld by the caller, shown for the emergency',
    brief: 'withheld'
  })
})

t.test('a withheld number that the network does not vouch for says so on a 999 call, too', async t => {
  const shown = { display: '07700 900123', trust: 'withheld', kind: 'mobile', unverified: true } as const
  t.match(numberWords(shown), { trust: /^Withheld.*not verified$/, brief: 'withheld, not verified' })
})

t.test('withheld and unavailable are not the same', async t => {
  const withheld = numberWords({ display: '', trust: 'withheld', kind: 'none' })
  const unavailable = numberWords({ display: '', trust: 'unavailable', kind: 'none' })
  t.equal(unavailable.shown, 'No number')
  t.not(withheld.trust, unavailable.trust)
})

t.test('of two numbers the network leads, and the other stands beside it as not verified', async t => {
  const words = numberWords({
    display: '07700 900123',
    trust: 'conflict',
    presentation: '01632 960001',
    kind: 'mobile'
  })
  t.match(words, {
    shown: '07700 900123',
    other: { number: '01632 960001', label: /not verified/ },
    brief: 'two numbers'
  })
})

t.test('the sort of line is said with its place, and one that this console does not know is not', async t => {
  t.equal(kindOfNumber({ kind: 'fixed', area: 'Oxford' }), 'Landline, Oxford')
  t.equal(kindOfNumber({ kind: 'payphone', area: 'Oxford' }), 'Payphone, Oxford')
  t.equal(kindOfNumber({ kind: 'mobile', area: 'France' }), 'Mobile, France')
  t.equal(kindOfNumber({ kind: 'none' }), '')
  t.equal(kindOfNumber({ kind: 'other' as 'none' }), '')
  const kinds = ['mobile', 'fixed', 'voip', 'premium', 'non-geographic', 'short-code', 'payphone', 'generic'] as const
  t.equal(new Set(kinds.map(kind => kindOfNumber({ kind }))).size, kinds.length)
  const other = { presentation: '020 7946 0001', presentationKind: 'fixed', presentationArea: 'London' } as const
  t.match(numberWords({ display: '07700 900123', trust: 'conflict', kind: 'mobile', ...other }), {
    other: { number: '020 7946 0001', kind: 'Landline, London' }
  })
})

t.test('why there is no number to go by is said: stand-in, short, of a payphone, or none', async t => {
  const words = (kind: 'generic' | 'short-code' | 'payphone' | 'none', display = '') =>
    numberWords({ display, trust: 'unavailable', kind }).trust
  const all = [words('generic', '08979 012345'), words('short-code', '4001'), words('payphone'), words('none')]
  t.equal(new Set(all).size, all.length)
  t.match(words('generic'), /no number of this caller/)
})

t.test('a reader hears line, number and what is out of the ordinary', async t => {
  t.equal(popWords(barePop(123)), '999 call ringing, 07700 900123')
  const flags = { silent: true, abandoned: false, repeat: false, test: false }
  t.equal(
    popWords(barePop(123, { offer: 'queue', flags, number: { display: '', trust: 'withheld', kind: 'none' } })),
    '999 call waiting for anyone, Number withheld, Silent call'
  )
})
