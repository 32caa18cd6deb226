import t from 'tap'
import { dispatcher, handOver, makeControlRoom, shownAt, takenCall, untilShown } from '../support/control.ts'
import { aSwitch, atDesk, supervisor } from '../support/control-room.ts'
import { makeGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/* A hand-over cannot vanish: command and control is down, deaf, broken, or says no. */

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
  // The screen hears of a try when it is given up, which is after the other side has seen it.
  await until(() => (shownAt(desk, id)?.trouble === 'no answer in time' ? '' : `${shownAt(desk, id)?.trouble}`))
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
