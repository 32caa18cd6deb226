import t from 'tap'
import { Desk } from '../support/desk.ts'
import { answeredOf, untilPopped } from '../support/faults.ts'
import { GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { beside, nodeOf, ownersOf, RovingCall, storesOf, untilOwned } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'gateways are restarted one after the other under load: no call is lost, and each is with a live one',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const record = await openRecord(t, first)
    const handler = await signOn(t, first)
    const desk = await Desk.at(t, second.url, 2)
    const calls = [11, 12, 13].map(caller => new RovingCall(t, caller))
    for (const call of calls) t.equal(await call.open(second, '4002'), 200)
    const ids = calls.map(({ callId }) => callId)
    for (const id of ids) await desk.untilCard(id, ({ pop }) => pop.offer === 'device')
    const before = await nodeOf(record, second)
    const load = place(first, 'uac-999-call-expect-200', { rate: 20, calls: 200, args: GIVES_UP })

    const startedAt = performance.now()
    const stopped = second.stop()
    await untilOwned(record, ids, await nodeOf(record, first))
    t.comment(`figure: calls adopted ${Math.round(performance.now() - startedAt)} ms after the signal`)
    t.equal(await stopped, 0, 'it went in order')
    t.ok(performance.now() - startedAt < 10_000, 'within ten seconds')
    await until(() => (desk.client.link.kind === 'live' ? 'still live' : ''))
    const moved = await Desk.at(t, first.url, 2)
    t.same([...moved.calls].sort(), [...ids].sort(), 'its screens find every call at the other gateway')
    const [one] = calls
    t.equal((await one?.ask(first, 'BYE'))?.status, 200)
    await moved.untilCard(ids[0] ?? '', ({ pop }) => pop.state === 'released')

    await second.start({ environment: await storesOf(first) })
    t.not(await nodeOf(record, second), before, 'it comes back as another node')
    t.same(
      await ownersOf(record, ids),
      new Set([await nodeOf(record, first)]),
      'and takes nothing from those that live'
    )
    const report = await load.done
    t.same([report.exitCode, report.failed], [0, 0], 'no call of the other gateway failed meanwhile')
    await untilPopped(handler, answeredOf(report))
  }
)
