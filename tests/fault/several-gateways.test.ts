import t from 'tap'
import { Desk, isWhole } from '../support/desk.ts'
import { answeredOf, freeze, lacking, untilPopped } from '../support/faults.ts'
import { GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { beside, metricOf, nodeOf, ownersOf, RovingCall, untilOwned } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'a handler signs on at a gateway that holds none of the calls, sees all of them, and takes one there',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const record = await openRecord(t, first)
    const [rings, offered, ended] = [new RovingCall(t, 1), new RovingCall(t, 2), new RovingCall(t, 3)]
    t.equal(await rings.open(first, '4001'), 200)
    t.equal(await offered.open(first), 200)
    t.equal(await ended.open(first, '4001'), 200)
    t.equal((await ended.ask(first, 'BYE')).status, 200)

    const desk = await Desk.at(t, second.url, 1)
    await desk.untilCard(rings.callId, card => card.pop.offer === 'device' && isWhole(card))
    await desk.untilCard(offered.callId, ({ pop }) => pop.offer === 'queue')
    await desk.untilCard(ended.callId, ({ pop }) => pop.state === 'released')
    t.same(await ownersOf(record, [rings.callId, offered.callId]), new Set([await nodeOf(record, first)]))

    const other = await Desk.at(t, first.url, 2)
    await other.untilCard(offered.callId, ({ pop }) => pop.offer === 'queue')
    t.same(await desk.client.run('call.take', { call: offered.callId }), { ok: true })
    await other.untilGone(offered.callId)
    const mine = await desk.untilCard(offered.callId, ({ pop }) => pop.takenBy === 'tvp-h01')
    t.equal(mine.pop.offer, 'device')
    await desk.untilCard(offered.callId, isWhole)
    t.same(await desk.client.run('call.mark-silent', { call: offered.callId }), { ok: true })
    await desk.untilCard(offered.callId, ({ pop }) => pop.flags.silent)
    const owners = await ownersOf(record, [offered.callId])
    t.same(owners, new Set([await nodeOf(record, first)]), 'the call stays at its gateway, which knows most of it')

    t.equal((await offered.ask(first, 'BYE')).status, 200)
    await desk.untilCard(offered.callId, ({ pop }) => pop.state === 'released')
    t.same(await desk.client.run('call.close', { call: offered.callId }), { ok: true })
    t.same(await desk.client.run('call.close', { call: ended.callId }), { ok: true }, 'of the other gateway’s too')
    await desk.untilGone(ended.callId)
    const again = await Desk.at(t, first.url, 1)
    t.same(again.calls, [rings.callId], 'what is closed at one gateway is closed at the other')
  }
)

t.test('a gateway is killed under load: its calls are adopted, nothing is lost and nothing twice', async t => {
  const first = await makeGateway(t)
  const second = await beside(t, first)
  const record = await openRecord(t, first)
  const dead = await nodeOf(record, second)
  const handler = await signOn(t, first)
  const sipp = place(second, 'uac-long-call-expect-200', { rate: 20, calls: 100, args: GIVES_UP })
  await until(() => (handler.journal.length > 250 ? '' : `${handler.journal.length} events`), 30_000)
  await second.kill()
  const killedAt = performance.now()
  sipp.stop()
  const answered = answeredOf(await sipp.done)
  await untilPopped(handler, answered)
  await untilOwned(record, [...answered], await nodeOf(record, first))
  t.comment(`figure: ${answered.size} calls adopted ${Math.round(performance.now() - killedAt)} ms after the kill`)
  t.notOk((await ownersOf(record, [...answered])).has(dead))
  const pops = handler.journal.filter(({ ev }) => ev.type === 'call.pop')
  t.equal(new Set(pops.map(({ ev }) => 'call' in ev && ev.call)).size, pops.length, 'none popped twice')
  const desk = await Desk.at(t, first.url, 1)
  t.same(lacking([...answered].slice(-90), desk.calls), [], 'and all of them are on the screen')
})

t.test('a gateway that stood still for ten seconds knows that it did, and shows nothing that is over', async t => {
  const first = await makeGateway(t)
  const second = await beside(t, first)
  const record = await openRecord(t, first)
  const [goesOn, ends] = [new RovingCall(t, 4), new RovingCall(t, 5)]
  t.equal(await goesOn.open(second, '4001'), 200)
  t.equal(await ends.open(second, '4001'), 200)
  const frozen = await nodeOf(record, second)
  const desk = await Desk.at(t, second.url, 1)
  t.equal(desk.calls.length, 2)
  const thawed = freeze(t, [second.pid ?? 0], 10_000)
  await untilOwned(record, [goesOn.callId, ends.callId], await nodeOf(record, first))
  t.equal((await ends.ask(first, 'BYE')).status, 200, 'its end comes to the gateway that adopted it')
  const at = await Desk.at(t, first.url, 1)
  await at.untilCard(ends.callId, ({ pop }) => pop.state === 'released')
  t.same(await at.client.run('call.close', { call: ends.callId }), { ok: true })
  at.client.stop()
  await thawed
  await until(async () => ((await metricOf(second, 'gw_node_fences_total')) > 0 ? '' : 'not fenced'))
  await until(() =>
    desk.client.link.kind === 'live' && desk.card(ends.callId) === undefined
      ? ''
      : `the desk is ${desk.client.link.kind} with ${desk.calls}`
  )
  t.same(desk.calls, [goesOn.callId])
  t.same(await ownersOf(record, [goesOn.callId]), new Set([await nodeOf(record, first)]))
  t.equal(await nodeOf(record, second), frozen, 'it is the same process')
  t.equal((await goesOn.ask(second, 'BYE')).status, 200, 'and goes on as a node among others')
  await untilOwned(record, [goesOn.callId], frozen)
  await desk.untilCard(goesOn.callId, ({ pop }) => pop.state === 'released')
})
