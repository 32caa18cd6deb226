import t, { type Test } from 'tap'
import type { PanelItem } from '../../src/pop/pop.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { demoConfig, supervisor } from '../support/control-room.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { callLocated as call } from '../support/located-call.ts'
import { circle, presence, tuple } from '../support/pidf-text.ts'
import { until } from '../support/until.ts'

/*
 * Two callers of one event, at two desks of two gateways: what is open near them, and what a handler makes of it.
 */

/** Drama numbers that the demo's record holds nothing of. */
const CALLERS = ['<sip:+447700900951@switch.invalid>', '<sip:+447700900952@switch.invalid>'] as const
/** A field in the middle of nowhere, where the demo has no incident. */
const HERE = { latitude: 51.42, longitude: -1.62, easting: 426_522, northing: 168_979 }

const at = (metres: number) => presence(tuple(circle(`${HERE.latitude} ${HERE.longitude}`, String(metres))))

/** Kind, reference and who linked it, of what the panel lists. */
function listed(desk: Desk, callId: string): readonly string[] {
  return items(desk, callId).map(({ kind, title, fields }) =>
    kind === 'note' ? title : `${kind} ${fields?.['reference']} ${fields?.['calls']} ${fields?.['linkedBy'] ?? '-'}`
  )
}

function items(desk: Desk, callId: string): readonly PanelItem[] {
  return desk.card(callId)?.panels['incidents-nearby']?.panel.items ?? []
}

async function untilListed(desk: Desk, callId: string, wanted: readonly string[]): Promise<void> {
  await until(() => {
    const now = listed(desk, callId)
    return now.join() === wanted.join() ? '' : `the panel lists ${JSON.stringify(now)}`
  }, 20_000)
}

async function onlyCall(desk: Desk): Promise<string> {
  await until(() => (desk.calls.length === 1 ? '' : `${desk.calls.length} calls`))
  return desk.calls[0] ?? ''
}

async function openIncident(t: Test, gateway: GatewayProcess, reference: string, force = 'tvp', east = 300) {
  const record = await openRecord(t, gateway)
  const { rows } = await record.query<{ incident_id: string }>(
    `insert into incident (reference, force, type, status, opened_at, place)
     values ($1, $2, 'Fire: in the open', 'open', $3, point($4, $5)) returning incident_id`,
    [reference, force, Date.now() - 600_000, HERE.easting + east, HERE.northing]
  )
  return { record, id: String(rows[0]?.incident_id) }
}

t.test('two callers of one event at two gateways: each hand links its own call, and both screens say so', async t => {
  const config = await demoConfig(t, { lookups: { locationDeadlineMs: 10_000, incidentsDeadlineMs: 20_000 } })
  const first = await makeGateway(t, { config })
  const second = await beside(t, first, { config })
  const { record, id } = await openIncident(t, first, 'T-1')
  // Handler and supervisor sit at the gateway beside that of the calls.
  const [ann, bea] = [await Desk.at(t, second.url, 1), await Desk.at(t, second.url, 2)]
  await call(t, first, { device: '4001', caller: CALLERS[0], place: at(40) })
  const one = await onlyCall(ann)
  await untilListed(ann, one, ['maybe-same T-1 0 -'])
  t.match(items(ann, one), [{ title: 'Fire: in the open', fields: { metres: Number, status: 'open', force: 'tvp' } }])

  t.same(await ann.client.run('incident.link', { call: one, incident: id }), { ok: true })
  await untilListed(ann, one, ['linked T-1 1 tvp-h01'])
  t.same(await ann.client.run('incident.link', { call: one, incident: id }), { ok: true }, 'once more is no harm')

  await call(t, first, { device: '4002', caller: CALLERS[1], place: at(60) })
  const two = await onlyCall(bea)
  await untilListed(bea, two, ['maybe-same T-1 1 -'])
  t.match(await bea.client.run('incident.link', { call: one, incident: id }), { ok: false, code: 'call.not-entitled' })
  t.match(await bea.client.run('incident.link', { call: two, incident: '999999' }), { code: 'incident.unknown' })
  t.same(await bea.client.run('incident.link', { call: two, incident: id }), { ok: true })
  await untilListed(bea, two, ['linked T-1 2 tvp-h02'])

  t.same(await bea.client.run('incident.unlink', { call: two, incident: id }), { ok: true })
  await untilListed(bea, two, ['maybe-same T-1 1 -'])
  const boss = await supervisor(t, second)
  t.match(await boss.command('incident.unlink', { call: one, incident: id }), { ok: true })
  await untilListed(ann, one, ['maybe-same T-1 0 -'])
  const { rows } = await record.query('select act, handler from incident_link_act order by change')
  t.same(
    rows.map(({ act, handler }) => `${act} ${handler}`),
    ['linked tvp-h01', 'linked tvp-h02', 'unlinked tvp-h02', 'unlinked tvp-s01']
  )
})

t.test('a radio cell joins nothing, and says so; nor does a caller without a place', async t => {
  const config = await demoConfig(t, { lookups: { locationDeadlineMs: 10_000, incidentsDeadlineMs: 20_000 } })
  const gateway = await makeGateway(t, { config })
  await openIncident(t, gateway, 'T-2')
  const desk = await Desk.at(t, gateway.url, 1)
  const panels = () =>
    desk.calls.map(each => {
      const panel = desk.card(each)?.panels['incidents-nearby']?.panel
      return `${panel?.status} ${panel?.why ?? ''}`.trim()
    })
  await call(t, gateway, { device: '4001', caller: CALLERS[0], place: at(3_000) })
  await until(() => (panels().join() === 'not-asked place-coarse' ? '' : panels().join()), 20_000)
  await call(t, gateway, { device: '4001', caller: CALLERS[1] })
  await until(() => (panels().join() === 'not-asked place-coarse,not-asked no-place' ? '' : panels().join()), 20_000)
})

t.test('a grant shows another force’s incidents while it holds, and no longer', async t => {
  const config = await demoConfig(t, { lookups: { locationDeadlineMs: 10_000, incidentsDeadlineMs: 20_000 } })
  const gateway = await makeGateway(t, { config })
  const { record } = await openIncident(t, gateway, 'T-own')
  await openIncident(t, gateway, 'H-near', 'hants', 100)
  const desk = await Desk.at(t, gateway.url, 1)
  const seen = async () => {
    const known = new Set(desk.calls)
    await call(t, gateway, { device: '4001', caller: CALLERS[0], place: at(40) })
    const fresh = () => desk.calls.find(each => !known.has(each)) ?? ''
    await until(() => (listed(desk, fresh()).length > 0 ? '' : 'no panel yet'), 20_000)
    return items(desk, fresh()).map(({ fields }) => `${fields?.['force']} ${fields?.['reference']}`)
  }
  t.same(await seen(), ['tvp T-own'])
  await record.query(
    `insert into mutual_aid (name, owner_force, to_force, covers, from_at, until_at)
     values ('Fire on the border', 'hants', 'tvp', '{incidents}', $1, $2)`,
    [Date.now() - 1, Date.now() + 600_000]
  )
  // Known within seconds, without a question on the way of a call.
  await until(async () => ((await seen()).length === 2 ? '' : 'the grant is not known yet'), 30_000)
  t.same(await seen(), ['hants H-near', 'tvp T-own'])
  await record.query("update mutual_aid set until_at = $1 where name = 'Fire on the border'", [Date.now()])
  await until(async () => ((await seen()).length === 1 ? '' : 'the grant still holds'), 30_000)
  t.same(await seen(), ['tvp T-own'])
})
