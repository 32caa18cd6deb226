import t from 'tap'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { poppedAt } from '../support/faults.ts'
import { DEMO_TRUNK, desksFile, GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const RATE = 50
const CALLS = 400
/** Killed when this many have been answered, so that calls come in before, during and after. */
const KILL_AFTER = 120
/** Called in turn: a snapshot has the newest hundred cards of a desk, and while the gateway is gone all of them wait. */
const DESKS = [1, 2, 3, 4, 5]

t.test('the gateway is killed while calls come in: every answered call is in the record and on the screen', async t => {
  const gateway = await makeGateway(t)
  const handlers = await Promise.all(DESKS.map(desk => signOn(t, gateway, desk)))
  const journal = () => handlers.flatMap(handler => handler.journal)
  const devices = DESKS.map(desk => `400${desk}`)
  const desks = await desksFile(t, devices)
  // SIPp goes on asking for 32 s, as a switch does; what is refused or lost meanwhile is the switch's to route on.
  const sipp = place(gateway, 'uac-999-desks-expect-200', {
    rate: RATE,
    calls: CALLS,
    args: ['-inf', desks, ...GIVES_UP]
  })
  await until(() => (journal().length < KILL_AFTER ? `${journal().length} events` : ''), 60_000)
  await gateway.kill()
  t.comment('killed; starting again on the same data')
  await gateway.start()
  const report = await sipp.done
  await until(() => (handlers.every(handler => handler.welcomes > 1) ? '' : 'not every handler is back'), 60_000)

  const answered = [...report.calls.values()].filter(call => call.okAt !== undefined)
  const wanted = new Set(answered.map(call => toCallId(call, DEMO_TRUNK)))
  t.comment(`figure: ${report.calls.size} placed, ${answered.length} answered, ${report.failed} failed by SIPp's count`)
  t.ok(answered.length > KILL_AFTER / 4, 'calls had been answered before the kill')

  const record = await openRecord(t, gateway)
  const { rows } = await record.query('select call_id from contact where call is not null')
  const held = new Set(rows.map(row => row.call_id))
  t.same(
    [...wanted].filter(callId => !held.has(callId)),
    [],
    'no answered call is missing from the record'
  )

  const shown = () =>
    new Set([
      ...journal().flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data.popId] : [])),
      ...handlers.flatMap(handler => [...handler.snapshotPops])
    ])
  const missing = () => [...wanted].filter(callId => !shown().has(`p_${callId}`))
  await until(() => (missing().length === 0 ? '' : `${missing().length} answered calls are not on the screen`), 60_000)
  t.same(missing(), [], 'no answered call is missing from the screen')
  // One that its desk was too late to acknowledge goes on to another desk, where it pops once as well.
  const twice = handlers.flatMap(each => poppedAt(each).filter((call, at, all) => all.indexOf(call) !== at))
  t.same(twice, [], 'and none popped twice at a desk')
})
