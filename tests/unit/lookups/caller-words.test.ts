import t from 'tap'
import { type CallerWord, isNoneOf, numberSaid, wordsAfter } from '../../../src/lookups/caller-words.ts'
import { numbersAsked, numbersOfSwitch } from '../../../src/lookups/numbers-asked.ts'
import { anOffer, callAfter, cliOf } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const OWN = '+447700900123'
const OTHER = { raw: '07700 900456', e164: '+447700900456', kind: 'mobile' } as const
const by = { by: 'ann', at: 1 }
const said = (...acts: CallerWord[]) => ({ ...call, words: wordsAfter(acts) })
const number: CallerWord = { act: 'number', number: OTHER, ...by }
const none: CallerWord = { act: 'none', e164s: [OWN], ...by }

t.test('of each sort the last word holds, whatever came of the other', async t => {
  t.same(wordsAfter([]), {})
  t.same(wordsAfter([number, none]), { number: { number: OTHER, ...by }, none: { e164s: [OWN], ...by } })
  t.same(wordsAfter([number, none, { act: 'number-back', by: 'bea', at: 2 }]), { none: { e164s: [OWN], ...by } })
  t.same(wordsAfter([number, none, { act: 'none-back', by: 'bea', at: 2 }]), { number: { number: OTHER, ...by } })
  t.same(wordsAfter([none, { act: 'none-back', ...by }, { ...none, at: 9 }]), {
    none: { e164s: [OWN], by: 'ann', at: 9 }
  })
})

t.test('a number that the caller says is asked for after those of the switch, which stay', async t => {
  t.same(numbersAsked(said(number)), [OWN, OTHER.e164])
  t.same(numbersOfSwitch(call), [OWN])
  t.equal(numberSaid(said(none)), undefined)
  const withheld = { ...callAfter(anOffer({ line: '101', cli: { ...cliOf(123), trust: 'withheld' } })), words: {} }
  t.same(numbersAsked(withheld), [])
  t.same(
    numbersAsked({ ...withheld, words: wordsAfter([number]) }),
    [OTHER.e164],
    'who says one asks to be known by it'
  )
  t.same(numbersAsked({ ...call, words: 'unread' }), [OWN])
})

t.test('"none of these" is of those it was said of: whoever a later number leads to may be the caller', async t => {
  t.equal(isNoneOf(said(none), [OWN]), true)
  t.equal(isNoneOf(said(none, number), [OWN, OTHER.e164]), false)
  t.equal(isNoneOf(said(number), [OWN]), false)
  t.equal(isNoneOf({ ...call, words: 'unread' }, [OWN]), false)
})
