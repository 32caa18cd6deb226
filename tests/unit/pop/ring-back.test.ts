import t from 'tap'
import type { SignOn } from '../../../src/pop/address.ts'
import type { LedgerEntry } from '../../../src/pop/board.ts'
import { countByLine, countOf, dueAt, ringBacksOf } from '../../../src/pop/ring-back.ts'
import { NOON } from '../../support/call-events.ts'

const MINUTE_MS = 60_000
const RULES = { emergencyMs: 2 * MINUTE_MS, otherMs: 30 * MINUTE_MS }
const HANDLER: SignOn = {
  ...{ handler: 'ann', name: 'Ann', force: 'tvp', role: 'handler', grants: [], lines: ['999', '101'], acdQueues: [] },
  ...{ position: 'p1', devices: [] }
}
const SUPERVISOR: SignOn = { ...HANDLER, handler: 'sup', role: 'supervisor', lines: [] }

function entryOf(name: string, over: Partial<LedgerEntry> = {}) {
  const entry: LedgerEntry = {
    ...{ entry: name, call: name, kind: 'abandoned', force: 'tvp', line: '999', openedAt: NOON, later: [], more: 0 },
    number: { display: '07700 900123', trust: 'asserted', kind: 'mobile' },
    ...over
  }
  return { rev: 1, entry }
}

t.test('when an entry is due: as a handler said, else by its line', async t => {
  t.equal(dueAt(entryOf('a').entry, RULES), NOON + 2 * MINUTE_MS)
  t.equal(dueAt(entryOf('a', { line: '101' }).entry, RULES), NOON + 30 * MINUTE_MS)
  t.equal(dueAt(entryOf('a', { dueAt: NOON + 7 }).entry, RULES), NOON + 7)
})

t.test('what is due first stands at the top, whatever it is, and only of one’s own lines and force', async t => {
  const open = [
    entryOf('old-101', { line: '101', openedAt: NOON - MINUTE_MS }),
    entryOf('999'),
    entryOf('said', { kind: 'ring-back', dueAt: NOON + MINUTE_MS }),
    entryOf('elsewhere', { force: 'hants' }),
    entryOf('other-line', { line: 'control' })
  ]
  const listOf = (who: SignOn) => ringBacksOf(open, who, RULES).map(({ entry }) => entry.entry)
  t.same(listOf(HANDLER), ['said', '999', 'old-101'])
  t.same(listOf({ ...HANDLER, grants: ['hants'], lines: ['999'] }), ['said', '999', 'elsewhere'])
  t.same(listOf(SUPERVISOR), ['said', '999', 'old-101', 'other-line'], 'a supervisor answers for every line')
})

t.test('every screen is told by one count, each of its own lines', async t => {
  const open = [entryOf('a'), entryOf('b', { openedAt: NOON - 9 * MINUTE_MS }), entryOf('c', { line: '101' })]
  const counts = countByLine(open, RULES, NOON)
  t.same(countOf(counts, HANDLER), { open: 3, overdue: 1 })
  t.same(countOf(counts, { ...HANDLER, lines: ['101'] }), { open: 1, overdue: 0 })
  t.same(countOf(counts, { ...HANDLER, force: 'hants' }), { open: 0, overdue: 0 })
})
