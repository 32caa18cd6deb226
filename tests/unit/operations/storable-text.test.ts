import t from 'tap'
import { isAllStorable, isStorable, parseStorable, toStorable } from '../../../src/operations/storable-text.ts'

/* What a pasted note, a field that cuts an emoji in half, or a hostile system may hold, and PostgreSQL does not. */

t.test('a zero and half of a character are what cannot be kept; all else can', async t => {
  for (const text of ['', 'Ann', '🚓', 'a\tb', '\u202eabc', '\uffff']) t.ok(isStorable(text), JSON.stringify(text))
  for (const text of ['\u0000', 'a\u0000b', '\ud83d', '\ude93a']) t.notOk(isStorable(text), JSON.stringify(text))
  t.equal(toStorable('a\u0000b\ud83d'), 'ab\ufffd')
  t.ok(isAllStorable({ a: ['x', { b: 'y' }], n: 1, no: null }))
  t.notOk(isAllStorable({ a: ['x', { b: 'y\u0000' }] }))
})

t.test('JSON is read with texts that can be kept, however they were written', async t => {
  t.same(parseStorable('{"note":"a\\u0000b","list":["\\ud83d","🚓"]}'), { note: 'ab', list: ['\ufffd', '🚓'] })
  t.same(parseStorable('{"note":"\\ud83d\\ude93"}'), { note: '🚓' })
  t.same(parseStorable('[1,"plain"]'), [1, 'plain'])
  t.throws(() => parseStorable('{"note":'))
  t.throws(() => parseStorable('{"\\u0000":'))
})
