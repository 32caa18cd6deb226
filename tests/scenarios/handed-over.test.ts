import { randomUUID } from 'node:crypto'
import t from 'tap'
import { dispatcher, handOver, makeControlRoom, QUICK, shownAt, takenCall, untilShown } from '../support/control.ts'
import { aSwitch, atDesk } from '../support/control-room.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/* Rule 15: what a handler hands over comes to the other side, and each word of theirs comes back to the card. */

t.test('a hand-over goes to command and control, and each of its words comes back to the card', async t => {
  const room = await makeControlRoom(t)
  const gateway = await makeGateway(t, { config: room.config })
  const record = await openRecord(t, gateway)
  const [desk, control] = [await atDesk(t, gateway, 1, { acks: true }), await dispatcher(t, gateway)]
  const hants = await dispatcher(t, gateway, 'hants')
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const threat = { note: randomUUID(), about: 'threat', text: 'Said he will cut her', version: 1, done: true }
  await until(async () => ((await desk.command('note.save', { call, ...threat })).ok ? '' : 'not written'))
  await until(() => (panelsTold(desk.page.events, call, 'notes').length > 0 ? '' : 'no panel of what was written'))
  const id = await handOver(desk, call, { outcome: 'units', units: ['AB12'], note: 'He has a knife' })
  const delivered = await untilShown(desk, id, 'delivered')
  t.match(delivered, { incident: 'CAD-0001', controlAt: Number, units: ['AB12'], by: 'tvp-h01' })
  const assessment = [{ about: 'threat', text: threat.text, by: 'tvp-h01', at: Number }]
  t.match((await untilShown(control, id, 'delivered')).job, { assessment })
  t.match(await desk.command('handover.say', { handover: id, state: 'closed', reason: 'Done' }), {
    error: { code: 'handover.unseen' }
  })
  t.match(await desk.command('handover.say', { handover: id, state: 'accepted' }), {
    error: { code: 'handover.not-yours' }
  })
  const say = (state: 'seen' | 'accepted' | 'en-route' | 'at-scene') =>
    room.control.say(gateway.url, id, { state, by: 'Control 4' })
  t.equal(await say('seen'), 200)
  await until(() => (shownAt(desk, id)?.seenBy === 'Control 4' ? '' : 'not seen'))
  for (const state of ['accepted', 'en-route', 'at-scene'] as const) {
    t.equal(await say(state), 200)
    t.equal(await say(state), 200, 'said twice')
    await untilShown(desk, id, state)
  }
  t.match(shownAt(control, id), { state: 'at-scene', acceptedBy: 'Control 4', overAt: Number })
  t.equal(shownAt(hants, id), undefined, 'the other force hears nothing of it')
  t.equal(await room.control.say(gateway.url, id, { state: 'seen' }, 'somebody-else-s-secret-of-32-chars'), 401)
  const { rows } = await record.query('select signal from handover_step where handover_id = $1 order by rev', [id])
  t.same(
    rows.map(({ signal }) => signal),
    ['made', 'delivered', 'seen', 'accepted', 'en-route', 'at-scene'],
    'the record shows each step, and none twice'
  )
  const { rows: decisions } = await record.query('select outcome, chosen, decided_by from deployment')
  t.same(decisions, [{ outcome: 'units', chosen: ['AB12'], decided_by: 'tvp-h01' }])
})

t.test('without a command and control the dispatchers’ screens are the other side', async t => {
  const slow = { ...QUICK, deliverSeconds: 30, acceptSeconds: 30 }
  const room = await makeControlRoom(t, { isOnScreensOnly: true, grades: [slow] })
  const gateway = await makeGateway(t, { config: room.config })
  const [desk, control] = [await atDesk(t, gateway, 1, { acks: true }), await dispatcher(t, gateway)]
  const hants = await dispatcher(t, gateway, 'hants')
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const id = await handOver(desk, call)
  await untilShown(control, id, 'sent')
  t.match(await hants.command('handover.say', { handover: id, state: 'accepted' }), {
    error: { code: 'handover.not-yours' }
  })
  for (const state of ['delivered', 'seen', 'accepted', 'en-route', 'at-scene'] as const) {
    const number = state === 'accepted' ? { incident: 'TV-77' } : {}
    t.match(await control.command('handover.say', { handover: id, state, ...number }), { ok: true }, state)
  }
  t.match(await untilShown(desk, id, 'at-scene'), { incident: 'TV-77', seenBy: 'tvp-x01', toControl: false })
  t.match(await control.command('handover.say', { handover: id, state: 'seen' }), { error: { code: 'handover.over' } })
  t.same(room.control.posts, [])
  t.equal(
    await room.control.say(gateway.url, id, { state: 'seen' }),
    404,
    'nobody may speak for a system that is not there'
  )
})

t.test('advice is written down, and nobody is waited for', async t => {
  const room = await makeControlRoom(t)
  const gateway = await makeGateway(t, { config: room.config })
  const desk = await atDesk(t, gateway, 1, { acks: true })
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const id = await handOver(desk, call, { outcome: 'advice', note: 'Told to ring the council' })
  t.match(await untilShown(desk, id, 'recorded'), { overAt: Number, toControl: false })
  t.match(await desk.command('handover.make', { call, handover: id, outcome: 'units', grade: '1', units: [] }), {
    error: { code: 'handover.units' }
  })
  t.match(await desk.command('handover.make', { call, handover: id, outcome: 'no-unit', grade: '9', units: [] }), {
    error: { code: 'handover.grade' }
  })
  t.same(room.control.posts, [])
})
