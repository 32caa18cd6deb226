import t from 'tap'
import { popWords } from '../../../src/console/announce-words.ts'
import { numberWords } from '../../../src/console/number-words.ts'
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

t.test('a reader hears line, number and what is out of the ordinary', async t => {
  t.equal(popWords(barePop(123)), '999 call ringing, 07700 900123')
  const flags = { silent: true, abandoned: false, repeat: false, test: false }
  t.equal(
    popWords(barePop(123, { offer: 'queue', flags, number: { display: '', trust: 'withheld', kind: 'none' } })),
    '999 call waiting for anyone, Number withheld, Silent call'
  )
})
