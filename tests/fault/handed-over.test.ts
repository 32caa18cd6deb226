import t from 'tap'
import { dispatcher, handOver, makeControlRoom, QUICK, shownAt, takenCall, untilShown } from '../support/control.ts'
import { aSwitch, atDesk, supervisor } from '../support/control-room.ts'
import { send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { until } from '../support/until.ts'

/* A hand-over cannot vanish: whatever is killed, slow, broken or away, it comes to the other side once, or is an alarm. */

t.test('a hand-over goes to command and control, and each of its words comes back to the card', async t => {
  const room = await makeControlRoom(t)
  const gateway = await makeGateway(t, { config: room.config })
  const record = await openRecord(t, gateway)
  record.on('error', () => {})
  const [desk, control] = [await atDesk(t, gateway, 1, { acks: true }), await dispatcher(t, gateway)]
  const hants = await dispatcher(t, gateway, 'hants')
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const id = await handOver(desk, call, { outcome: 'units', units: ['AB12'], note: 'He has a knife' })
  const delivered = await untilShown(desk, id, 'delivered')
  t.match(delivered, { incident: 'CAD-0001', controlAt: Number, units: ['AB12'], by: 'tvp-h01' })
  await untilShown(control, id, 'delivered')
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

t.test(
  'command and control is down: both sides and the supervisor hear it, and it comes once when that is up',
  async t => {
    const room = await makeControlRoom(t, { isDown: true })
    const gateway = await makeGateway(t, { config: room.config })
    const desk = await atDesk(t, gateway, 1, { acks: true })
    const [control, tvp, hants] = [
      await dispatcher(t, gateway),
      await supervisor(t, gateway),
      await supervisor(t, gateway, 'hants')
    ]
    const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
    const id = await handOver(desk, call)
    await until(() => (shownAt(desk, id)?.trouble === 'ECONNREFUSED' ? '' : `trouble: ${shownAt(desk, id)?.trouble}`))
    for (const screen of [desk, control, tvp]) {
      await until(() => (screen.raised.includes('handover-not-delivered') ? '' : `${screen.handler}: ${screen.raised}`))
      await until(() => (screen.raised.includes('handover-not-accepted') ? '' : `${screen.handler}: ${screen.raised}`))
    }
    t.same(hants.raised, [])
    t.match(tvp.alarmOf('handover-not-delivered'), { priority: 1, call, endsBy: 'person' })
    await room.start()
    await untilShown(desk, id, 'delivered')
    t.equal(room.control.jobs.size, 1)
    await room.control.say(gateway.url, id, { state: 'accepted' })
    await untilShown(desk, id, 'accepted')
    t.same(tvp.ended, [], 'only a person ends it')
    const { alarm = '' } = desk.alarmOf('handover-not-accepted') ?? {}
    t.match(await desk.command('alarm.end', { alarm, reason: 'Rang control, a car goes' }), { ok: true })
    await until(() => (tvp.ended.includes('handover-not-accepted') ? '' : 'the supervisor does not hear the end'))
    await until(() => (tvp.raised.includes('handover-idle') ? '' : 'accepted, nobody goes, and nobody says so'))
    t.equal(tvp.raised.filter(code => code === 'handover-not-accepted').length, 1)
  }
)

t.test('one that never answers is asked again under the same key, and has one job', async t => {
  const room = await makeControlRoom(t, { mood: 'deaf', deadlineMs: 400 })
  const gateway = await makeGateway(t, { config: room.config })
  const desk = await atDesk(t, gateway, 1, { acks: true })
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const id = await handOver(desk, call)
  await until(() => (room.control.posts.length > 2 ? '' : `${room.control.posts.length} posts`))
  t.equal(shownAt(desk, id)?.state, 'sent')
  t.equal(shownAt(desk, id)?.trouble, 'no answer in time')
  room.control.mood = 'accepts'
  await untilShown(desk, id, 'accepted')
  t.same([...new Set(room.control.posts)], [id])
  t.equal(room.control.jobs.size, 1)
  t.equal(shownAt(desk, id)?.trouble, undefined)
})

t.test('one that answers 500 is asked until it does not; one that refuses says why, and that is an alarm', async t => {
  const room = await makeControlRoom(t, { mood: 'broken', body: 'mait-xml' })
  const gateway = await makeGateway(t, { config: room.config })
  const [desk, tvp] = [await atDesk(t, gateway, 1, { acks: true }), await supervisor(t, gateway)]
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const id = await handOver(desk, call)
  await until(() => (shownAt(desk, id)?.trouble === 'HTTP 500' ? '' : 'no trouble'))
  room.control.mood = 'refuses'
  t.match(await untilShown(desk, id, 'refused'), { reason: 'Not in our area', seenBy: 'control' })
  for (const screen of [desk, tvp]) {
    await until(() => (screen.raised.includes('handover-refused') ? '' : `${screen.handler}: ${screen.raised}`))
  }
  t.equal(room.control.jobs.size, 1)
  t.match(room.control.jobs.get(id)?.body, /<IncidentTransfer/)
  t.match(await desk.command('handover.say', { handover: id, state: 'closed', reason: 'Went to Hampshire' }), {
    ok: true
  })
  t.match(await untilShown(desk, id, 'closed'), { reason: 'Went to Hampshire', overAt: Number })
})

t.test(
  'the gateway is killed after the record has it and before it is sent: the next process sends it, once',
  async t => {
    const room = await makeControlRoom(t, { isDown: true })
    const gateway = await makeGateway(t, { config: room.config })
    const desk = await atDesk(t, gateway, 1, { acks: true })
    const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
    const id = await handOver(desk, call)
    await gateway.kill()
    await room.start()
    await gateway.start({ config: room.config })
    const again = await atDesk(t, gateway, 1, { acks: true })
    t.match(await untilShown(again, id, 'delivered'), { incident: 'CAD-0001' })
    t.equal(room.control.jobs.size, 1)
    const tvp = await supervisor(t, gateway)
    await until(() => (tvp.raised.includes('handover-not-accepted') ? '' : `raised: ${tvp.raised}`))
    t.equal(tvp.raised.filter(code => code === 'handover-not-accepted').length, 1)
  }
)

t.test('Redis stands still: it is handed over, told and waited for all the same', async t => {
  const room = await makeControlRoom(t)
  const gateway = await makeGateway(t, { config: room.config })
  const [desk, tvp] = [await atDesk(t, gateway, 1, { acks: true }), await supervisor(t, gateway)]
  const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
  const redis = await storePids(gateway, 'redis-server')
  t.teardown(() => send(redis, 'SIGCONT'))
  send(redis, 'SIGSTOP')
  const id = await handOver(desk, call)
  await untilShown(desk, id, 'delivered')
  await until(() => (tvp.raised.includes('handover-not-accepted') ? '' : `raised: ${tvp.raised}`))
  await until(() => (desk.raised.includes('handover-not-accepted') ? '' : `raised: ${desk.raised}`))
  send(redis, 'SIGCONT')
  t.equal(await room.control.say(gateway.url, id, { state: 'accepted' }), 200)
  await untilShown(desk, id, 'accepted')
  t.equal(room.control.jobs.size, 1)
})

t.test(
  'PostgreSQL stands still: what is due is an alarm by the gateway’s own memory, and one when it is back',
  async t => {
    const room = await makeControlRoom(t)
    const gateway = await makeGateway(t, { config: room.config })
    const record = await openRecord(t, gateway)
    record.on('error', () => {})
    const [desk, tvp] = [await atDesk(t, gateway, 1, { acks: true }), await supervisor(t, gateway)]
    const { id: call } = await takenCall(desk, await aSwitch(t, gateway))
    const id = await handOver(desk, call)
    await untilShown(desk, id, 'delivered')
    const postgres = await storePids(gateway, 'postgres')
    t.teardown(() => send(postgres, 'SIGCONT'))
    send(postgres, 'SIGSTOP')
    await until(() => (tvp.raised.includes('handover-not-accepted') ? '' : `raised: ${tvp.raised}`))
    send(postgres, 'SIGCONT')
    await until(async () => {
      const { rows } = await record.query("select 1 from alarm where code = 'handover-not-accepted'")
      const { rows: steps } = await record.query("select 1 from handover_alarm where step = 'not-accepted'")
      return rows.length === 1 && steps.length === 1 ? '' : `${rows.length} alarms, ${steps.length} steps`
    })
    t.equal(new Set(tvp.alarms.filter(({ code }) => code === 'handover-not-accepted').map(each => each.alarm)).size, 1)
  }
)

t.test('two gateways: either side sits at either, and the one that is left sends and waits for both', async t => {
  const room = await makeControlRoom(t, { isDown: true })
  const first = await makeGateway(t, { config: room.config })
  const second = await beside(t, first, { config: room.config })
  const record = await openRecord(t, first)
  record.on('error', () => {})
  const desk = await atDesk(t, second, 1, { acks: true })
  const [control, tvp] = [await dispatcher(t, first), await supervisor(t, first)]
  const { id: call } = await takenCall(desk, await aSwitch(t, second))
  const id = await handOver(desk, call)
  await untilShown(control, id, 'sent')
  await second.kill()
  await room.start()
  t.match(await untilShown(control, id, 'delivered'), { incident: 'CAD-0001', by: 'tvp-h01' })
  t.equal(room.control.jobs.size, 1)
  await until(() => (tvp.raised.includes('handover-not-accepted') ? '' : `raised: ${tvp.raised}`))
  t.match(await control.command('handover.say', { handover: id, state: 'accepted' }), { ok: true })
  t.match(await untilShown(control, id, 'accepted'), { acceptedBy: 'tvp-x01' })
  const { rows } = await record.query('select step from handover_alarm where handover_id = $1 order by step', [id])
  t.equal(new Set(rows.map(({ step }) => step)).size, rows.length)
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
