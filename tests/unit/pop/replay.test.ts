import t from 'tap'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import type { CallRecord } from '../../../src/pop/call-record.ts'
import type { Panel, RevisedPanel } from '../../../src/pop/pop.ts'
import { panelsNotKept, type ReplayStep, toReplay } from '../../../src/pop/replay.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../../../src/sdk/screen.ts'
import { aQueueOffer, NOON, then } from '../../support/call-events.ts'
import { aCallRecord, aNote, anAlarm, aPlace } from '../../support/call-record.ts'

const replay = (record: CallRecord, panels: readonly RevisedPanel[] = []) => toReplay({ record, panels, toBarePop })

/** The screen as it stood then. */
function screenAt(steps: readonly ReplayStep[], at: number): Screen {
  return steps
    .filter(step => step.at <= at)
    .reduce<Screen>((screen, { ev, at: ts }, n) => reduce(screen, { t: 'ev', eventId: `${n}`, ts, ev }), EMPTY_SCREEN)
}
const cardAt = (steps: readonly ReplayStep[], at: number) => [...screenAt(steps, at).cards.values()][0]
const revised = (panel: Panel): RevisedPanel => ({ rev: 9, panel })

t.test('a call is drawn again state by state, with whoever took it', async t => {
  const record = aCallRecord({ hands: [{ handler: 'ann', hadAt: NOON + 2_100, closedAt: null }] })
  const steps = replay(record)
  t.equal(steps[0]?.ev.type, 'call.pop')
  t.match(cardAt(steps, NOON)?.pop, { state: 'alerting', number: { display: '07700 900123' } })
  t.equal(cardAt(steps, NOON)?.pop.takenBy, undefined)
  t.match(cardAt(steps, NOON + 2_000)?.pop, { state: 'answered', answeredAt: NOON + 2_000 })
  t.equal(cardAt(steps, NOON + 2_100)?.pop.takenBy, 'ann')
  t.match(cardAt(steps, NOON + 60_000)?.pop, { state: 'released', takenBy: 'ann' })
  t.equal(cardAt(steps, NOON - 1), undefined, 'nothing before it came')
})

t.test('panels that are still kept stand from the moment they left; of the others it is said', async t => {
  const identity: Panel = {
    ...{ panel: 'identity', status: 'found', source: 'Force record', sinceOfferedMs: 240, more: 0 },
    items: [{ kind: 'person', title: 'Wilmot Sandpiper' }]
  }
  const steps = replay(aCallRecord(), [revised(identity)])
  t.equal(cardAt(steps, NOON + 239)?.panels.identity, undefined, 'looked up still')
  t.match(cardAt(steps, NOON + 240)?.panels.identity?.panel, identity)
  t.match(cardAt(steps, NOON)?.panels.warnings?.panel, { status: 'not-asked', why: 'not-kept', items: [] })
  t.same(panelsNotKept({ record: aCallRecord(), panels: [revised(identity)] }), [
    ...['warnings', 'location', 'incidents-nearby', 'history', 'crimes']
  ])
})

t.test('places stand as they were known then: the first, a better one, the one that was confirmed', async t => {
  const cell = aPlace({
    ...{ fixId: 'eisec-0123456789abcdef', source: 'eisec', cameAt: NOON + 1_000 },
    fix: { source: 'eisec', shape: 'circle', latitude: 51.76, longitude: -1.26, radiusMetres: 900, fixedAt: NOON }
  })
  const searching = aPlace({ fixId: 'held', source: 'held', fix: null, state: 'late', cameAt: NOON + 2_000 })
  const typed = aPlace({
    ...{ fixId: 'typed-0123456789abcdef', source: 'typed', cameAt: NOON + 8_000, typedBy: 'ann' },
    ...{ confirmedAt: NOON + 8_500, confirmedBy: 'ann' },
    fix: { source: 'typed', shape: 'point', latitude: 51.75, longitude: -1.25, fixedAt: NOON + 8_000 }
  })
  const record = aCallRecord({ places: [cell, searching, aPlace(), typed] })
  const steps = replay(record)
  const standings = (at: number) =>
    cardAt(steps, at)
      ?.panels.location?.panel.items.filter(({ kind }) => kind === 'fix')
      .map(({ fields }) => [fields?.['source'], fields?.['standing']])
  t.equal(cardAt(steps, NOON)?.panels.location, undefined)
  t.same(standings(NOON + 1_000), [['eisec', 'best']])
  t.match(cardAt(steps, NOON + 2_000)?.panels.location?.panel.items, [
    {},
    { kind: 'source', fields: { state: 'late' } }
  ])
  t.same(standings(NOON + 5_000)?.[0], ['aml', 'best'])
  t.same(standings(NOON + 8_500)?.[0], ['typed', 'confirmed'])
  t.notOk(panelsNotKept({ record, panels: [] }).includes('location'))
})

t.test('notes stand from when they were saved, and of an assessment the last', async t => {
  const notes = [
    aNote(),
    aNote({ note: 'a1', about: 'threat', text: 'He is there', savedAt: NOON + 21_000 }),
    aNote({ note: 'a2', about: 'threat', text: 'He has left', why: 'Neighbour rang', savedAt: NOON + 30_000 }),
    aNote({ note: 'n2', text: '', savedAt: NOON + 31_000 })
  ]
  const steps = replay(aCallRecord({ notes }))
  const texts = (at: number) => cardAt(steps, at)?.panels.notes?.panel.items.map(({ detail }) => detail)
  t.equal(texts(NOON + 19_999), undefined)
  t.same(texts(NOON + 20_000), ['Caller whispers.'])
  t.same(texts(NOON + 21_000), ['Caller whispers.', 'He is there'])
  t.same(texts(NOON + 31_000), ['Caller whispers.', 'He has left'], 'one that was taken back is none')
})

t.test('alarms about it stand on the board of the replay until somebody ended them', async t => {
  const alarms = [
    anAlarm({ endedAt: NOON + 70_000, endedBy: 'sue', reason: 'Officers sent' }),
    anAlarm({ alarm: 'a-2' })
  ]
  const steps = replay(aCallRecord({ alarms }))
  const open = (at: number) =>
    [...(screenAt(steps, at).board?.alarms.values() ?? [])].filter(({ alarm }) => alarm.endedAt === undefined).length
  t.equal(open(NOON + 7_999), 0)
  t.equal(open(NOON + 8_000), 2)
  t.equal(open(NOON + 70_000), 1)
})

t.test('what a second switch said of the call again, and what came before its offer, changes nothing', async t => {
  const offer = aQueueOffer()
  const record = aCallRecord({}, [offer, then(offer, 'queued', { acdQueue: 'tvp-999' })])
  const [first, ...rest] = record.events
  if (first === undefined) throw new Error('unreachable')
  const early = { ...first, kind: 'answered', event: then(offer, 'answered'), receivedAt: NOON - 5 }
  const again = { ...first, receivedAt: NOON + 500 }
  const steps = replay({ ...record, events: [early, first, again, ...rest], places: [aPlace({ cameAt: NOON - 10 })] })
  t.same(
    steps.flatMap(({ ev }) => (ev.type === 'call.pop' || ev.type === 'call.state' ? [ev.data.state] : [])),
    ['offered', 'queued']
  )
})

t.test('the place that the call brought is there from the first', async t => {
  const document = `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
    xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:gml="http://www.opengis.net/gml" entity="pres:x@example.org">
    <tuple id="a"><status><gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
    <gml:pos>51.752 -1.2577</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9001">30</gs:radius></gs:Circle>
    </gp:location-info><gp:usage-rules/></gp:geopriv></status></tuple></presence>`
  const steps = replay(aCallRecord({}, [aQueueOffer({ locationDocument: document })]))
  t.match(cardAt(steps, NOON)?.panels.location?.panel, {
    ...{ status: 'found', source: 'Record of the call' },
    items: [{ kind: 'fix', fields: { standing: 'best', radiusMetres: 30 } }]
  })
})
