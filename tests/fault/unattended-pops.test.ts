import t from 'tap'
import { aSwitch, atDesk, demoConfig, supervisor } from '../support/control-room.ts'
import { send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** Short, so that the tests are; the order and number of the steps is what they look at. */
const ESCALATION = {
  unackedMs: 1_500,
  takeWithinMs: 4_000,
  lines: [{ line: '999', takeWithinMs: 4_000 }],
  tries: 2,
  nothingAckedMs: 3_000
}
const NUMBER = '+447700900321'
const CALL = { ddi: '999', asserted: NUMBER, shown: NUMBER, device: '4001' } as const

t.test(
  'a screen that acknowledges nothing: the next desk has the pop, the supervisor an alarm until it is',
  async t => {
    const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
    const record = await openRecord(t, gateway)
    record.on('error', () => {})
    const deaf = await atDesk(t, gateway, 1)
    const next = await atDesk(t, gateway, 2)
    const tvp = await supervisor(t, gateway)
    const hants = await supervisor(t, gateway, 'hants')
    const caller = await aSwitch(t, gateway)
    const call = caller.place(CALL)
    t.equal(await call.answered, 200)
    await until(() => (deaf.pops.length > 0 ? '' : 'no pop at the desk'))
    t.same(next.pops, [], 'nothing at the next desk yet')
    await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'))
    const [id = ''] = deaf.pops
    t.same(next.pops, [id])
    t.match(next.wordsOf(id), { offer: 'queue', escalated: { from: 'tvp-d01', why: 'unacked' } })
    t.notOk(deaf.wordsOf(id)?.escalated, 'the desk it rings at has it as before')
    await until(() => (tvp.raised.includes('pop-unacked') ? '' : 'the supervisor hears nothing'))
    t.match(tvp.alarmOf('pop-unacked'), { priority: 1, call: id, force: 'tvp', endsBy: 'itself' })
    t.match(tvp.alarmOf('pop-unacked')?.words, /999 call.*gone on to tvp-d02/)
    next.ackAll()
    await until(() => (tvp.ended.includes('pop-unacked') ? '' : 'acknowledged, and the alarm is still open'))

    await until(() => (tvp.raised.includes('pop-not-taken') ? '' : 'not taken, and nobody is told'))
    t.match(await next.command('call.take', { call: id }), { ok: true })
    await until(() => (tvp.ended.includes('pop-not-taken') ? '' : 'taken, and the alarm is still open'))
    await until(() => (next.wordsOf(id)?.takenBy === 'tvp-h02' ? '' : 'not theirs yet'))
    t.equal(next.wordsOf(id)?.offer, 'device')
    t.same(hants.raised, [], 'the other force heard nothing of it')
    const { rows } = await record.query('select kind, step, handler from escalation order by at')
    t.same(
      rows.filter(({ kind }) => kind === 'unacked'),
      [{ kind: 'unacked', step: 1, handler: 'tvp-h02' }],
      'no second step: the next desk had acknowledged it'
    )
    call.hangUp()
  }
)

t.test('a call for which nobody is signed on is an alarm at once, and over when somebody sits down', async t => {
  const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const tvp = await supervisor(t, gateway)
  const caller = await aSwitch(t, gateway)
  const call = caller.place(CALL)
  t.equal(await call.answered, 200)
  await until(() => (tvp.raised.includes('nobody-signed-on') ? '' : `raised: ${tvp.raised}`))
  t.match(tvp.alarmOf('nobody-signed-on'), { priority: 1, force: 'tvp' })
  const ready = await fetch(`${gateway.url}/readyz`)
  t.equal(ready.status, 200, 'calls may still be sent here')
  const desk = await atDesk(t, gateway, 1, { acks: true })
  await until(() => (desk.pops.length > 0 ? '' : 'no pop for who sat down'))
  await until(() => (tvp.ended.includes('nobody-signed-on') ? '' : 'still open'))
  call.hangUp()
})

t.test('a caller who leaves is an alarm until a person says why it is over; another force may not', async t => {
  const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const desk = await atDesk(t, gateway, 1, { acks: true })
  const tvp = await supervisor(t, gateway)
  const hants = await supervisor(t, gateway, 'hants')
  const caller = await aSwitch(t, gateway)
  const { device: _, ...atNoDesk } = CALL
  const call = caller.place(atNoDesk)
  t.equal(await call.answered, 200)
  await until(() => (desk.pops.length > 0 ? '' : 'no pop'))
  call.hangUp()
  await until(() => (tvp.raised.includes('abandoned-999') ? '' : `raised: ${tvp.raised}`))
  const { alarm = '' } = tvp.alarmOf('abandoned-999') ?? {}
  t.match(await hants.command('alarm.end', { alarm, reason: 'none of mine' }), { error: { code: 'alarm.not-yours' } })
  t.match(await desk.command('alarm.end', { alarm, reason: 'a handler' }), { error: { code: 'alarm.not-yours' } })
  t.match(await tvp.command('alarm.end', { alarm, reason: 'Rang back, all well' }), { ok: true })
  await until(() => (tvp.ended.includes('abandoned-999') ? '' : 'not told that it is over'))
  t.match(
    tvp.board.find(ev => ev.type === 'alarm.ended'),
    { data: { alarm, endedBy: 'tvp-s01', reason: 'Rang back, all well' } }
  )
  const later = await supervisor(t, gateway)
  await later.page.next('snapshot')
  t.same(later.raised, [], 'a screen that comes later does not see it')
})

t.test('Redis is away: the step is taken all the same, once, and the supervisor hears it', async t => {
  const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const record = await openRecord(t, gateway)
  const deaf = await atDesk(t, gateway, 1)
  const next = await atDesk(t, gateway, 2)
  const tvp = await supervisor(t, gateway)
  const caller = await aSwitch(t, gateway)
  const redis = await storePids(gateway, 'redis-server')
  t.teardown(() => send(redis, 'SIGCONT'))
  send(redis, 'SIGSTOP')
  const call = caller.place(CALL)
  t.equal(await call.answered, 200)
  await until(() => (deaf.pops.length > 0 ? '' : 'no pop at the desk'))
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'))
  await until(() => (tvp.raised.includes('pop-unacked') ? '' : 'the supervisor hears nothing'))
  send(redis, 'SIGCONT')
  next.ackAll()
  await until(() => (tvp.ended.includes('pop-unacked') ? '' : 'still open'))
  const { rows } = await record.query("select step from escalation where kind = 'unacked'")
  t.equal(rows.length, 1)
  call.hangUp()
})

t.test('PostgreSQL is away: the gateway that has the call acts by its own memory, and once', async t => {
  const gateway = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const record = await openRecord(t, gateway)
  const deaf = await atDesk(t, gateway, 1)
  const next = await atDesk(t, gateway, 2)
  const tvp = await supervisor(t, gateway)
  const caller = await aSwitch(t, gateway)
  const postgres = await storePids(gateway, 'postgres')
  t.teardown(() => send(postgres, 'SIGCONT'))
  const call = caller.place(CALL)
  t.equal(await call.answered, 200)
  send(postgres, 'SIGSTOP')
  await until(() => (deaf.pops.length > 0 ? '' : 'no pop at the desk'))
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'))
  await until(() => (tvp.raised.includes('pop-unacked') ? '' : 'the supervisor hears nothing'))
  next.ackAll()
  await until(() => (tvp.ended.includes('pop-unacked') ? '' : 'the gateway has heard the acknowledgement itself'))
  send(postgres, 'SIGCONT')
  await until(async () => {
    const { rows } = await record.query("select 1 from alarm where code = 'pop-unacked' and ended_at is not null")
    return rows.length === 1 ? '' : `${rows.length} rows: what was raised and ended meanwhile is written afterwards`
  })
  t.equal(next.pops.length, 1)
  t.equal(tvp.board.filter(ev => ev.type === 'alarm.raised' && ev.data.code === 'pop-unacked').length, 1)
  call.hangUp()
})

t.test('the gateway is killed before the step and started again: the step is taken, once', async t => {
  // After a restart the time to acknowledge begins anew; the time to take the call does not, and is not asked about here.
  const lines = [{ line: '999', takeWithinMs: 60_000 }]
  const config = await demoConfig(t, { escalation: { ...ESCALATION, unackedMs: 4_000, takeWithinMs: 60_000, lines } })
  const gateway = await makeGateway(t, { config })
  const deaf = await atDesk(t, gateway, 1)
  await atDesk(t, gateway, 2)
  const caller = await aSwitch(t, gateway)
  const call = caller.place(CALL)
  t.equal(await call.answered, 200)
  await until(() => (deaf.pops.length > 0 ? '' : 'no pop at the desk'))
  const [id = ''] = deaf.pops
  await gateway.kill()
  await gateway.start({ config })
  const record = await openRecord(t, gateway)
  const [again, next] = [await atDesk(t, gateway, 1), await atDesk(t, gateway, 2)]
  const tvp = await supervisor(t, gateway)
  await until(() => (next.pops.includes(id) ? '' : 'it has not gone on'))
  await until(() => (tvp.raised.includes('pop-unacked') ? '' : `raised: ${tvp.raised}`))
  next.ackAll()
  again.ackAll()
  const { rows } = await record.query("select step, handler from escalation where kind = 'unacked' order by step")
  // A step that was due before anybody had come back found no live screen; the next one did.
  t.same(rows.at(-1)?.handler, 'tvp-h02')
  t.same(rows.filter(({ handler }) => handler !== null).length, 1, 'it went on once')
  call.hangUp()
})
