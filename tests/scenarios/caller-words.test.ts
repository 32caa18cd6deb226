import t from 'tap'
import type { Panel, PanelName } from '../../src/pop/pop.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { callLocated } from '../support/located-call.ts'
import { until } from '../support/until.ts'

/*
 * The caller rings from one number and gives another, or is nobody of those held for it.
 */

/** A drama number that the demo's record holds nothing of. */
const CALLER = '<sip:+447700900953@switch.invalid>'
const BY_CALLER = ['identity', 'history', 'warnings'] as const

function panelOf(desk: Desk, call: string, name: PanelName): Panel | undefined {
  return desk.card(call)?.panels[name]?.panel
}

async function untilPanel(desk: Desk, call: string, name: PanelName, isSo: (panel: Panel) => boolean): Promise<Panel> {
  await until(() => {
    const panel = panelOf(desk, call, name)
    return panel !== undefined && isSo(panel) ? '' : `${name} is ${JSON.stringify(panel)}`
  }, 20_000)
  const panel = panelOf(desk, call, name)
  if (panel === undefined) throw new Error('unreachable')
  return panel
}

const isAnswered = ({ status }: Panel) => status === 'found' || status === 'none'

t.test('another number, and "none of these": asked by it, marked, taken back, and there after a kill', async t => {
  const gateway = await makeGateway(t)
  const second = await beside(t, gateway)
  const record = await openRecord(t, gateway)
  const { rows } = await record.query<{ e164: string; name: string }>(
    `select l.e164, p.name from number_link l join person p using (person_id)
     where p.force = 'tvp' and l.e164 like '+44%' order by l.e164 limit 1`
  )
  const [known = { e164: '', name: '' }] = rows
  // The screen is at the gateway beside that of the call.
  const ann = await Desk.at(t, second.url, 1)
  await callLocated(t, gateway, { device: '4001', caller: CALLER })
  await until(() => (ann.calls.length === 1 ? '' : 'no call'))
  const [call = ''] = ann.calls
  await untilPanel(ann, call, 'identity', ({ status }) => status === 'none')
  for (const name of ['warnings', 'crimes'] as const) await untilPanel(ann, call, name, () => true)
  const crimes = ann.card(call)?.panels.crimes?.rev

  t.match(await ann.client.run('caller.number', { call, number: 'none' }), { code: 'caller.no-number' })
  t.same(await ann.client.run('caller.number', { call, number: known.e164 }), { ok: true })
  const identity = await untilPanel(ann, call, 'identity', ({ items }) => items.length > 0)
  t.ok(identity.items.some(({ title }) => title === known.name))
  for (const { fields } of identity.items) t.match(fields, { matched: 'stated', unverified: true, number: String })
  for (const name of BY_CALLER) {
    const { caller } = await untilPanel(ann, call, name, each => each.caller !== undefined && isAnswered(each))
    t.match(caller, { number: { by: 'tvp-h01', at: Number } }, name)
  }
  t.equal(ann.card(call)?.panels.crimes?.rev, crimes, 'what goes by the place alone was not asked again')

  const bea = await Desk.at(t, second.url, 2)
  t.match(await bea.client.run('caller.none', { call }), { ok: false, code: 'call.not-entitled' })
  t.same(await ann.client.run('caller.none', { call }), { ok: true })
  await untilPanel(ann, call, 'identity', ({ caller }) => caller?.none?.by === 'tvp-h01')
  t.same(await ann.client.run('caller.none-back', { call }), { ok: true })
  await untilPanel(ann, call, 'identity', ({ caller }) => caller?.none === undefined && caller?.number !== undefined)
  t.same(await ann.client.run('caller.number-back', { call }), { ok: true })
  await untilPanel(ann, call, 'identity', ({ caller, status }) => caller === undefined && status === 'none')
  const acts = await record.query('select act, handler from caller_word order by change')
  t.same(
    acts.rows.map(({ act, handler }) => `${act} ${handler}`),
    ['number', 'none', 'none-back', 'number-back'].map(act => `${act} tvp-h01`)
  )
})

t.test('the gateway is killed and starts again: what was said of the caller still holds', async t => {
  const gateway = await makeGateway(t)
  const ann = await Desk.at(t, gateway.url, 1)
  await callLocated(t, gateway, { device: '4001', caller: CALLER })
  await until(() => (ann.calls.length === 1 ? '' : 'no call'))
  const [call = ''] = ann.calls
  await untilPanel(ann, call, 'identity', isAnswered)
  t.same(await ann.client.run('caller.number', { call, number: '07700 900954' }), { ok: true })
  t.same(await ann.client.run('caller.none', { call }), { ok: true })
  ann.client.stop()
  await gateway.kill()
  await gateway.start()
  const again = await Desk.at(t, gateway.url, 1)
  const said = { number: { display: '07700 900954', by: 'tvp-h01' }, none: { by: 'tvp-h01' } }
  for (const name of BY_CALLER) {
    // A panel kept from before the second word may be shown first; it is asked again with both.
    const panel = await untilPanel(again, call, name, each => each.caller?.none !== undefined && isAnswered(each))
    t.match(panel.caller, said, name)
  }
})
