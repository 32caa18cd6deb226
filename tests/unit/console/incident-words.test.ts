import t from 'tap'
import { incidentFacts, incidentsShown, incidentsStatus } from '../../../src/console/incident-words.ts'
import type { PanelItem } from '../../../src/pop/pop.ts'

const item = (kind: string, fields: PanelItem['fields'] = {}): PanelItem => ({ kind, title: 'Fire', fields })
const status = (items: PanelItem[], more = 0) => incidentsStatus(incidentsShown({ items }), more)

t.test('the head never says more than that they may be the same, until a hand has linked one', async t => {
  t.equal(status([item('maybe-same')]), '1 maybe the same')
  t.equal(status([item('maybe-same'), item('note')], 4), '5 maybe the same')
  t.equal(status([item('linked')]), 'Linked')
  t.equal(status([item('linked'), item('linked'), item('maybe-same')]), 'Linked to 2, 1 maybe the same')
})

t.test('facts: how far, how many calls, whose; what is not known is not said', async t => {
  const names = (id: string) => (id === 'hants' ? 'Hampshire' : id)
  const facts = (fields: PanelItem['fields']) => incidentFacts(item('maybe-same', fields), 'tvp', names)
  t.same(facts({ metres: 340, calls: 3, force: 'tvp', source: 'Callbox' }), ['340 m away', '3 calls so far', 'Callbox'])
  t.same(facts({ metres: 1_400, calls: 1, grade: '2', force: 'hants' }), [
    '1.4 km away',
    '1 call so far',
    'grade 2',
    'Hampshire'
  ])
  t.same(facts({ calls: 0, status: 'closed' }), ['no call linked', 'closed'])
  t.same(facts({}), [])
})
