import t from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { toldOf } from '../support/told.ts'
import { until } from '../support/until.ts'

t.test('a 999 caller who gave up is in the ledger, and the next call of the number says so', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const supervisor = new HandlerClient({
    ...{ url: gateway.url, handler: 'tvp-s01', password: DEMO_PASSWORD, position: 'tvp-sup' }
  })
  t.teardown(() => supervisor.stop())
  await supervisor.start()
  const record = await openRecord(t, gateway)

  await place(gateway, 'uac-cancel-expect-487').done
  const entries = () => supervisor.board.flatMap(ev => (ev.type === 'ledger.entry' ? [ev.data] : []))
  await until(() => (entries().length === 0 ? 'the supervisor was not told' : ''), 30_000)
  t.match(entries(), [{ kind: 'abandoned', line: '999', number: { display: '01632 960001' }, later: [] }])

  await place(gateway, 'uac-cancel-expect-487').done
  const pops = () => handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data] : []))
  await until(() => (pops().length < 2 ? `${pops().length} pops of 2` : ''), 30_000)
  t.match(pops()[0], { flags: { repeat: false } })
  t.match(pops()[1], { flags: { repeat: true }, ledger: { entry: entries()[0]?.entry, kind: 'abandoned', count: 1 } })
  await until(() => (entries().every(entry => entry.later.length === 0) ? 'not tied to the entry' : ''), 30_000)

  await until(async () => ((await openIn(record)) < 2 ? 'the second call is not entered' : ''), 30_000)
  t.equal(await openIn(record), 2, 'the second, given up too, has an entry of its own')
  await gateway.kill()
  await gateway.start()
  t.equal(await openIn(await openRecord(t, gateway)), 2, 'a crash opens nothing twice')
})

async function openIn(record: Awaited<ReturnType<typeof openRecord>>): Promise<number> {
  const { rows } = await record.query('select count(*)::int as open from ledger where closed_at is null')
  return rows[0].open
}

t.test('a call put through to another desk is on both screens until the second has it', async t => {
  const gateway = await makeGateway(t)
  const [first, second] = [await signOn(t, gateway, 1), await signOn(t, gateway, 2)]
  const report = await place(gateway, 'uac-transfer-info-expect-200').done
  t.equal(report.exitCode, 0)
  const [placed] = [...report.calls.values()]
  const callId = placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
  const said = (desk: HandlerClient) => toldOf(desk.journal, callId)
  await until(
    () => (said(second).at(-1)?.state === 'released' ? '' : 'the second desk has not heard of the end'),
    30_000
  )
  await until(() => (said(first).at(-1)?.state === 'released' ? '' : 'the first desk has not heard of the end'), 30_000)
  t.match(said(second)[0], { state: 'alerting', device: '4002' }, 'it rang there')
  t.notOk(said(second)[0]?.takenBy, 'and could be taken')
  t.ok(said(second).some(({ state, takenBy }) => state === 'answered' && takenBy === 'tvp-h02'))
  const handed = said(first).find(({ wrapUp }) => wrapUp === true)
  t.match(handed, { state: 'answered', handedOverTo: { device: '4002', handler: 'tvp-h02', answered: true } })
})

t.test(
  'a conference with another service: the desk sees who is on the call, who comes to it and who leaves',
  async t => {
    const gateway = await makeGateway(t)
    const desk = await signOn(t, gateway, 1)
    const report = await place(gateway, 'uac-conference-expect-200').done
    t.equal(report.exitCode, 0)
    const said = () =>
      desk.journal.flatMap(({ ev }) =>
        ev.type === 'call.pop' || ev.type === 'call.state'
          ? [(ev.data.parties ?? []).map(({ role, name = '', state }) => `${role} ${name} ${state}`).join(', ')]
          : []
      )
    const has = (words: RegExp) => said().some(each => words.test(each))
    await until(() => (has(/operator Newport 7 connected/) ? '' : `no operator: ${said().join(' | ')}`), 30_000)
    await until(() => (has(/ambulance SCAS Control connected/) ? '' : `no ambulance: ${said().join(' | ')}`), 30_000)
    await until(
      () => (has(/operator Newport 7 left.*ambulance SCAS Control left/) ? '' : `still there: ${said().join(' | ')}`),
      30_000
    )
  }
)
