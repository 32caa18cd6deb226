import t, { type Test } from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { answeredOf, poppedAt } from '../support/faults.ts'
import { desksFile, makeGateway, place, signOn } from '../support/gateway.ts'
import { RawConsole } from '../support/raw-console.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 30, calls: 300 } as const

/** A handler at desk 1 whose console never acknowledges, and tells that it is alive as long as it reads. */
async function aStuckHandler(t: Test, gateway: GatewayProcess) {
  const ask = async (path: string, headers: Record<string, string>, body: object = {}) => {
    const all = { 'x-callbox': '1', 'content-type': 'application/json', ...headers }
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers: all, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer
  }
  const who = { handler: 'tvp-h01', password: DEMO_PASSWORD, position: 'tvp-d01' }
  const cookie = (await ask('/api/v1/sign-on', {}, who)).headers.get('set-cookie')?.split(';')[0] ?? ''
  const connect = async (resume?: { epoch: string; seq: number; eventId: string }) => {
    const { ticket } = (await (await ask('/api/v1/ws-ticket', { cookie })).json()) as { ticket: string }
    const raw = await new RawConsole(t, gateway.place.httpPort).open()
    raw.send({ t: 'hello', v: 1, ticket, client: 'stuck', ...(resume === undefined ? {} : { resume }) })
    const welcome = await raw.next('welcome')
    raw.socket.on('message', data => {
      if (JSON.parse(data.toString()).t === 'hb') raw.send({ t: 'hb', vis: 'visible' })
    })
    return { raw, welcome }
  }
  return { connect }
}

/** Calls at desks 1 and 2 in turn. */
async function atTwoDesks(t: Test, gateway: GatewayProcess) {
  const desks = await desksFile(t, ['4001', '4002'])
  return place(gateway, 'uac-999-desks-expect-200', { ...LOAD, args: ['-inf', desks] })
}

for (const how of ['never acknowledges', 'never reads'] as const) {
  t.test(`a console that ${how} is let go, goes on where it was, and disturbs nobody`, async t => {
    const gateway = await makeGateway(t)
    const { connect } = await aStuckHandler(t, gateway)
    const next = await signOn(t, gateway, 2)
    const { raw } = await connect()
    if (how === 'never reads') raw.socket.pause()
    const sipp = await atTwoDesks(t, gateway)
    const report = await sipp.done
    t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
    await until(() =>
      poppedAt(next).length === LOAD.calls / 2 ? '' : `${poppedAt(next).length} pops at the next desk`
    )
    t.same(next.closes, [], 'the next desk was not disturbed')
    if (how === 'never acknowledges') t.equal(await raw.untilClosed(20_000), 4429)
    else {
      // Its end of the wire hears nothing of the close until it reads again.
      const gone = async () => /socket_closes_total\{code="(1006|4429|4430)"\} [1-9]/.test(await metrics(gateway))
      await until(async () => ((await gone()) ? '' : 'still held'), 20_000)
      raw.socket.resume()
      await raw.untilClosed(10_000)
    }
    const held = raw.events
    const last = held.at(-1)
    const { epoch } = await raw.next('welcome')
    const { raw: again, welcome } = await connect({ epoch, seq: last?.seq ?? 0, eventId: last?.eventId ?? '' })
    t.equal(welcome.resumed, true, 'its next connection goes on where it was')
    const ofDesk1 = () =>
      new Set([...held, ...again.events].flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.call] : [])))
    await until(() => (ofDesk1().size === LOAD.calls / 2 ? '' : `${ofDesk1().size} calls at the first desk`))
    t.equal(answeredOf(report).size, LOAD.calls)
    const seqs = [...held, ...again.events].flatMap(({ seq }) => seq ?? [])
    t.same(
      seqs.filter((seq, at) => at > 0 && seq !== (seqs[at - 1] ?? 0) + 1),
      [],
      'without a gap or a repeat'
    )
  })
}

async function metrics(gateway: GatewayProcess): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}
