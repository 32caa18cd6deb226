import t, { type Test } from 'tap'
import type { CallRecord } from '../../src/pop/call-record.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { aSwitch, atDesk } from '../support/control-room.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { until } from '../support/until.ts'

/* A call from a real switch, taken at a desk; and whoever else looks at it, through the doors of the gateway. */

/** Somebody signed on at a gateway, who asks it by HTTP alone. */
async function aPerson(gateway: GatewayProcess, handler: string, position: string) {
  const headers = { 'content-type': 'application/json', 'x-callbox': '1' }
  const body = JSON.stringify({ handler, password: DEMO_PASSWORD, position })
  const signedOn = await fetch(`${gateway.url}/api/v1/sign-on`, { method: 'POST', headers, body })
  const cookie = (signedOn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const post = (path: string, asked: object = {}) =>
    fetch(`${gateway.url}${path}`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(asked) })
  const get = (path: string) => fetch(`${gateway.url}${path}`, { headers: { cookie } })
  return { post, get, signedOn: (await signedOn.json()) as { may: readonly string[] } }
}

async function aTakenCall(t: Test, gateway: GatewayProcess, { asserted = '+447700900951' } = {}) {
  const desk = await atDesk(t, gateway, 1, { acks: true })
  const caller = await aSwitch(t, gateway)
  const placed = caller.place({ ddi: '999', device: '4001', asserted, shown: asserted })
  await until(() => (desk.pops.length > 0 ? '' : 'no pop'), 30_000)
  const call = desk.pops[0] ?? ''
  t.equal(await placed.answered, 200)
  // The record may not have the call in the first moment: whoever takes it is told to try again.
  await until(async () => ((await desk.command('call.take', { call })).ok ? '' : 'not taken'), 30_000)
  return { desk, call, placed }
}

t.test('a call is exported as the record holds it, by whoever may, and who did stands in the record', async t => {
  const gateway = await makeGateway(t)
  const record = await openRecord(t, gateway)
  const { desk, call, placed } = await aTakenCall(t, gateway)
  const note = { call, note: crypto.randomUUID(), about: 'note', text: '=cmd Caller whispers.', version: 1, done: true }
  await until(
    async () => ((await desk.command('note.save', note)).ok ? '' : 'the record has no call to write of'),
    30_000
  )
  placed.hangUp()
  const inRecord = async () => (await record.query('select * from contact where call_id = $1', [call])).rows[0]
  await until(async () => ((await inRecord())?.state === 'released' ? '' : 'not over'), 30_000)

  const [handler, other, supervisor] = [
    await aPerson(gateway, 'tvp-h02', 'tvp-d02'),
    await aPerson(gateway, 'hants-s01', 'hants-sup'),
    await aPerson(gateway, 'tvp-s01', 'tvp-sup')
  ]
  t.same([handler.signedOn.may, supervisor.signedOn.may], [['export-own'], ['export', 'export-own', 'peek', 'replay']])
  for (const who of [handler, other]) {
    t.equal((await who.post(`/api/v1/calls/${call}/export`, { format: 'json' })).status, 403)
    t.equal((await who.post(`/api/v1/calls/${call}/replay`)).status, 403)
  }
  const answer = await supervisor.post(`/api/v1/calls/${call}/export`, { format: 'json', reason: 'Complaint 12/26' })
  t.equal(answer.status, 200)
  const exported = (await answer.json()) as CallRecord
  const { rows: events } = await record.query('select event_id, event from journal where call_id = $1', [call])
  t.same(
    new Map(exported.events.map(each => [each.eventId, each.event])),
    new Map(events.map(row => [row.event_id, row.event])),
    'every event, whole'
  )
  t.same(exported.head.call, (await inRecord()).call)
  t.match(exported.shown, [{ handler: 'tvp-h01', ackedAt: Number }])
  t.match(exported.notes, [{ handler: 'tvp-h01', text: '=cmd Caller whispers.', isDone: true }])
  t.match(exported.hands, [{ handler: 'tvp-h01' }])

  const csv = await (await supervisor.post(`/api/v1/calls/${call}/export`, { format: 'csv' })).text()
  for (const { event_id } of events) t.match(csv, event_id)
  t.match(csv, /,tvp-h01,'=cmd Caller whispers\.,/)
  const { rows } = await record.query(
    'select kind, format, handler, position, call_force, reason from disclosure order by 1, 2'
  )
  const by = { kind: 'export', handler: 'tvp-s01', position: 'tvp-sup', call_force: 'tvp' }
  t.same(rows, [
    { ...by, format: 'csv', reason: null },
    { ...by, format: 'json', reason: 'Complaint 12/26' }
  ])
  const again = (await (await supervisor.post(`/api/v1/calls/${call}/export`, { format: 'json' })).json()) as CallRecord
  t.equal(again.disclosures.length, 2, 'later exports have the earlier ones')
})

t.test(
  'a live call is listed with its desk and read along at another gateway, and the record has from when to when',
  async t => {
    const gateway = await makeGateway(t)
    const second = await beside(t, gateway)
    const record = await openRecord(t, gateway)
    const { call, placed } = await aTakenCall(t, gateway)
    for (const at of [gateway, second]) {
      const supervisor = await aPerson(at, 'tvp-s01', 'tvp-sup')
      const listed = async () =>
        (await (await supervisor.get('/api/v1/calls/live')).json()) as { calls: { handler?: string }[] }
      await until(
        async () => ((await listed()).calls[0]?.handler === 'tvp-h01' ? '' : JSON.stringify(await listed())),
        30_000
      )
      t.match((await listed()).calls, [{ call, line: '999', handler: 'tvp-h01', position: 'tvp-d01', alarms: [] }])
      t.notMatch(JSON.stringify(await listed()), /900951/)

      const begun = (await (await supervisor.post('/api/v1/peeks', { call })).json()) as { peek: string }
      const peeked = async () =>
        (await (await supervisor.post(`/api/v1/peeks/${begun.peek}`)).json()) as {
          card: { pop: object; panels: { panel: { panel: string; status: string } }[] }
        }
      await until(async () => ((await peeked()).card.panels.length >= 6 ? '' : JSON.stringify(await peeked())), 30_000)
      t.match((await peeked()).card.pop, { takenBy: 'tvp-h01', number: { display: '07700 900951' }, offer: 'device' })
      t.equal((await supervisor.post(`/api/v1/peeks/${begun.peek}/end`)).status, 204)
      t.equal((await supervisor.post(`/api/v1/peeks/${begun.peek}`)).status, 404, 'over is over')
    }
    const { rows } = await record.query('select * from disclosure order by disclosure_id')
    t.match(rows, [
      { kind: 'peek', handler: 'tvp-s01', is_over: true },
      { kind: 'peek', handler: 'tvp-s01', is_over: true }
    ])
    for (const row of rows) t.ok(row.until_at > row.at, 'it lasted')
    placed.hangUp()
  }
)

t.test('a past call is found and played again from the record, through a restart', async t => {
  const gateway = await makeGateway(t)
  const { call, placed } = await aTakenCall(t, gateway)
  placed.hangUp()
  const record = await openRecord(t, gateway)
  const state = async () => (await record.query('select state from contact where call_id = $1', [call])).rows[0]?.state
  await until(async () => ((await state()) === 'released' ? '' : 'not over'), 30_000)
  await gateway.kill()
  await gateway.start()
  const supervisor = await aPerson(gateway, 'tvp-s01', 'tvp-sup')
  const past = await supervisor.post('/api/v1/calls/past', {
    from: 0,
    until: Date.now() + 1_000,
    number: '07700 900951'
  })
  t.match(await past.json(), { calls: [{ call, line: '999', handlers: ['tvp-h01'] }], more: false })
  const replay = (await (await supervisor.post(`/api/v1/calls/${call}/replay`, { reason: 'Debrief' })).json()) as {
    steps: { ev: { type: string; data: { state?: string; takenBy?: string } } }[]
    moments: { kind: string }[]
  }
  const states = replay.steps.flatMap(({ ev }) => (ev.data.state === undefined ? [] : [ev.data.state]))
  t.equal(states[0], 'alerting')
  t.equal(states.at(-1), 'released')
  t.ok(replay.steps.some(({ ev }) => ev.data.takenBy === 'tvp-h01'))
  t.ok(replay.moments.some(({ kind }) => kind === 'taken'))
  const { rows } = await (await openRecord(t, gateway)).query('select kind, reason from disclosure')
  t.same(rows, [{ kind: 'replay', reason: 'Debrief' }])
})
