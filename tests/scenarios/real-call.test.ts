import t from 'tap'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** As the README has it: 100 calls a second for half a minute, all at one desk. */
const RATE = 100
const CALLS = 3_000

t.test('of 3,000 calls SIPp places every one is answered and ends as exactly one acknowledged pop', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const record = await openRecord(t, gateway)
  const report = await place(gateway, 'uac-999-call-expect-200', { rate: RATE, calls: CALLS }).done
  t.equal(report.exitCode, 0, report.failed === 0 ? 'no call failed' : report.lastWords)
  t.same([report.successful, report.failed], [CALLS, 0])
  const placed = new Set([...report.calls.values()].map(call => `p_${toCallId(call, DEMO_TRUNK)}`))
  t.equal(placed.size, CALLS, 'every Call-ID of SIPp’s own log is a call of its own')

  const popsOf = () => handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data.popId] : []))
  await until(() => (popsOf().length < CALLS ? `${popsOf().length} pops of ${CALLS}` : ''), 30_000)
  t.same(popsOf().length, CALLS, 'one pop for each call')
  t.same(new Set(popsOf()), placed, 'and none for a call nobody placed')

  const acked = async () =>
    (await record.query("select pop_id from pop_delivery where acked_at is not null and handler not like '~%'")).rows
  await until(async () => ((await acked()).length < CALLS ? 'not all acknowledged in the record' : ''), 30_000)
  t.same(new Set((await acked()).map(row => row.pop_id)), placed, 'the record has the acknowledgement of each')

  const panels = new Map<string, Set<string>>()
  for (const { ev } of handler.journal) {
    if (ev.type === 'call.panel') panels.set(ev.call, (panels.get(ev.call) ?? new Set()).add(ev.data.panel))
  }
  t.equal(
    [...panels.values()].filter(names => PANEL_NAMES.every(name => names.has(name))).length,
    CALLS,
    'and each had all its panels'
  )
})
