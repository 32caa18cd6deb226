import t from 'tap'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { poppedAt } from '../support/faults.ts'
import { DEMO_TRUNK, desksFile, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** 100 calls a second for half a minute. */
const RATE = 100
const CALLS = 3_000
/**
 * Called in turn. At one desk they would be more than any log keeps for a screen that falls behind for some seconds: it is
 * shown afresh then, and a snapshot has the newest hundred.
 */
const DESKS = [1, 2, 3, 4, 5, 6, 7, 8, 9]

t.test('of 3,000 calls SIPp places every one is answered and ends as exactly one acknowledged pop', async t => {
  const gateway = await makeGateway(t)
  const handlers = await Promise.all(DESKS.map(desk => signOn(t, gateway, desk)))
  const record = await openRecord(t, gateway)
  const desks = await desksFile(
    t,
    DESKS.map(desk => `400${desk}`)
  )
  const asked = { rate: RATE, calls: CALLS, args: ['-inf', desks] }
  const report = await place(gateway, 'uac-999-desks-expect-200', asked).done
  t.equal(report.exitCode, 0, report.failed === 0 ? 'no call failed' : report.lastWords)
  t.same([report.successful, report.failed], [CALLS, 0])
  const placed = new Set([...report.calls.values()].map(call => `p_${toCallId(call, DEMO_TRUNK)}`))
  t.equal(placed.size, CALLS, 'every Call-ID of SIPp’s own log is a call of its own')

  const popped = () => new Set(handlers.flatMap(poppedAt).map(call => `p_${call}`))
  await until(() => (popped().size < CALLS ? `${popped().size} pops of ${CALLS}` : ''), 30_000)
  t.same(popped(), placed, 'a pop for each call, and none for a call nobody placed')
  // One that its desk was too late to acknowledge goes on to another desk, where it pops once as well.
  const twice = handlers.flatMap(each => poppedAt(each).filter((call, at, all) => all.indexOf(call) !== at))
  t.same(twice, [], 'and none twice at a desk')

  const acked = async () => {
    const text = "select pop_id from pop_delivery where acked_at is not null and handler not like '~%'"
    return new Set((await record.query(text)).rows.map(row => row.pop_id))
  }
  await until(async () => ((await acked()).size < CALLS ? 'not all acknowledged in the record' : ''), 30_000)
  t.same(await acked(), placed, 'the record has the acknowledgement of each')

  const whole = () => {
    const panels = new Map<string, Set<string>>()
    for (const { ev } of handlers.flatMap(({ journal }) => journal)) {
      if (ev.type === 'call.panel') panels.set(ev.call, (panels.get(ev.call) ?? new Set()).add(ev.data.panel))
    }
    return [...panels.values()].filter(names => PANEL_NAMES.every(name => names.has(name))).length
  }
  await until(() => (whole() < CALLS ? `${whole()} of ${CALLS} have all their panels` : ''), 60_000)
})
