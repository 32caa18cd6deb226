import t from 'tap'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { Desk } from '../support/desk.ts'
import { lacking, send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside, metricOf, nodeOf, ownersOf, RovingCall, untilOwned } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test('a gateway that drains sends a new call elsewhere at once, and still hears the end of an open one', async t => {
  const first = await makeGateway(t)
  const second = await beside(t, first)
  const [open, next] = [new RovingCall(t, 31), new RovingCall(t, 32)]
  t.equal(await open.open(second, '4001'), 200)
  // Its lease cannot be given back while the record is frozen, so that there is time to look at it.
  const postgres = await storePids(first, 'postgres')
  t.teardown(() => send(postgres, 'SIGCONT'))
  send(postgres, 'SIGSTOP')
  const stopped = second.stop()
  await until(() => (second.hasSaid('draining') ? '' : 'it has not heard the signal'))
  t.equal(await next.open(second, '4001'), 503, 'an emergency call too: the other gateway has it sooner')
  t.match(next.last?.headers.get('retry-after')?.[0], /^\d+$/)
  t.equal((await open.ask(second, 'BYE')).status, 200)
  send(postgres, 'SIGCONT')
  t.equal(await stopped, 0)

  const again = new RovingCall(t, 32)
  t.equal(await again.open(first, '4001'), 200)
  const desk = await Desk.at(t, first.url, 1)
  await desk.untilCard(again.callId, ({ pop }) => pop.offer === 'device')
  await desk.untilCard(open.callId, ({ pop }) => pop.state === 'released')
  t.equal(desk.card(next.callId), undefined, 'what was sent elsewhere is no call of ours')
})

t.test('one of three gateways is killed: each of its calls goes to exactly one of the others', async t => {
  const first = await makeGateway(t)
  const second = await beside(t, first)
  const third = await beside(t, first)
  const record = await openRecord(t, first)
  const calls = Array.from({ length: 12 }, (_, n) => new RovingCall(t, 40 + n))
  for (const call of calls) t.equal(await call.open(third, '4001'), 200)
  const ids = calls.map(({ callId }) => callId)
  await untilOwned(record, ids, await nodeOf(record, third))
  const desk = await Desk.at(t, second.url, 1)
  await third.kill()
  const survivors = [await nodeOf(record, first), await nodeOf(record, second)]
  await until(async () => {
    const owners = [...(await ownersOf(record, ids))]
    return owners.every(owner => survivors.includes(owner)) ? '' : `owners: ${owners.join(', ')}`
  }, 20_000)
  const adopted = async () => {
    const of = (gateway: GatewayProcess) => metricOf(gateway, 'gw_calls_adopted_total')
    return ((await of(first)) ?? 0) + ((await of(second)) ?? 0)
  }
  // The record has them first, then their new gateway counts them and its screens are told.
  await until(async () => ((await adopted()) >= ids.length ? '' : `${await adopted()} are counted`))
  await until(() => (lacking(ids, desk.calls).length === 0 ? '' : `the screen lacks ${lacking(ids, desk.calls)}`))
  t.equal(await adopted(), ids.length, 'each by one')
  const { rows } = await record.query('select distinct generation from contact where call_id = any($1)', [ids])
  t.same(rows, [{ generation: 2 }], 'and once')
  for (const [n, call] of calls.entries()) {
    t.equal((await call.ask(n % 2 === 0 ? first : second, 'BYE')).status, 200)
    await desk.untilCard(call.callId, ({ pop }) => pop.state === 'released')
  }
})
