import t from 'tap'
import { Desk, isWhole } from '../support/desk.ts'
import { freeze, send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside, nodeOf, RovingCall } from '../support/gateways.ts'
import { until } from '../support/until.ts'

t.test(
  'while Redis does not answer, a call at one gateway is on the screen at another, with all its panels',
  async t => {
    const first = await makeGateway(t)
    const second = await beside(t, first)
    const desk = await Desk.at(t, second.url, 1)
    const other = await Desk.at(t, second.url, 2)
    const before = new RovingCall(t, 21)
    await before.open(first, '4001')
    await desk.untilCard(before.callId, isWhole)

    const thawed = freeze(t, await storePids(first, 'redis-server'), 9_000)
    let isFrozen = true
    thawed.then(() => {
      isFrozen = false
    })
    const tookMs: number[] = []
    const calls = [22, 23, 24, 25].map(caller => new RovingCall(t, caller))
    for (const call of calls) {
      const placedAt = performance.now()
      t.equal(await call.open(first, '4001'), 200, 'the switch is answered as ever')
      await desk.untilCard(call.callId, ({ pop }) => pop.offer === 'device', 3_000)
      tookMs.push(Math.round(performance.now() - placedAt))
    }
    t.comment(`figure: INVITE at one gateway to card at the other without Redis: ${tookMs.join(', ')} ms`)
    for (const call of calls) await desk.untilCard(call.callId, isWhole, 3_000)
    t.same(other.calls, [], 'nobody else is shown them')
    const [one] = calls
    t.equal((await one?.ask(first, 'BYE'))?.status, 200)
    await desk.untilCard(one?.callId ?? '', ({ pop }) => pop.state === 'released', 3_000)
    t.ok(isFrozen, 'all that without Redis')

    await thawed
    const after = new RovingCall(t, 26)
    await after.open(first, '4001')
    await desk.untilCard(after.callId, isWhole)
    const all = [before, ...calls, after].map(({ callId }) => callId)
    t.same([...desk.calls].sort(), all.sort(), 'and each call is there once')
  }
)

t.test('a gateway that came while another renewed its lease hears of that one’s calls without Redis', async t => {
  const first = await makeGateway(t)
  const record = await openRecord(t, first)
  const redis = await storePids(first, 'redis-server')
  // The renewal stands still after it has read the table of nodes, and the other comes meanwhile.
  const holder = await record.connect()
  await holder.query('begin')
  await holder.query('select from node where node = $1 for update', [await nodeOf(record, first)])
  const coming = beside(t, first)
  await until(async () => {
    const { rows } = await record.query<{ nodes: number }>('select count(*)::int as nodes from node')
    return rows[0]?.nodes === 2 ? '' : `${rows[0]?.nodes} nodes`
  })
  await holder.query('commit')
  holder.release()
  const second = await coming
  const desk = await Desk.at(t, second.url, 1)
  const before = new RovingCall(t, 31)
  await before.open(first, '4001')
  await desk.untilCard(before.callId, () => true)

  t.teardown(() => send(redis, 'SIGCONT'))
  send(redis, 'SIGSTOP')
  const call = new RovingCall(t, 32)
  t.equal(await call.open(first, '4001'), 200)
  await desk.untilCard(call.callId, ({ pop }) => pop.offer === 'device', 3_000)
  send(redis, 'SIGCONT')
})
