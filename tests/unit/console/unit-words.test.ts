import t from 'tap'
import { callsignOf, minutesOf, termsOf, unitFacts, unitsShown, unitsStatus } from '../../../src/console/unit-words.ts'
import type { PanelItem } from '../../../src/pop/pop.ts'

const unit = (callsign: string, fields: PanelItem['fields'] = {}, kind = 'unit'): PanelItem => ({
  ...{ kind, title: callsign },
  fields: { callsign, minutes: 4.2, isWithinTarget: true, ...fields }
})

t.test('the head says who is first, how many can be sent and how many of them in time', async t => {
  const late = { minutes: 31, isWithinTarget: false }
  const items = [
    unit('CA01'),
    unit('CA02', late),
    unit('CA03', late, 'other-unit'),
    { kind: 'left-out', title: 'CA04' }
  ]
  t.equal(unitsStatus(unitsShown({ items })), 'CA01 4 min; 3 can be sent, 1 in time')
  t.equal(unitsStatus(unitsShown({ items: [{ kind: 'left-out', title: 'CA04' }] })), 'Nobody can be sent')
  t.equal(unitsStatus(unitsShown(undefined)), 'Nobody can be sent')
})

t.test('each line of the panel is told by what it is', async t => {
  const kinds = ['job', 'changed', 'unit', 'why-not-nearest', 'note', 'nobody', 'other-unit', 'left-out', 'a new kind']
  const shown = unitsShown({ items: kinds.map(kind => ({ kind, title: kind })) })
  t.match(shown, { job: { title: 'job' }, changed: [{ title: 'changed' }], offered: [{ title: 'unit' }] })
  t.same(
    shown.notes.map(({ title }) => title),
    ['why-not-nearest', 'note', 'nobody']
  )
  t.match(shown, { others: [{ title: 'other-unit' }], leftOut: [{ title: 'left-out' }] })
})

t.test('a unit in words: minutes with whether that is in time, and what it is', async t => {
  t.same(minutesOf(unit('CA01', { minutes: 0.4 })), { text: '< 1 min', isInTime: true })
  t.same(minutesOf(unit('CA01', { minutes: 20.6, isWithinTarget: false })), { text: '21 min', isInTime: false })
  t.equal(callsignOf(unit('CA01')), 'CA01')
  t.same(unitFacts(unit('CA01', { type: 'dogs', crew: 1, metres: 3_120, skills: 'search' })), [
    ...['dogs', 'single crewed', '3.1 km away', 'search']
  ])
  t.same(unitFacts(unit('CA01', { crew: 2, skills: '' })), ['crew of 2'])
  t.same(termsOf(unit('CA01', { terms: '−9.8 4 min; −1.5 3 others' })), ['−9.8 4 min', '−1.5 3 others'])
  t.same(termsOf(unit('CA01')), [])
})
