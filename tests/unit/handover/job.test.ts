import t from 'tap'
import { toJob, toOffered } from '../../../src/handover/job.ts'
import type { Panel, PanelItem, RevisedPanel } from '../../../src/pop/pop.ts'

const POP = {
  number: { display: '07700 900123', trust: 'asserted', kind: 'mobile' },
  access: 'voice',
  offeredAt: 1
} as const

function panel(name: string, items: readonly PanelItem[], status: Panel['status'] = 'found'): RevisedPanel {
  const made = { panel: name, status, source: 'test', sinceOfferedMs: 1, items: [...items], more: 0 }
  return { rev: 1, panel: made as unknown as Panel }
}

t.test('the place that somebody confirmed is handed over, else the best', async t => {
  const best = { kind: 'fix', title: 'Best', fields: { source: 'AML', latitude: 51.5, gridReference: 'SP 1 1' } }
  const said = { kind: 'fix', title: 'Said', fields: { source: 'typed', confirmedBy: 'tvp-h01', easting: 4 } }
  const state = { kind: 'source', title: 'EISEC: no answer so far', fields: { source: 'eisec' } }
  const place = (items: readonly PanelItem[]) => toJob({ pop: POP, panels: [panel('location', items)] }).place
  t.same(place([state, best]), {
    ...{ title: 'Best', source: 'AML', latitude: 51.5, gridReference: 'SP 1 1', isConfirmed: false }
  })
  t.same(place([best, said]), { title: 'Said', source: 'typed', easting: 4, isConfirmed: true })
  t.equal(place([state]), undefined)
})

t.test('of an incident that is elsewhere its place goes, and where the caller is beside it', async t => {
  const caller = { kind: 'fix', title: 'Caller', fields: { source: 'AML', latitude: 51.5 } }
  const incident = { kind: 'incident-place', title: 'Incident', fields: { source: 'typed', latitude: 51.6 } }
  const job = (items: readonly PanelItem[]) => toJob({ pop: POP, panels: [panel('location', items)] })
  const place = { title: 'Incident', source: 'typed', latitude: 51.6, isConfirmed: true }
  const callerPlace = { title: 'Caller', source: 'AML', latitude: 51.5, isConfirmed: false }
  t.match(job([caller, incident]), { place, callerPlace })
  const alone = job([incident])
  t.same([alone.place, alone.callerPlace], [place, undefined], 'of a caller whose place nobody knows')
  t.equal(job([caller]).callerPlace, undefined, 'said once where both are the same')
})

t.test('warnings go with it, and whether they could be asked for', async t => {
  const marker = { kind: 'marker', title: 'Firearms' }
  const note = { kind: 'note', title: 'Not by place' }
  const warnings = panel('warnings', [note, marker, marker])
  t.match(toJob({ pop: POP, panels: [warnings] }), {
    ...{ warnings: ['Firearms'], warningCount: 2, warningsStatus: 'found' }
  })
  t.match(toJob({ pop: POP, panels: [] }), { warnings: [], warningCount: 0, warningsStatus: 'pending' })
  t.match(toJob({ pop: POP, panels: [panel('warnings', [], 'failed')] }), { warnings: [], warningsStatus: 'failed' })
})

t.test('the units that were offered are kept in their order; where none were, that is kept', async t => {
  const one = { kind: 'unit', title: 'AB12 in 4 min', detail: 'nearest', fields: { callsign: 'AB12' } }
  const other = { kind: 'unit', title: 'CD34' }
  const [job, leftOut] = [
    { kind: 'job', title: 'Grade 1' },
    { kind: 'left-out', title: 'EF56' }
  ]
  t.same(toOffered({ panels: [panel('units', [job, one, other, leftOut])] }), [
    { callsign: 'AB12', words: 'nearest' },
    { callsign: 'CD34', words: '' }
  ])
  t.same(toOffered({ panels: [] }), [])
})

t.test('the assessment goes with it as it holds, in the order in which it is asked', async t => {
  const aspect = (about: string, detail?: string) => ({
    ...{ kind: 'assessment', title: 'tvp-h02', at: 5, fields: { about } },
    ...(detail === undefined ? {} : { detail })
  })
  const note = { kind: 'note', title: 'tvp-h01', detail: 'a plain note', at: 6 }
  const notes = panel('notes', [aspect('risk', 'soon'), note, aspect('harm'), aspect('threat', 'a knife')])
  t.same(toJob({ pop: POP, panels: [notes] }).assessment, [
    { about: 'threat', text: 'a knife', by: 'tvp-h02', at: 5 },
    { about: 'risk', text: 'soon', by: 'tvp-h02', at: 5 }
  ])
  t.notOk('assessment' in toJob({ pop: POP, panels: [panel('notes', [note])] }))
})
