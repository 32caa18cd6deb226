import { randomUUID } from 'node:crypto'
import t from 'tap'
import { supervisor } from '../support/control-room.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { until } from '../support/until.ts'
import { webhookConfig, webhookSwitch } from '../support/webhook-room.ts'

/*
 * A switch that posts what happens: a force's own, or whatever stands between it and us.
 */

const offer = (call: string, n: number, over: object = {}) => ({
  ...{ type: 'offered', call, to: '999', from: `+4477009007${String(n).padStart(2, '0')}`, device: '4001' },
  ...over
})
const untilStates = (desk: Desk, ...wanted: string[]) =>
  until(() => {
    const shown = [...desk.client.screen.cards.values()].map(({ pop }) => pop.state).sort()
    return shown.join() === wanted.sort().join() ? '' : `the screen shows ${shown}; wanted ${wanted}`
  })

t.test('a call rings, is answered, held, taken back and over; a withheld one pops without history', async t => {
  const gateway = await makeGateway(t, { config: await webhookConfig(t) })
  const desk = await Desk.at(t, gateway.url, 1)
  const acd = webhookSwitch(gateway)
  t.match(await acd.post(offer('c1', 1)), { status: 200, body: { taken: 1, wants: 'snapshot' } })
  await untilStates(desk, 'alerting')
  const [call = ''] = desk.calls
  t.match(desk.card(call)?.pop, { line: '999', number: { display: '07700 900701', trust: 'asserted' }, device: '4001' })
  for (const [type, state] of [
    ['answered', 'answered'],
    ['held', 'held'],
    ['retrieved', 'answered']
  ] as const) {
    await acd.post({ type, call: 'c1', device: '4001' })
    await untilStates(desk, state)
  }
  await acd.post({ type: 'released', call: 'c1', cause: 'ended' })
  await untilStates(desk, 'released')
  // A name that no database takes as it stands.
  await acd.post(offer('c2', 2, { from: undefined, withheld: true, name: 'Ann\u0000\ud800' }))
  await untilStates(desk, 'alerting', 'released')
  const withheld = desk.calls.at(-1) ?? ''
  t.match(desk.card(withheld)?.pop.number, { trust: 'withheld' })
  await desk.untilCard(withheld, ({ panels }) => panels.history?.panel.status === 'not-asked')
  const record = await openRecord(t, gateway)
  const { rows } = await record.query(`select 1 from contact where call->>'trunk' = 'acd'`)
  t.equal(rows.length, 2, 'both calls are on record')
})

t.test('transferred, diverted, abandoned in a queue: each desk sees what concerns it', async t => {
  const gateway = await makeGateway(t, { config: await webhookConfig(t) })
  const [ann, bea] = [await Desk.at(t, gateway.url, 1), await Desk.at(t, gateway.url, 2)]
  const acd = webhookSwitch(gateway)
  await acd.post(offer('c1', 1), { type: 'answered', call: 'c1', device: '4001' })
  await untilStates(ann, 'answered')
  await acd.post({ type: 'transferred', call: 'c1', device: '4002' })
  await untilStates(bea, 'alerting')
  await acd.post({ type: 'answered', call: 'c1', device: '4002' })
  await untilStates(bea, 'answered')
  await acd.post({ type: 'released', call: 'c1' })
  await untilStates(bea, 'released')

  await acd.post(offer('c2', 2))
  await until(() => (ann.popped.length === 2 ? '' : 'the second call does not ring'))
  await acd.post({ type: 'alerting', call: 'c2', device: '4002' })
  await until(() => (bea.popped.length === 2 ? '' : 'it does not ring at the other desk'))

  await acd.post(offer('c3', 3, { to: '101', device: undefined, queue: 'tvp-101' }))
  await until(() => (ann.popped.length === 3 ? '' : 'nobody is offered what waits'))
  const waiting = ann.calls.at(-1) ?? ''
  await acd.post({ type: 'released', call: 'c3', cause: 'abandoned' })
  const { pop } = await ann.untilCard(waiting, card => card.pop.state === 'released')
  t.match(pop, { cause: 'abandoned', flags: { abandoned: true } })
})

t.test('only whoever has the secret is heard, of this switch and of now', async t => {
  const gateway = await makeGateway(t, { config: await webhookConfig(t) })
  const desk = await Desk.at(t, gateway.url, 1)
  const acd = webhookSwitch(gateway)
  const body = JSON.stringify({ events: [{ id: randomUUID(), ...offer('c1', 1) }] })
  for (const over of [
    { secret: Buffer.from('x'.repeat(40)) },
    { about: 'another' },
    { now: Date.now() - 600_000 },
    { now: Date.now() + 600_000 }
  ]) {
    t.match(await acd.sendText(body, over), { status: 401, body: { code: 'switch.unsigned' } })
  }
  t.match(await acd.sendText('{"events":', {}), { status: 400, body: { code: 'switch.unreadable' } })
  t.equal(desk.calls.length, 0)
  t.match(await acd.sendText(body), { status: 200, body: { taken: 1 } })
  t.match(await acd.sendText(body), { status: 200, body: { repeated: 1 } })
  t.match(await acd.send([{ type: 'tea' }, { id: 'x', type: 'answered' }]), {
    status: 200,
    body: { nonsense: 2, taken: 0 }
  })
})

t.test('messages that were lost are an alarm, and a snapshot puts every call right', async t => {
  const gateway = await makeGateway(t, { config: await webhookConfig(t) })
  const [ann, boss] = [await Desk.at(t, gateway.url, 1), await supervisor(t, gateway)]
  const acd = webhookSwitch(gateway, 'morning')
  t.notOk((await acd.post({ type: 'snapshot', calls: [] })).body.wants)
  await acd.post(offer('c1', 1), offer('c2', 2))
  await untilStates(ann, 'alerting', 'alerting')
  acd.lose(3)
  t.match(await acd.post({ type: 'heartbeat' }), { body: { wants: 'snapshot' } })
  await until(() => (boss.raised.includes('link-gap') ? '' : `alarms: ${boss.raised}`), 30_000)
  t.match(boss.alarmOf('link-gap')?.words, /acd is broken or lost messages: 3 of its messages did not arrive/)
  const parts = async () =>
    ((await (await fetch(`${gateway.url}/readyz`)).json()) as { parts: { switches: object } }).parts
  await until(async () => (JSON.stringify((await parts()).switches).includes('retrying') ? '' : 'not said on /readyz'))
  const { type: _, ...standing } = offer('c2', 2)
  const { type: __, ...fresh } = offer('c3', 3)
  const calls = [
    { ...standing, state: 'answered' },
    { ...fresh, state: 'alerting' }
  ]
  t.notOk((await acd.post({ type: 'snapshot', calls })).body.wants)
  await untilStates(ann, 'released', 'answered', 'alerting')
  await until(() => (boss.ended.includes('link-gap') ? '' : 'the alarm stays'), 30_000)
})

t.test('the switch turns to another gateway, and tells it every call: each is one call, and rings once', async t => {
  const config = await webhookConfig(t)
  const first = await makeGateway(t, { config })
  const second = await beside(t, first, { config })
  const record = await openRecord(t, second)
  const [ann, bea] = [await Desk.at(t, first.url, 1), await Desk.at(t, second.url, 2)]
  const acd = webhookSwitch(first)
  await acd.post({ type: 'snapshot', calls: [] }, offer('c1', 1), offer('c2', 2, { device: '4002' }))
  await untilStates(ann, 'alerting')
  await untilStates(bea, 'alerting')
  t.notOk((await webhookSwitch(second, 'spare').post({ type: 'heartbeat' })).body.wants, 'a heartbeat moves nothing')
  const { type: _, ...one } = offer('c1', 1)
  const { type: __, ...two } = offer('c2', 2, { device: '4002' })
  const calls = [
    { ...one, state: 'answered' },
    { ...two, state: 'alerting' }
  ]
  t.match(await webhookSwitch(second, 'b').post({ type: 'snapshot', calls }), { status: 200 })
  await untilStates(ann, 'answered')
  await untilStates(bea, 'alerting')
  const { rows } = await record.query(`select state from contact where call->>'trunk' = 'acd'`)
  t.equal(rows.length, 2)
  t.same([ann.popped.length, bea.popped.length], [1, 1])
  await webhookSwitch(second, 'b2').post({ type: 'released', call: 'c1' }, { type: 'released', call: 'c2' })
  await untilStates(ann, 'released')
  await untilStates(bea, 'released')
})

t.test('the gateway is killed: the switch goes on at another one, and nothing is lost or doubled', async t => {
  const config = await webhookConfig(t)
  const first = await makeGateway(t, { config })
  const second = await beside(t, first, { config })
  const record = await openRecord(t, second)
  const desk = await Desk.at(t, second.url, 1)
  const acd = webhookSwitch(first, 'a')
  await acd.post(offer('c1', 1), offer('h1', 2, { to: '101h', device: undefined }))
  await untilStates(desk, 'alerting')
  const batch = acd.stamp([
    { type: 'answered', call: 'c1', device: '4001' },
    { type: 'queued', call: 'h1' }
  ])
  await acd.send(batch)
  await untilStates(desk, 'answered')
  await first.kill()
  const there = webhookSwitch(second, 'a')
  t.match(
    await there.send(batch),
    { status: 200, body: { wants: 'snapshot' } },
    'sent again, as its answer may have been lost'
  )
  t.match(
    await there.send([
      { id: 'end', type: 'released', call: 'c1' },
      { id: 'end-h', type: 'released', call: 'h1' }
    ]),
    { status: 200 }
  )
  await untilStates(desk, 'released')
  const rows = async () =>
    (
      await record.query<{ state: string; force: string }>(
        `select force, state from contact where call->>'trunk' = 'acd' order by force`
      )
    ).rows
  await until(
    async () => ((await rows()).every(({ state }) => state === 'released') ? '' : JSON.stringify(await rows())),
    30_000
  )
  t.same(
    (await rows()).map(({ force }) => force),
    ['hants', 'tvp'],
    'each call once'
  )
})
