import type { Test } from 'tap'
import type { CallEvent } from '../../src/call/call-event.ts'
import { startDrachtio } from '../support/drachtio-server.ts'
import { type DrachtioBench, drachtioBench, whyNotUp } from '../support/sip-drivers.ts'
import { placeCall, RING_PEER } from '../support/switch-call.ts'
import { until } from '../support/until.ts'

/*
 * What happens to calls when the drachtio-server, or the gateway behind it, is killed, frozen or cut off. Against a
 * real server; how soon each is seen is printed, because a busy machine must not fail the test.
 */

const SEEN_WITHIN_MS = 10_000

/** How long until the driver says so. */
async function seen(bench: DrachtioBench, words: RegExp): Promise<number> {
  const from = performance.now()
  await until(() => (words.test(whyNotUp(bench.driver)) ? '' : `it says: ${whyNotUp(bench.driver)}`), SEEN_WITHIN_MS)
  return Math.round(performance.now() - from)
}

const up = (bench: DrachtioBench) => until(() => whyNotUp(bench.driver))
const dialogOf = ([first]: readonly CallEvent[]) => (first?.kind === 'offered' ? (first.dialog ?? {}) : {})

/** A server that is killed or frozen, and what is said of it. */
export function serversGone(t: Test): void {
  t.test('a killed server is seen, named, and found again', async t => {
    const server = await startDrachtio(t)
    const bench = await drachtioBench(t, { sipPort: server.sipPort, adminPorts: [server.adminPort] })
    const call = await placeCall(t, bench)
    await call.open()
    await server.kill()
    t.comment(`figure: a killed drachtio-server was seen after ${await seen(bench, /is away: start it/)} ms`)
    t.match(bench.driver.state(), { state: 'down', why: `drachtio at 127.0.0.1:${server.adminPort} is away` })
    await server.start()
    await up(bench)
    const next = await placeCall(t, bench)
    await next.open()
    t.equal((await next.ask('BYE')).status, 200)
    await next.until('offered released')
    t.equal((await call.ask('BYE')).status, 481, 'a server that was started anew knows nothing of the old call')
    t.equal(call.kinds, 'offered', 'its end is not guessed: it is lost after an hour')
  })

  t.test('a frozen server is seen, and its calls go on when it wakes', async t => {
    const server = await startDrachtio(t)
    const bench = await drachtioBench(t, { sipPort: server.sipPort, adminPorts: [server.adminPort] })
    const call = await placeCall(t, bench)
    await call.open()
    server.freeze()
    t.comment(`figure: a frozen drachtio-server was seen after ${await seen(bench, /does not answer: restart it/)} ms`)
    server.thaw()
    await up(bench)
    t.equal((await call.ask('INFO', { headers: { 'X-Device': '4001' } })).status, 200)
    t.equal((await call.ask('BYE')).status, 200)
    await call.until('offered alerting released')
    t.same(
      bench.states.map(({ state }) => state),
      ['up', 'down', 'up']
    )
  })

  t.test('a server frozen before it knew our secret is seen too', async t => {
    const server = await startDrachtio(t)
    server.freeze()
    const { sipPort, adminPort } = server
    const bench = await drachtioBench(t, { sipPort, adminPorts: [adminPort], isExpectedUp: false })
    await seen(bench, /does not answer/)
    server.thaw()
    await up(bench)
  })
}

/** What else serves, or does not. */
export function severalServers(t: Test): void {
  t.test('of two servers one may go, and calls come by the other', async t => {
    const [one, two] = [await startDrachtio(t), await startDrachtio(t)]
    const bench = await drachtioBench(t, { sipPort: two.sipPort, adminPorts: [one.adminPort, two.adminPort] })
    const lasting = await placeCall(t, bench)
    await lasting.open()
    await one.kill()
    await seen(bench, new RegExp(`127\\.0\\.0\\.1:${one.adminPort} is away.*1 of 2 serve`))
    t.equal(bench.driver.state().state, 'retrying')
    const call = await placeCall(t, bench)
    await call.open()
    for (const each of [lasting, call]) {
      t.equal((await each.ask('BYE')).status, 200)
      await each.until('offered released')
    }
    await one.start()
    await up(bench)
  })

  t.test('two gateways on one server share the calls, and one goes on when the other is gone', async t => {
    const { sipPort, adminPort } = await startDrachtio(t)
    const one = await drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    const two = await drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    const count = (kind: string) => [one, two].map(({ events }) => events.filter(event => event.kind === kind).length)
    const calls = await Promise.all(Array.from({ length: 20 }, () => placeCall(t, one)))
    for (const call of calls) await call.open()
    t.same(count('offered'), [10, 10])
    for (const call of calls) t.equal((await call.ask('BYE')).status, 200)
    t.same(count('released'), [10, 10], 'each ends where it began')
    await one.driver.stop()
    const after = await Promise.all(Array.from({ length: 4 }, () => placeCall(t, two)))
    for (const call of after) await call.open()
    await until(() => (count('offered')[1] === 14 ? '' : `${count('offered')}`))
  })

  t.test('a secret that is not the server’s is said as such', async t => {
    const { sipPort, adminPort } = await startDrachtio(t)
    const bench = await drachtioBench(t, { sipPort, adminPorts: [adminPort], secret: 'another', isExpectedUp: false })
    await seen(bench, /does not take our secret/)
    const call = await placeCall(t, bench)
    t.equal((await call.invite()).status, 503, 'the switch hears at once that it must go elsewhere')
  })
}

/** The gateway started anew, an answer that did not leave. */
export function gatewayGone(t: Test): void {
  t.test('after a restart of the gateway the end of its calls is still heard', async t => {
    const { sipPort, adminPort } = await startDrachtio(t)
    const before = await drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    const [call, ringing] = [await placeCall(t, before), await placeCall(t, before, RING_PEER)]
    await call.open()
    await ringing.invite()
    const restored = [dialogOf(call.events), dialogOf(ringing.events)]
    await before.driver.stop()
    const after = await drachtioBench(t, { sipPort, adminPorts: [adminPort], restored })
    t.equal(
      (await call.ask('INFO', { headers: { 'X-Device': '4001' } })).status,
      481,
      'only the old link could be asked'
    )
    t.equal((await call.ask('BYE')).status, 481)
    await until(() => (after.events.length === 1 ? '' : `${after.events.length} events`))
    await ringing.send('CANCEL')
    await until(() => (after.events.length === 2 ? '' : `${after.events.length} events`))
    t.match(after.events, [
      { kind: 'released', cause: 'ended' },
      { kind: 'released', cause: 'no-outcome' }
    ])
    t.equal(await after.faults(), 0)
  })

  t.test('a call whose answer could not be sent may come again', async t => {
    const server = await startDrachtio(t)
    const bench = await drachtioBench(t, { sipPort: server.sipPort, adminPorts: [server.adminPort] })
    const slow = Promise.withResolvers<void>()
    bench.take(() => slow.promise.then(() => 'durable'))
    const call = await placeCall(t, bench)
    await call.client.send(call.inviteText)
    await call.until('offered')
    await server.kill()
    await seen(bench, /is away/)
    slow.resolve()
    await server.start()
    await up(bench)
    t.equal((await call.invite()).status, 200)
    await call.until('offered offered')
  })
}

/** Many calls, and the config we give away. */
export function realServer(t: Test): void {
  t.test('BYE straight after ACK, five hundred times, loses none', async t => {
    const { sipPort, adminPort } = await startDrachtio(t)
    const bench = await drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    const calls = 500
    for (let n = 0; n < calls; n++) {
      const call = await placeCall(t, bench)
      await call.open()
      await call.send('BYE')
    }
    const ended = () => bench.events.filter(event => event.kind === 'released').length
    await until(() => (ended() === calls ? '' : `${ended()} of ${calls} ended`))
    t.equal(bench.events.length, 2 * calls)
  })

  t.test('the config in deploy/ starts a real server', async t => {
    const { adminPort, sipPort } = await startDrachtio(t, { isDeployed: true })
    const bench = await drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    const call = await placeCall(t, bench)
    await call.open()
    t.equal((await call.ask('BYE')).status, 200)
  })
}
