import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import t from 'tap'
import { kindAndArea } from '../../../src/call/number-kind.ts'

/** Only kinds by their first digits and countries are asked; the digits behind are zeros, or drama numbers. */
function kindOf(number: string) {
  const parsed = parsePhoneNumberFromString(number, 'GB')
  return parsed === undefined ? undefined : kindAndArea(parsed)
}

t.test('what sort of line a number is, of ranges that the list has and of those it has not', async t => {
  const cases: [string, object][] = [
    ['07700 900123', { kind: 'mobile' }],
    ['01632 960001', { kind: 'fixed' }],
    ['020 7946 0001', { kind: 'fixed', area: 'London' }],
    ['056 0000 0000', { kind: 'voip' }],
    ['056 9999 9999', { kind: 'voip' }],
    ['0909 879 0000', { kind: 'premium' }],
    ['0999 999 9999', { kind: 'premium' }],
    ['0845 000 0000', { kind: 'premium' }],
    ['0846 999 9999', { kind: 'premium' }],
    ['0876 999 9999', { kind: 'premium' }],
    ['08081 570000', { kind: 'non-geographic' }],
    ['03069 990000', { kind: 'non-geographic' }],
    ['0399 999 9999', { kind: 'non-geographic' }],
    ['070 0090 0123', { kind: 'non-geographic' }],
    ['055 0000 0000', { kind: 'non-geographic' }],
    ['076 0012 3456', { kind: 'non-geographic' }],
    ['0600 000 0000', { kind: 'none' }],
    ['01481 000000', { kind: 'fixed', area: 'Guernsey' }],
    ['+44 7781 000000', { kind: 'mobile', area: 'Guernsey' }],
    ['+33 1 99 00 12 34', { kind: 'fixed', area: 'France' }],
    ['+1 202 555 0123', { kind: 'none', area: 'United States' }],
    ['+881 600000000', { kind: 'mobile' }]
  ]
  for (const [number, is] of cases) t.same(kindOf(number), is, number)
})
