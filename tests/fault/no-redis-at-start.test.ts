import t from 'tap'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { untilPanels } from '../support/faults.ts'
import { DEMO_TRUNK, makeGateway, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

interface Report {
  readonly ready: boolean
  readonly level: number
  readonly parts: { readonly redis: { readonly ok: boolean; readonly why: string } }
}

t.test('started while Redis is not there: level 2 is said, and calls pop with their panels all the same', async t => {
  const gateway = await makeGateway(t, { environment: { CALLBOX_REDIS_URL: 'redis://127.0.0.1:9' } })
  const report = (await (await fetch(`${gateway.url}/readyz`)).json()) as Report
  t.match(report, { ready: true, level: 2, parts: { redis: { ok: false, why: /Redis is away/ } } })
  const handler = await signOn(t, gateway)
  const sipp = await place(gateway, 'uac-999-call-expect-200', { calls: 10, rate: 5 }).done
  t.same([sipp.exitCode, sipp.failed], [0, 0])
  const placed = new Set([...sipp.calls.values()].map(call => toCallId(call, DEMO_TRUNK) as string))
  const of = (type: string) => handler.journal.filter(({ ev }) => ev.type === type).map(({ ev }) => ev.call)
  await until(() => (new Set(of('call.pop')).size === placed.size ? '' : `${of('call.pop').length} pops`))
  await untilPanels(handler, placed)
  t.same(new Set(of('call.pop')), placed)
  t.equal(of('call.pop').length, placed.size, 'each once')
  t.ok(
    handler.journal.every(({ seq }) => seq === undefined),
    'past the log, which is not there'
  )
})
