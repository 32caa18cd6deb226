import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { RULES } from '../../rules/rules.ts'
import { failedIn, figuresIn, toRulesPage } from '../../rules/rules-page.ts'

const ROOT = new URL('../../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, ROOT), 'utf8')

t.test('the table has all twenty rules, each with a test that is there and says the rule by its number', async t => {
  t.same(
    RULES.map(({ number }) => number),
    Array.from({ length: 20 }, (_, at) => at + 1)
  )
  for (const { number, tests, open } of RULES) {
    if (tests.length === 0) t.match(open, /not built/, `rule ${number} says why it has none`)
    for (const path of tests) t.match(await read(path), new RegExp(`[Rr]ule ${number}\\b`), `${path}: rule ${number}`)
  }
})

t.test('every test of a rule is in the table', async t => {
  const listed = RULES.flatMap(({ tests }) => tests)
  for (const name of await readdir(new URL('tests/browser/rules', ROOT)))
    t.ok(listed.includes(`tests/browser/rules/${name}`), name)
})

t.test('docs/console-rules.md is what the last run gives; if not: npm run rules', async t => {
  const kept = JSON.parse(await read('tests/rules/kept.json'))
  t.equal(await read('docs/console-rules.md'), toRulesPage(kept))
})

t.test('figures and failures are read from what tap prints', async t => {
  const lines = [
    'not ok 1 - tests/browser/rules/rule-02-nothing-jumps.test.ts # time=1ms',
    '    not ok 1 - a subtest',
    '        # figure rule 2: layout shift 0.0001 at 1 × 1',
    '        # figure size: 1 kB',
    '        # figure rule 2: another'
  ]
  t.same(figuresIn(lines), { 'rule 2': ['layout shift 0.0001 at 1 × 1', 'another'], size: ['1 kB'] })
  t.same(failedIn(lines), ['tests/browser/rules/rule-02-nothing-jumps.test.ts'])
  const kept = {
    at: '2026-11-27T02:00:00Z',
    machine: 'm',
    node: 'v24',
    figures: figuresIn(lines),
    failed: failedIn(lines)
  }
  t.match(
    toRulesPage(kept),
    /\| 2\. Nothing jumps \|.*\*\*a test fails\*\*\. layout shift 0\.0001 at 1 × 1; another \|/
  )
  t.match(toRulesPage(kept), /\| 15\..*\[rule-15-hand-over-is-receipted\]\(.*\| tests pass \|/)
})
