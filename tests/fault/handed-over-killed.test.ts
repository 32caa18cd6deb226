import t from 'tap'
import { dispatcher, handOver, makeControlRoom, takenCall, untilShown } from '../support/control.ts'
import { aSwitch, atDesk, supervisor } from '../support/control-room.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { until } from '../support/until.ts'

/* A hand-over outlives the gateway that took it: another process sends it, once, and waits for the answer. */

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

t.test('two gateways: either side sits at either, and the one that is left sends and waits for both', async t => {
  const room = await makeControlRoom(t, { isDown: true })
  const first = await makeGateway(t, { config: room.config })
  const second = await beside(t, first, { config: room.config })
  const record = await openRecord(t, first)
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
