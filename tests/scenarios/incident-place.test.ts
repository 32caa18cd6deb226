import t, { type Test } from 'tap'
import type { Panel } from '../../src/pop/pop.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { demoConfig } from '../support/control-room.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { callLocated } from '../support/located-call.ts'
import { circle, presence, tuple } from '../support/pidf-text.ts'
import { until } from '../support/until.ts'

/*
 * A witness rings from one place and speaks of another: what is looked around, on which screens, and for how long.
 */

/** Two fields in the middle of nowhere, 5 km apart, where the demo has no incident. */
const CALLER = { latitude: 51.42, longitude: -1.62 }
const ELSEWHERE = { text: 'SU 26522 73979', easting: 426_522, northing: 173_979 }

async function anIncident(t: Test, gateway: GatewayProcess) {
  const record = await openRecord(t, gateway)
  await record.query(
    `insert into incident (reference, force, type, status, opened_at, place)
     values ('T-elsewhere', 'tvp', 'Fire: in the open', 'open', $1, point($2, $3))`,
    [Date.now() - 600_000, ELSEWHERE.easting + 200, ELSEWHERE.northing]
  )
  return record
}

function panelOf(desk: Desk, call: string, name: 'location' | 'incidents-nearby' | 'warnings' | 'crimes' | 'history') {
  return desk.card(call)?.panels[name]
}

const near = (panel: Panel | undefined) =>
  `${panel?.place ?? 'caller'} ${panel?.status} ${panel?.items.map(({ fields }) => fields?.['reference'] ?? '-').join() ?? ''}`

async function untilNear(desk: Desk, call: string, wanted: string): Promise<void> {
  await until(() => {
    const now = near(panelOf(desk, call, 'incidents-nearby')?.panel)
    const places = panelOf(desk, call, 'location')?.panel.items.map(({ kind, title }) => `${kind} ${title}`)
    return now.trim() === wanted ? '' : `the panel is ${now}, not ${wanted}; the places are ${places?.join()}`
  }, 30_000)
}

/** What the handler typed and chose, as the command says it. */
async function said(desk: Desk, call: string) {
  const { text } = ELSEWHERE
  const { places } = await desk.ask<{ places: { place: string }[] }>(`/api/v1/calls/${call}/places`, { text })
  return { call, text, place: places[0]?.place ?? '' }
}

t.test('the incident is elsewhere: what is around it is looked up, and nothing else, on whichever gateway', async t => {
  const config = await demoConfig(t, { lookups: { locationDeadlineMs: 10_000, incidentsDeadlineMs: 20_000 } })
  const first = await makeGateway(t, { config })
  const second = await beside(t, first, { config })
  const record = await anIncident(t, first)
  // The handler's screen is at the gateway beside that of the call.
  const ann = await Desk.at(t, second.url, 1)
  const place = presence(tuple(circle(`${CALLER.latitude} ${CALLER.longitude}`, '40')))
  await callLocated(t, first, { device: '4001', caller: '<sip:+447700900951@switch.invalid>', place })
  await until(() => (ann.calls.length === 1 ? '' : 'no call'))
  const [call = ''] = ann.calls
  await untilNear(ann, call, 'caller none')
  await ann.untilCard(
    call,
    ({ panels: { history, identity } }) => history?.panel !== undefined && identity !== undefined
  )
  const history = panelOf(ann, call, 'history')
  const identity = ann.card(call)?.panels.identity

  t.same(await ann.client.run('incident.place', await said(ann, call)), { ok: true })
  await untilNear(ann, call, 'incident found T-elsewhere')
  await until(() => {
    const places = (['warnings', 'crimes'] as const).map(name => panelOf(ann, call, name)?.panel.place)
    return places.every(each => each === 'incident') ? '' : `around ${places.join()}`
  }, 20_000)
  const items = panelOf(ann, call, 'location')?.panel.items ?? []
  t.match(
    items.find(({ kind }) => kind === 'incident-place'),
    { fields: { gridReference: ELSEWHERE.text, setBy: 'tvp-h01', setAt: Number } }
  )
  t.match(items.find(({ kind }) => kind === 'fix')?.fields, { standing: 'best', latitude: CALLER.latitude })
  t.equal(panelOf(ann, call, 'history')?.rev, history?.rev, 'nothing was asked of the number again')
  t.equal(ann.card(call)?.panels.identity?.rev, identity?.rev)

  const bea = await Desk.at(t, second.url, 2)
  t.match(await bea.client.run('incident.unplace', { call }), { ok: false, code: 'call.not-entitled' })
  t.same(await ann.client.run('incident.unplace', { call }), { ok: true })
  await untilNear(ann, call, 'caller none')
  t.notOk(panelOf(ann, call, 'location')?.panel.items.some(({ kind }) => kind === 'incident-place'))
  const { rows } = await record.query('select handler, fix is null as back from incident_place order by change')
  t.same(rows, [
    { handler: 'tvp-h01', back: false },
    { handler: 'tvp-h01', back: true }
  ])
})

t.test('the gateway is killed and starts again: the incident is still elsewhere', async t => {
  const config = await demoConfig(t, { lookups: { locationDeadlineMs: 10_000, incidentsDeadlineMs: 20_000 } })
  const gateway = await makeGateway(t, { config })
  await anIncident(t, gateway)
  const ann = await Desk.at(t, gateway.url, 1)
  const place = presence(tuple(circle(`${CALLER.latitude} ${CALLER.longitude}`, '40')))
  await callLocated(t, gateway, { device: '4001', caller: '<sip:+447700900952@switch.invalid>', place })
  await until(() => (ann.calls.length === 1 ? '' : 'no call'))
  const [call = ''] = ann.calls
  await untilNear(ann, call, 'caller none')
  t.same(await ann.client.run('incident.place', await said(ann, call)), { ok: true })
  await untilNear(ann, call, 'incident found T-elsewhere')
  ann.client.stop()
  await gateway.kill()
  await gateway.start({ config })
  // A screen that knows nothing: whatever it shows was read from the record.
  const again = await Desk.at(t, gateway.url, 1)
  await untilNear(again, call, 'incident found T-elsewhere')
  t.match(
    panelOf(again, call, 'location')?.panel.items.find(({ kind }) => kind === 'incident-place'),
    { fields: { gridReference: ELSEWHERE.text, setBy: 'tvp-h01' } }
  )
})
