import t from 'tap'
import { warningsFound, warningWords } from '../../../src/console/warning-words.ts'
import type { Panel, PanelItem } from '../../../src/pop/pop.ts'

const NOW = Date.UTC(2026, 10, 26)
const DAY_MS = 86_400_000
const marker = (fields: PanelItem['fields'] = {}): PanelItem => ({ kind: 'marker', title: 'Firearms', fields })
const panel = (items: PanelItem[], more = 0): Panel => ({
  ...{ panel: 'warnings', status: 'found', source: 'x', sinceOfferedMs: 1, items, more }
})
const expired = marker({ expiresAt: NOW - DAY_MS })

t.test('how many are in force, how many have expired, and how many are not shown', async t => {
  const note: PanelItem = { kind: 'note', title: 'Not by place' }
  t.equal(warningsFound(undefined, NOW), '')
  t.equal(warningsFound(panel([note]), NOW), 'None held')
  t.equal(warningsFound(panel([note, marker(), marker(), expired]), NOW), '2 held, 1 expired')
  t.equal(warningsFound(panel([expired]), NOW), 'None in force, 1 expired')
  t.equal(warningsFound(panel([marker(), expired], 38), NOW), '2 of 40 shown')
})

t.test('whose it is, who says so, and what is wrong with it', async t => {
  const words = (fields: PanelItem['fields']) => warningWords(marker(fields), NOW)
  t.match(words({ of: 'number' }), { of: 'This number', isExpired: false, isDoubtful: false })
  t.match(words({ of: 'person', whose: 'Wilmot Sandpiper' }), { of: 'Wilmot Sandpiper' })
  t.match(words({ of: 'address', whose: '3 Near Row', distanceMetres: 30 }), { of: '3 Near Row, 30 m from the place' })
  t.same(words({ source: 'niche', grade: 'B2', reviewAt: NOW + DAY_MS }).worth, [
    'niche',
    'grade B2',
    'review 27 Nov 2026'
  ])
  t.match(words({ reviewAt: NOW - DAY_MS }).worth, [/review overdue since 25 Nov/])
  t.match(words({ expiresAt: NOW - DAY_MS, reviewAt: NOW - 2 * DAY_MS }), {
    isExpired: true,
    worth: ['Expired 25 Nov 2026']
  })
  t.match(words({ earlier: true }), { isDoubtful: true, worth: ['Had the number earlier'] })
  t.match(words({ unverified: true }), { isDoubtful: true, worth: ['Number not verified'] })
})
