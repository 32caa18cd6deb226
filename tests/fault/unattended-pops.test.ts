import t from 'tap'
import { aSwitch, atDesk, demoConfig, supervisor } from '../support/control-room.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** Short, so that the tests are; the order and number of the steps is what they look at. */
const ESCALATION = {
  unackedMs: 1_500,
  takeWithinMs: 4_000,
  lines: [{ line: '999', takeWithinMs: 3_000 }],
  tries: 2,
  nothingAckedMs: 3_000
}
const NUMBER = '+447700900321'

t.test(
  'a screen that acknowledges nothing: the pop goes on to the next desk, the supervisor hears it, and it is over when somebody has it',
  async t => {
    const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
    const record = await openRecord(t, gateway)
    record.on('error', () => {})
    const deaf = await atDesk(t, gateway, 1)
    const next = await atDesk(t, gateway, 2, { acks: true })
    const super1 = await supervisor(t, gateway)
    const other = await supervisor(t, gateway, 'hants')
    const caller = await aSwitch(t, gateway)
    const call = caller.place({ ddi: '999', asserted: NUMBER, shown: NUMBER, device: '4001' })
    t.equal(await call.answered, 200)
    await until(() => (deaf.pops.length > 0 ? '' : 'no pop at the desk'))
    t.same(next.pops, [], 'nothing at the next desk yet')
    await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'))
    const [id = ''] = deaf.pops
    t.same(next.pops, [id])
    t.match(next.wordsOf(id), { offer: 'queue', escalated: { from: 'tvp-d01', why: 'unacked' } })
    await until(() => (super1.ended.includes('pop-unacked') ? '' : `raised ${super1.raised}, ended ${super1.ended}`))
    t.match(super1.alarmOf('pop-unacked'), { priority: 1, call: id, force: 'tvp', endsBy: 'itself' })
    t.match(super1.alarmOf('pop-unacked')?.words, /999 call.*gone on to tvp-d02/)
    t.same(other.raised, [], 'the other force hears nothing of it')

    await until(() => (super1.raised.includes('pop-not-taken') ? '' : 'not taken, and nobody is told'))
    const taken = await next.command('call.take', { call: id })
    t.equal(taken.ok, true)
    await until(() => (super1.ended.includes('pop-not-taken') ? '' : 'it is taken, and the alarm is still open'))
    const { rows } = await record.query('select kind, step, handler from escalation order by at')
    t.match(rows[0], { kind: 'unacked', step: 1, handler: 'tvp-h02' })
    t.equal(rows.filter(({ kind }) => kind === 'unacked').length, 1, 'the next desk had acknowledged it')
    call.hangUp()
  }
)
