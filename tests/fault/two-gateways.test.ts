import t from 'tap'
import { answeredOf, poppedAt, untilPanels, untilPopped } from '../support/faults.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'

const LOAD = { rate: 20, calls: 200 } as const

t.test(
  'two gateways on one record: calls at one, the handler at the other, and every pop and panel arrives',
  async t => {
    const calls = await makeGateway(t)
    const screens = await beside(t, calls)
    const handler = await signOn(t, screens)
    const other = await signOn(t, calls, 2)
    const report = await place(calls, 'uac-999-call-expect-200', LOAD).done
    t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
    const answered = answeredOf(report)
    await untilPopped(handler, answered)
    t.equal(poppedAt(handler).length, LOAD.calls, 'each pop once: the sign-on was known at the other gateway')
    t.same(poppedAt(other), [], 'it rang at one desk, so the next desk saw nothing')
    await untilPanels(handler, answered)
    const ended = new Set(
      handler.journal.flatMap(({ ev }) => (ev.type === 'call.state' && ev.data.state === 'released' ? [ev.call] : []))
    )
    t.equal(ended.size, LOAD.calls, 'and each end')
  }
)
