import t from 'tap'
import type { RingBacks } from '../../src/pop/board.ts'
import { supervisor } from '../support/control-room.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { callLocated } from '../support/located-call.ts'
import { until } from '../support/until.ts'

/*
 * What must be rung back: a caller who gave up and a call that a handler marks, on the lists of two gateways, through a
 * kill, until somebody says what was done.
 */

const listOf = async (desk: Desk) => (await desk.ask<RingBacks>('/api/v1/ring-backs')).items

async function untilListed(desk: Desk, wanted: readonly string[]): Promise<RingBacks['items']> {
  let items: RingBacks['items'] = []
  await until(async () => {
    items = await listOf(desk)
    const now = items.map(({ entry }) => `${entry.kind} ${entry.takenBy ?? '-'}`)
    return now.join() === wanted.join() ? '' : `the list is ${now.join()}`
  }, 30_000)
  return items
}

t.test(
  'nothing is forgotten: listed at two gateways, taken once, there after a kill, closed with an outcome',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const record = await openRecord(t, first)
    const [ann, bea] = [await Desk.at(t, first.url, 1), await Desk.at(t, second.url, 2)]
    await place(first, 'uac-cancel-expect-487').done
    await untilListed(ann, ['abandoned -'])
    await callLocated(t, first, { device: '4001', caller: '<sip:+447700900955@switch.invalid>' })
    const callOf = () => ann.calls.find(each => ann.card(each)?.pop.number.e164 === '+447700900955')
    await until(() => (callOf() === undefined ? 'no call' : ''))
    const call = callOf() ?? ''
    const said = { call, dueAt: Date.now() + 3_600_000, why: 'asked to be rung at home' }
    t.match(await bea.client.run('ring-back.mark', said), { ok: false })
    t.same(await ann.client.run('ring-back.mark', said), { ok: true })

    // At the other gateway too, what is due first at the top.
    const [, marked] = await untilListed(bea, ['abandoned -', 'ring-back -'])
    t.match(marked?.entry, {
      why: said.why,
      dueAt: said.dueAt,
      markedBy: 'tvp-h01',
      number: { display: '07700 900955' }
    })
    const entry = marked?.entry.entry ?? ''
    const takes = await Promise.all(
      [ann, bea].map(desk => desk.client.run('ring-back.take', { entry, rev: marked?.rev ?? 0 }))
    )
    t.equal(takes.filter(({ ok }) => ok).length, 1, 'of two who take it at once one has it')
    const holder = takes[0]?.ok === true ? ann : bea
    const name = takes[0]?.ok === true ? 'tvp-h01' : 'tvp-h02'
    for (const desk of [ann, bea]) await untilListed(desk, ['abandoned -', `ring-back ${name}`])

    // Without the gateway beside it, whoever has it goes on at the other.
    await second.kill()
    const other = holder === ann ? ann : await Desk.at(t, first.url, 2)
    await untilListed(other, ['abandoned -', `ring-back ${name}`])
    const close = { entry, reason: 'spoken-to', note: 'all is well' } as const
    t.same(await other.client.run('ledger.close', close), { ok: true })
    await untilListed(other, ['abandoned -'])
    const { rows } = await record.query(
      'select act, handler, reason, note from ledger_act where call_id = $1 order by act_id',
      [call]
    )
    t.match(rows, [
      { act: 'marked', handler: 'tvp-h01' },
      { act: 'taken', handler: name },
      { act: 'closed', handler: name, reason: 'spoken-to', note: 'all is well' }
    ])
  }
)

t.test('what is past its time is an alarm until it is put off; and after a kill the list is as it was', async t => {
  const gateway = await makeGateway(t)
  const ann = await Desk.at(t, gateway.url, 1)
  await callLocated(t, gateway, { device: '4001', caller: '<sip:+447700900956@switch.invalid>' })
  await until(() => (ann.calls.length === 1 ? '' : 'no call'))
  const [call = ''] = ann.calls
  const boss = await supervisor(t, gateway)
  const markDue = async (dueAt: number) =>
    t.same(await ann.client.run('ring-back.mark', { call, dueAt, why: 'battery low' }), { ok: true })
  await markDue(Date.now())
  await until(() => (boss.raised.includes('ring-backs-late') ? '' : `alarms: ${boss.raised}`), 30_000)
  t.match(boss.alarmOf('ring-backs-late'), {
    ...{ priority: 2, words: 'Callers of 999 wait to be rung back past their time: 1.' }
  })
  const dueAt = Date.now() + 3_600_000
  await markDue(dueAt)
  await until(() => (boss.ended.includes('ring-backs-late') ? '' : 'the alarm stays'), 30_000)
  ann.client.stop()
  await gateway.kill()
  await gateway.start()
  const again = await Desk.at(t, gateway.url, 1)
  const [item] = await untilListed(again, ['ring-back -'])
  t.match(item, { dueAt, entry: { why: 'battery low', call } })
})
