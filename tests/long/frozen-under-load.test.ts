import t from 'tap'
import { answeredOf, freeze, untilPopped } from '../support/faults.ts'
import { GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { beside, metricOf } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'a gateway that takes calls stands still and goes on: each answered call is popped, once, at the other',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const record = await openRecord(t, first)
    const handler = await signOn(t, first)
    const sipp = place(second, 'uac-999-call-expect-200', { rate: 20, calls: 300, args: GIVES_UP })
    await until(() => (handler.journal.length > 200 ? '' : `${handler.journal.length} events`), 30_000)
    await freeze(t, [second.pid ?? 0], 6_000)
    const report = await sipp.done
    const answered = answeredOf(report)
    t.comment(`figure: ${report.calls.size} placed, ${answered.size} answered, ${report.failed} failed by SIPp's count`)
    await untilPopped(handler, answered)
    const pops = handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.call] : []))
    t.equal(new Set(pops).size, pops.length, 'none popped twice')
    t.ok((await metricOf(second, 'gw_node_fences_total')) > 0, 'it knew that it had stood still')
    const live = await record.query(`select call_id from contact where call_id = any($1) and state <> 'released'`, [
      [...answered]
    ])
    const ended = [...report.calls.values()].filter(({ okAt }) => okAt !== undefined).length - report.failed
    t.comment(`figure: ${live.rowCount} of ${answered.size} not ended by the record; SIPp ended ${ended}`)
    t.ok((live.rowCount ?? 0) <= report.failed, 'no call that its switch ended is still live')
  }
)
