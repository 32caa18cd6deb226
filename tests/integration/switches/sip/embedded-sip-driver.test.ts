import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import type { CallEvent } from '../../../../src/call/call-event.ts'
import { makeEventId } from '../../../../src/call/ids.ts'
import type { Config } from '../../../../src/operations/config-schema.ts'
import { systemClock } from '../../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../src/operations/metrics.ts'
import { EmbeddedSipDriver } from '../../../../src/switches/sip/embedded/embedded-sip-driver.ts'
import type { Taken } from '../../../../src/switches/switch-driver.ts'
import { EVENT_TRUNK, SIP_CONFIG } from '../../../support/sip-bench.ts'
import { tcpClient, udpClient } from '../../../support/sip-client.ts'
import { callThrough, startDriver } from '../../../support/sip-driver.ts'
import { header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

interface Test {
  teardown(run: () => unknown): unknown
}

async function makeDriver(
  t: Test,
  {
    sip = {},
    take = async () => 'durable' as Taken
  }: { sip?: Partial<Config['sip']>; take?: () => Promise<Taken> } = {}
) {
  const metrics = makeMetrics()
  const events: CallEvent[] = []
  const driver = new EmbeddedSipDriver({
    sip: { ...SIP_CONFIG, ...sip },
    trunks: [{ ...EVENT_TRUNK, peers: ['127.0.0.1'] }],
    makeEventId,
    log: silentLog,
    metrics,
    clock: systemClock
  })
  await driver.start(event => {
    events.push(event)
    return take()
  })
  t.teardown(() => driver.stop())
  const refused = async (reason: string) => {
    const { values } = await metrics.sipRefused.get()
    return values.find(value => value.labels['reason'] === reason)?.value ?? 0
  }
  return { driver, events, port: driver.port, refused }
}

const via = (proto: string, port: number) => `SIP/2.0/${proto} 127.0.0.1:${port};branch=${makeBranch()}`

t.test('a call over UDP from INVITE to BYE', async t => {
  const { driver, events, port } = await makeDriver(t)
  t.match(driver.state(), { state: 'up' })
  const client = await udpClient(t, port)
  const dialog = makeDialog()
  await client.send(invite(dialog, { via: via('UDP', client.port) }))
  const up = await client.next()
  t.equal(up.status, 200)
  t.equal(header(up, 'contact'), `<sip:callbox@127.0.0.1:${port}>`)
  const known = { ...dialog, toTag: toTagOf(up) }
  await client.send(request({ dialog: known, method: 'ACK', via: via('UDP', client.port) }))
  await client.send(request({ dialog: known, method: 'BYE', cseq: 2, via: via('UDP', client.port) }))
  t.equal((await client.next()).status, 200)
  t.same(
    events.map(event => event.kind),
    ['offered', 'released']
  )
})

t.test('an answer goes to the port of the Via, which may be another socket', async t => {
  const { port } = await makeDriver(t)
  const sender = await udpClient(t, port)
  const listener = await udpClient(t, port)
  await sender.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: via('UDP', listener.port) }))
  t.equal((await listener.next()).status, 200)
  await sender.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: `${via('UDP', listener.port)};rport` }))
  const asked = await sender.next()
  t.match(header(asked, 'via'), `;rport=${sender.port}`)
  t.equal(listener.answers.length, 1)
})

t.test('a call over TCP, however the stream is cut, and two in one piece', async t => {
  const { events, port } = await makeDriver(t)
  const client = await tcpClient(t, port)
  const dialog = makeDialog()
  const text = invite(dialog, { via: via('TCP', client.port) })
  for (const piece of [text.slice(0, 5), text.slice(5, 200), text.slice(200, -3), text.slice(-3)])
    await client.send(piece)
  const up = await client.next()
  t.equal(up.status, 200)
  const known = { ...dialog, toTag: toTagOf(up) }
  const ack = request({ dialog: known, method: 'ACK', via: via('TCP', client.port) })
  const bye = request({ dialog: known, method: 'BYE', cseq: 2, via: via('TCP', client.port) })
  await client.send(ack + bye + request({ dialog: makeDialog(), method: 'OPTIONS', via: via('TCP', client.port) }))
  t.same([(await client.next()).status, (await client.next()).status], [200, 200])
  t.match(
    events,
    [{ kind: 'offered' }, { kind: 'released', cause: 'abandoned' }].map(({ kind }) => ({ kind }))
  )
})

t.test('a keep-alive over TCP is answered with one, and then a call', async t => {
  const { port } = await makeDriver(t)
  const client = await tcpClient(t, port)
  await client.send('\r\n\r\n')
  await until(() => (client.received() === '\r\n' ? '' : `received ${JSON.stringify(client.received())}`))
})

t.test('who is of no trunk hears nothing, over UDP and over TCP', async t => {
  const { port, refused } = await makeDriver(t)
  const stranger = await udpClient(t, port, '127.0.0.2')
  await stranger.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: `${via('UDP', stranger.port)};rport` }))
  await until(async () => ((await refused('unknown-peer')) === 1 ? '' : 'not yet refused'))
  const caller = await tcpClient(t, port, '127.0.0.2')
  await until(() => (caller.isClosed() ? '' : 'still connected'))
  t.same([stranger.answers, caller.answers], [[], []])
})

t.test('who comes by a transport that is not its trunk’s hears nothing', async t => {
  const { driver, refused } = await startDriver(t, { trunks: [{ transports: ['tcp'] }] })
  const datagrams = await udpClient(t, driver.port)
  await datagrams.send(invite(makeDialog(), { via: via('UDP', datagrams.port) }))
  await until(async () => ((await refused('transport')) === 1 ? '' : 'not yet refused'))
  t.same(datagrams.answers, [])
  const connection = await tcpClient(t, driver.port)
  t.equal((await callThrough(connection, `TCP 127.0.0.1:${connection.port}`)).status, 200)
})

t.test('a connection whose stream cannot be followed ends, and the next one is served', async t => {
  const { port, refused } = await makeDriver(t, { sip: { tcpMaxBytes: 4_096, udpMaxBytes: 1_500 } })
  const endless = await tcpClient(t, port)
  await endless.send('x'.repeat(5_000))
  await until(() => (endless.isClosed() ? '' : 'still connected'))
  t.equal(await refused('too-large'), 1)
  const unframed = await tcpClient(t, port)
  await unframed.send('OPTIONS sip:a SIP/2.0\r\n\r\n')
  await until(() => (unframed.isClosed() ? '' : 'still connected'))
  const large = await udpClient(t, port)
  await large.send(request({ dialog: makeDialog(), method: 'OPTIONS', headers: { 'X-Long': 'x'.repeat(1_500) } }))
  await until(async () => ((await refused('too-large')) === 2 ? '' : 'the datagram was not refused'))
  const good = await tcpClient(t, port)
  await good.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: via('TCP', good.port) }))
  t.equal((await good.next()).status, 200)
})

t.test('one connection more than allowed is closed, and one that says nothing in time too', async t => {
  const { port } = await makeDriver(t, { sip: { maxConnections: 1, idleMs: 200 } })
  const first = await tcpClient(t, port)
  await first.send('\r\n\r\n')
  const second = await tcpClient(t, port)
  await until(() => (second.isClosed() ? '' : 'the second is still connected'))
  await until(() => (first.isClosed() ? '' : 'the first is still connected'))
})

t.test('a port that is taken is said with its code, and nothing is left open', async t => {
  const taken = createSocket('udp4')
  taken.bind(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address()
  const start = makeDriver({ teardown: () => {} }, { sip: { port } })
  await t.rejects(start, { code: 'listen.port-taken', data: { port } })
  const again = await makeDriver(t, { sip: { port: 0 } })
  const onlyTcp = await tcpClient(t, again.port)
  t.equal(onlyTcp.isClosed(), false)
})

t.test('a host given by name is listened on', async t => {
  const { port } = await makeDriver(t, { sip: { host: 'localhost' } })
  const client = await udpClient(t, port)
  await client.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: via('UDP', client.port) }))
  t.equal((await client.next()).status, 200)
})

t.test('an address that is not of this machine is said with its code', async t => {
  await t.rejects(makeDriver(t, { sip: { host: '192.0.2.200' } }), { code: 'listen.failed' })
})

t.test('a stop waits for the answers owed, sends no BYE, and may be asked for twice', async t => {
  let answer: (taken: Taken) => void = () => {}
  const waiting: (() => Promise<Taken>)[] = [async () => 'durable', () => new Promise(resolve => (answer = resolve))]
  const { driver, port } = await makeDriver(t, { take: () => waiting.shift()?.() ?? Promise.resolve('durable') })
  const client = await udpClient(t, port)
  const up = makeDialog()
  await client.send(invite(up, { via: via('UDP', client.port) }))
  const answered = await client.next()
  await client.send(request({ dialog: { ...up, toTag: toTagOf(answered) }, method: 'ACK' }))
  await client.send(invite(makeDialog(), { via: via('UDP', client.port) }))
  await until(() => (waiting.length === 0 ? '' : 'the second INVITE has not come'))
  const stopped = Promise.all([driver.stop(), driver.stop()])
  t.match(driver.state(), { state: 'down' })
  answer('durable')
  t.equal((await client.next()).status, 200)
  await stopped
  t.notMatch(client.received(), /^BYE /m)
  await client.send(invite(makeDialog(), { via: via('UDP', client.port) }))
})
