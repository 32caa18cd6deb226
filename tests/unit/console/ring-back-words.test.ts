import t from 'tap'
import { countWords, dueWords, whenChoices, whyWords } from '../../../src/console/ring-back-words.ts'
import type { LedgerEntry } from '../../../src/pop/board.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const NOW = new Date(2026, 2, 3, 14, 2, 11).getTime()

t.test('when it is due, and how long it has been', async t => {
  const words = (ms: number) => dueWords(NOW + ms, NOW)
  t.same(words(8 * MINUTE_MS), { text: 'Due 14:10:11, in 8 min', isOverdue: false })
  t.same(words(30_000), { text: 'Due 14:02:41, in less than a minute', isOverdue: false })
  t.equal(words(30 * HOUR_MS).text, 'Due in 30 h')
  t.equal(words(60 * HOUR_MS).text, 'Due in 2 days')
  t.same(words(-12 * MINUTE_MS), { text: 'Overdue by 12 min', isOverdue: true })
  t.same(words(-1), { text: 'Due now', isOverdue: true })
  t.equal(words(-200 * MINUTE_MS).text, 'Overdue by 3 h 20 min')
})

t.test('how many, and that some are overdue', async t => {
  t.equal(countWords({ open: 0, overdue: 0 }), '0')
  t.equal(countWords({ open: 3, overdue: 0 }), '3')
  t.equal(countWords({ open: 3, overdue: 1 }), '3, 1 late')
})

t.test('why it is on the list', async t => {
  const entry = { kind: 'abandoned' } as LedgerEntry
  t.equal(whyWords(entry), 'Rang off before an answer')
  t.equal(whyWords({ ...entry, why: 'no answer', markedBy: 'ann' }), 'Rang off before an answer · no answer (ann)')
  t.equal(whyWords({ ...entry, kind: 'ring-back', why: 'was driving' }), 'was driving')
})

t.test('the times to choose from rise, begin now and end the next morning', async t => {
  const choices = whenChoices(NOW)
  t.match(choices[0], { dueAt: NOW, text: 'As soon as possible' })
  t.match(choices[2], { dueAt: NOW + 10 * MINUTE_MS, text: '14:12, in 10 min' })
  t.same(new Date(choices.at(-1)?.dueAt ?? 0), new Date(2026, 2, 4, 9))
  t.same(
    choices.map(({ dueAt }) => dueAt),
    choices.map(({ dueAt }) => dueAt).toSorted((one, other) => one - other)
  )
})
