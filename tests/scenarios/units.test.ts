import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Panel } from '../../src/pop/pop.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { atDesk, supervisor } from '../support/control-room.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { NEIGHBOURHOOD, radioConfig, TOKEN, tell, toReports } from '../support/radio.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/* Whom to send, as the handler sees it: a force's radio tells the gateway of its units, and a call comes in. */

const config = await radioConfig(t, [{ id: 'dogs', name: 'Offender on foot', grade: '2', skills: ['dog'] }])
const gateway = await makeGateway(t, { config })
const handler = await signOn(t, gateway)
const record = await openRecord(t, gateway)
await record.query('truncate unit')

async function ring(t: Test): Promise<string> {
  const report = await place(gateway, 'uac-999-pidf-lo-expect-200').done
  t.equal(report.exitCode, 0, report.lastWords)
  const [placed] = [...report.calls.values()]
  return placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
}

const panelsOf = (client: HandlerClient, call: string): Panel[] =>
  panelsTold(client.journal, call, 'units').filter(({ status }) => status !== 'pending')

/** The first unit of the newest panel of a call, and all that is said. */
function lastOf(client: HandlerClient, call: string) {
  const panel = panelsOf(client, call).at(-1)
  const items = panel?.items ?? []
  return { panel, items, first: items.find(({ kind }) => kind === 'unit')?.fields?.['callsign'] }
}

t.test(
  'a system without the token, or with nonsense, is answered in words, and the rest of its batch counts',
  async t => {
    t.equal((await tell(gateway, [{ callsign: 'CA01' }], 'x'.repeat(40))).status, 401)
    t.match(await (await tell(gateway, [])).json(), { code: 'http.bad-request' })
    const answer = await tell(gateway, [
      { callsign: 'CA01', km: 2, status: '2', crew: 2 },
      { callsign: 'CA02', km: 9, status: '2', crew: 2 },
      { callsign: 'CA03', grid: 'nowhere' },
      { callsign: 'CA0\u0000', status: '2' }
    ])
    t.match(await answer.json(), {
      ...{ taken: 2, older: 0, refused: 2 },
      rows: [
        { row: 3, text: 'grid is no grid reference' },
        { row: 4, text: /a NUL or half of a character/ }
      ]
    })
    const kept = async () => (await record.query('select callsign from unit_state order by callsign')).rows
    await until(async () => ((await kept()).length === 2 ? '' : JSON.stringify(await kept())))
  }
)

t.test(
  'a 999 call shows whom to send and why; when the first goes to a scene, that is said without asking',
  async t => {
    await tell(gateway, [
      { callsign: 'CA01', km: 2, status: '2', crew: 2 },
      { callsign: 'CA02', km: 9, status: '2', crew: 2 }
    ])
    const call = await ring(t)
    await until(() => (lastOf(handler, call).first === 'CA01' ? '' : JSON.stringify(lastOf(handler, call).panel ?? '')))
    const { items } = lastOf(handler, call)
    t.match(items[0], { kind: 'job', title: /^Grade 1, Immediate: 15 min/ })
    t.match(items.find(({ kind }) => kind === 'unit')?.detail, /by estimate, within 15 min; free/)
    await tell(gateway, [{ callsign: 'CA01', km: 2, status: '6' }])
    await until(
      () => (lastOf(handler, call).first === 'CA02' ? '' : JSON.stringify(lastOf(handler, call).panel)),
      30_000
    )
    const now = lastOf(handler, call).items
    t.match(
      now.find(({ kind }) => kind === 'changed')?.title,
      /CA02 is first now, in place of CA01: CA01 cannot be sent/
    )
    t.match(now.find(({ kind }) => kind === 'left-out')?.title, /CA01 .*not available \(status 6\)/)
  }
)

t.test(
  'over one connection the radio is answered message by message, and what makes no sense costs it nothing',
  async t => {
    const strangers = await Promise.all(['', 'x'.repeat(40)].map(token => statusOf(openFeed(gateway, token))))
    t.same(strangers, [401, 401])
    const feed = openFeed(gateway, TOKEN)
    const answers: object[] = []
    feed.on('message', data => answers.push(JSON.parse(data.toString())))
    await once(feed, 'open')
    t.teardown(() => feed.terminate())
    const units = toReports([
      { callsign: 'CA11', km: 3, status: '2', crew: 2 },
      { callsign: 'CA12', grid: 'nowhere' }
    ])
    for (const text of ['no JSON', '{"id":2,"units":[]}', JSON.stringify({ id: 'three', units })]) feed.send(text)
    await until(() => (answers.length === 3 ? '' : JSON.stringify(answers)))
    t.match(answers, [
      { code: 'units.unreadable', text: /no JSON/ },
      { id: 2, code: 'units.unreadable', text: /units must NOT have fewer than 1 items/ },
      { id: 'three', taken: 1, refused: 1, rows: [{ row: 2, text: 'grid is no grid reference' }] }
    ])
    const closed = once(feed, 'close')
    feed.send(Buffer.from([1]))
    t.equal((await closed)[0], 1003, 'it is text that is sent')
  }
)

function openFeed({ url }: GatewayProcess, token: string): WebSocket {
  return new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/units/feed`, {
    headers: { authorization: `Bearer ${token}` }
  })
}

/** With which it was refused. */
async function statusOf(socket: WebSocket): Promise<number | undefined> {
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  socket.terminate()
  return (response as IncomingMessage).statusCode
}

t.test('of two that are alike, the one of the caller’s own neighbourhood is first, and that is said', async t => {
  const alike = { km: 0.1, status: '2', crew: 2 }
  await tell(gateway, [
    { callsign: 'CA21', ...alike, neighbourhood: 'Hill Top' },
    { callsign: 'CA22', ...alike, neighbourhood: NEIGHBOURHOOD }
  ])
  const call = await ring(t)
  await until(() => (lastOf(handler, call).first === 'CA22' ? '' : JSON.stringify(lastOf(handler, call).panel ?? '')))
  const { items } = lastOf(handler, call)
  t.match(items[0], { kind: 'job', title: /, in River Bank$/, fields: { neighbourhood: NEIGHBOURHOOD } })
  const [first, second] = items.filter(({ kind }) => kind === 'unit')
  t.match(first?.detail, /of this neighbourhood/)
  t.match(second?.fields, { callsign: 'CA21', terms: /not of this neighbourhood/ })
  await tell(gateway, [
    { callsign: 'CA21', km: 25, status: '8' },
    { callsign: 'CA22', km: 25, status: '8' }
  ])
})

t.test('an officer in danger is an alarm of the first priority, whatever else the unit does', async t => {
  const desk = await supervisor(t, gateway)
  await tell(gateway, [{ callsign: 'CA02', status: '0' }])
  await until(() => (desk.raised.includes('officer-emergency') ? '' : `alarms: ${desk.raised}`))
  t.match(desk.alarmOf('officer-emergency'), {
    ...{ priority: 1, words: 'Unit CA02 has sent the code of an officer in danger.' }
  })
})

t.test('the handler says what it is: units are recommended by that, and what makes no sense is refused', async t => {
  const desk = await atDesk(t, gateway, 2, { acks: true })
  await tell(gateway, [
    { callsign: 'CA04', km: 1, status: '2', crew: 2 },
    { callsign: 'DG01', km: 12, status: '2', crew: 2, skills: ['dog'] }
  ])
  const call = await ring(t)
  await until(() => (lastOf(handler, call).first === 'CA04' ? '' : JSON.stringify(lastOf(handler, call).panel ?? '')))
  // The same handler at another screen.
  handler.staysAway()
  const own = await atDesk(t, gateway, 1, { acks: true })
  t.match(await desk.command('job.choose', { call, grade: '2', type: null }), { error: { code: 'call.not-entitled' } })
  t.match(await own.command('job.choose', { call, grade: '9', type: null }), { error: { code: 'job.unknown' } })
  t.match(await own.command('job.choose', { call, grade: null, type: 'dogs' }), { ok: true })
  const panels = () => panelsTold(own.page.events, call, 'units')
  await until(() =>
    panels()
      .at(-1)
      ?.items.some(({ title }) => title.startsWith('DG01'))
      ? ''
      : JSON.stringify(panels().at(-1))
  )
  const { items = [] } = panels().at(-1) ?? {}
  t.match(items[0], { title: /^Grade 2, Priority/, detail: 'Needs dog', fields: { isChosen: true, type: 'dogs' } })
  t.equal(items.find(({ kind }) => kind === 'unit')?.fields?.['callsign'], 'DG01')
  t.match(items.find(({ kind }) => kind === 'why-not-nearest')?.title, /CA04.* cannot be sent: without dog/)
})

t.test('what units say outlives the gateway, and another gateway knows it', async t => {
  await tell(gateway, [{ callsign: 'CA07', km: 1, status: '2', crew: 2 }])
  const other = await beside(t, gateway, { config })
  const handler = await signOn(t, gateway)
  await tell(other, [{ callsign: 'CA08', km: 0.5, status: '2', crew: 2 }])
  const call = await ring(t)
  await until(
    () => (lastOf(handler, call).first === 'CA08' ? '' : JSON.stringify(lastOf(handler, call).panel ?? '')),
    30_000
  )
  await gateway.kill()
  await gateway.start({ config })
  await until(() => (handler.welcomes > 1 ? '' : 'not back'), 30_000)
  const again = await ring(t)
  await until(
    () => (lastOf(handler, again).first === 'CA08' ? '' : JSON.stringify(lastOf(handler, again).panel ?? '')),
    30_000
  )
  t.ok(lastOf(handler, again).items.some(({ fields }) => fields?.['callsign'] === 'CA07'))
})
