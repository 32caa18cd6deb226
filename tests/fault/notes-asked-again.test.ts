import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aSwitch } from '../support/control-room.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/* What colleagues have written of a call that goes on is back as soon as the record is, without anybody asking. */

/** Of the demo's record: it has an address, so that there is a place to be confirmed. */
const NUMBER = '+447700900742'
const BLOCKED = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%call_note%'`

t.test('the record breaks off a question for notes: the panel says so, and has them when it answers again', async t => {
  const gateway = await makeGateway(t)
  const desk = await Desk.at(t, gateway.url, 1)
  const caller = await aSwitch(t, gateway)
  t.equal(await caller.place({ ddi: '101', asserted: NUMBER, shown: NUMBER, device: '4001' }).answered, 200)
  await until(() => (desk.calls.length === 1 ? '' : 'no call'))
  const call = desk.calls[0] ?? ''
  t.match(await desk.client.run('call.take', { call }), { ok: true })
  const note = { note: randomUUID(), about: 'note', text: 'Caller whispers.', version: 1, done: true } as const
  t.match(await desk.client.run('note.save', { call, ...note }), { ok: true })
  const statusOf = () => desk.card(call)?.panels.notes?.panel.status
  await desk.untilCard(call, () => statusOf() === 'found')
  const located = await desk.untilCard(call, ({ panels }) => panels.location?.panel.status === 'found')
  const fix = String(located.panels.location?.panel.items.find(({ kind }) => kind === 'fix')?.fields?.['id'])

  const record = await openRecord(t, gateway)
  const locker = await record.connect()
  await locker.query('begin')
  await locker.query('lock table call_note in access exclusive mode')
  // Another place: everything that stands on the call's late words is asked for again, the notes too.
  t.match(await desk.client.run('location.confirm', { call, fix }), { ok: true })
  await until(async () => {
    const { rows } = await record.query<{ pid: number }>(BLOCKED)
    for (const { pid } of rows) await record.query('select pg_terminate_backend($1)', [pid])
    const status = statusOf()
    return status === 'failed' || status === 'late' ? '' : `the notes are ${status}`
  })
  await until(async () => {
    const { rows } = await record.query<{ pid: number }>(BLOCKED)
    for (const { pid } of rows) await record.query('select pg_terminate_backend($1)', [pid])
    return rows.length > 0 ? '' : 'nobody asks again'
  })
  await locker.query('rollback')
  locker.release()
  const card = await desk.untilCard(call, () => statusOf() === 'found')
  t.match(card.panels.notes?.panel.items, [{ kind: 'note', detail: 'Caller whispers.' }])
})
