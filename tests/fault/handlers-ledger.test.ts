import t from 'tap'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside, nodeOf, RovingCall, untilOwned } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'a handler closes the entry of their own call, and marks another as silent, at a gateway that holds neither',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const record = await openRecord(t, first)
    const desk = await Desk.at(t, second.url, 1)
    const [left, mute] = [new RovingCall(t, 11), new RovingCall(t, 12)]
    for (const call of [left, mute]) {
      t.equal(await call.open(first), 200)
      await desk.untilCard(call.callId, () => true)
      t.same(await desk.client.run('call.take', { call: call.callId }), { ok: true })
      t.equal((await call.ask(first, 'BYE')).status, 200)
      await desk.untilCard(call.callId, ({ pop }) => pop.state === 'released')
    }
    await untilOwned(record, [left.callId, mute.callId], await nodeOf(record, first))

    t.same(await desk.client.run('call.mark-silent', { call: mute.callId }), { ok: true })
    await desk.untilCard(mute.callId, ({ pop }) => pop.flags.silent)
    const kinds = async () => {
      const { rows } = await record.query('select call_id, kind, closed_by, reason from ledger order by opened_at')
      return rows
    }
    await until(async () => {
      const rows = await kinds()
      return rows.length === 2 && rows.some(({ kind }) => kind === 'silent') ? '' : 'not both are entered'
    }, 30_000)
    t.match(await kinds(), [{ kind: 'abandoned' }, { call_id: mute.callId, kind: 'silent' }])

    const { pop } = await desk.untilCard(left.callId, card => card.pop.ledger?.isOwn === true)
    const entry = pop.ledger?.entry ?? ''
    const closed = await desk.client.run('ledger.close', { entry, reason: 'called-back-no-answer', note: 'Rang twice' })
    t.same(closed, { ok: true })
    await desk.untilCard(left.callId, card => card.pop.ledger === undefined)
    t.match(await kinds(), [{ closed_by: 'tvp-h01', reason: 'called-back-no-answer' }, { closed_by: null }])
    const stranger = await Desk.at(t, second.url, 2)
    const refused = await stranger.client.run('ledger.close', { entry: `l_${mute.callId}`, reason: 'hoax' })
    t.match(refused, { ok: false, code: 'ledger.not-entitled' })
  }
)
