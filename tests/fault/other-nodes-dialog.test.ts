import t from 'tap'
import { makeGateway, openRecord, signOn } from '../support/gateway.ts'
import { beside, metricOf, nodeOf, ownersOf, RovingCall } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'a switch that sends the rest of a call to another node is answered there, and the call ends everywhere',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const handler = await signOn(t, first)
    const record = await openRecord(t, first)
    const call = new RovingCall(t, 321)
    t.equal(await call.open(first, '4001'), 200)
    const began = performance.now()
    t.equal((await call.ask(second, 'INFO')).status, 200)
    t.comment(`figure: INFO at the other node answered after ${Math.round(performance.now() - began)} ms`)
    t.equal((await call.ask(second, 'UPDATE')).status, 200)
    t.equal(await metricOf(second, 'gw_sip_dialogs_asked_total'), 1, 'the record was asked once')
    t.equal((await call.ask(second, 'BYE')).status, 200)
    await until(async () => {
      const { rows } = await record.query('select state, dialog from contact where call_id = $1', [call.callId])
      return rows[0]?.state === 'released' && rows[0].dialog === null ? '' : JSON.stringify(rows[0])
    })
    t.same(
      [...(await ownersOf(record, [call.callId]))],
      [await nodeOf(record, second)],
      'whoever heard of it last has it'
    )
    const ended = () =>
      handler.journal.some(({ ev }) => ev.call === call.callId && JSON.stringify(ev).includes('released'))
    await until(() => (ended() ? '' : 'the screen at the first node does not show the end'))
    t.equal((await new RovingCall(t, 322).ask(second, 'BYE')).status, 481, 'and a call nobody has is told so')
  }
)
