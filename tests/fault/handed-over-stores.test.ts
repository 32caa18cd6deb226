import t from 'tap'
import { handOver, makeControlRoom, takenCall, untilShown } from '../support/control.ts'
import { aSwitch, atDesk, supervisor } from '../support/control-room.ts'
import { send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/* Hand-overs while a store stands still: what is due is heard all the same, and once. */

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
