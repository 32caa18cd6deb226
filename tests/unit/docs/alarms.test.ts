import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ALARMS, fillWords, ruleOf } from '../../../src/pop/alarm-catalogue.ts'

t.test('every alarm has its row in docs/alarms.md, in the same words, and every row an alarm', async t => {
  const text = await readFile(new URL('../../../docs/alarms.md', import.meta.url), 'utf8')
  const rows = text.split('\n').flatMap(line => {
    const [, code, priority, , endedBy, words, remedy] = line.split('|').map(cell => cell.trim())
    return code?.startsWith('`') === true && remedy !== undefined
      ? [{ code: code.slice(1, -1), priority, endedBy, words, remedy }]
      : []
  })
  t.same(rows.map(({ code }) => code).sort(), Object.keys(ALARMS).sort())
  for (const { code, priority, endedBy, words, remedy } of rows) {
    const rule = ruleOf(code)
    t.equal(words, rule.words, code)
    t.equal(remedy, rule.remedy, code)
    t.equal(endedBy, rule.endsBy === 'itself' ? 'itself' : 'a person', code)
    t.equal(priority, rule.urgent === undefined ? `${rule.priority}` : `${rule.priority}, urgent ${rule.urgent}`, code)
  }
})

t.test('every alarm says what to do, and what ends by a person’s word is kept up by nobody else', async t => {
  for (const [code, { words, remedy, endsBy, heldBy }] of Object.entries(ALARMS)) {
    t.ok(words.length > 20 && remedy.length > 20, code)
    if (endsBy === 'person') t.equal(heldBy, 'word', code)
  }
  t.match(ruleOf('of-another-version'), { endsBy: 'person', hears: 'all' })
})

t.test('words hold what they are given, in one line and no longer than the wire takes', async t => {
  t.equal(fillWords('{a} and {b}', { a: 1 }), '1 and')
  t.equal(fillWords('{a}', { a: 'two\nlines' }), 'two lines')
  t.equal(fillWords('{a}', { a: 'x'.repeat(1_000) }).length, 300)
})
