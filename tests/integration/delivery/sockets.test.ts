import t, { type Test } from 'tap'
import { CLOSE, SOCKET_LIMITS, SUBPROTOCOL } from '../../../src/delivery/protocol-limits.ts'
import { NOON } from '../../support/call-events.ts'
import { type DeliveryNode, makeDeliveryNode } from '../../support/delivery-node.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { aCard, aPop, popIdOf } from '../../support/pop-events.ts'
import { RawConsole } from '../../support/raw-console.ts'
import { makeRedisPrefix } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const hello = (node: DeliveryNode, handler = 'h1', over: object = {}) => ({
  t: 'hello',
  v: 1,
  ticket: node.tickets.give(handler).ticket,
  client: 'tests/1',
  ...over
})

/** A console that has been welcomed. */
async function welcomed(t: Test, node: DeliveryNode, handler = 'h1', over: object = {}): Promise<RawConsole> {
  const page = await new RawConsole(t, node.port).open()
  page.send(hello(node, handler, over))
  await page.next('welcome')
  return page
}

async function aNode(t: Test, options: Parameters<typeof makeDeliveryNode>[2] = {}) {
  return makeDeliveryNode(t, await makeRedisPrefix(t), options)
}

t.test('before the handshake: a foreign page, a page that hides where it is from, a wrong path', async t => {
  const node = await aNode(t)
  const refused = async (options: ConstructorParameters<typeof RawConsole>[2]) => {
    const page = new RawConsole(t, node.port, options)
    await until(() => (page.refused === undefined ? 'not refused yet' : ''))
    return page.refused
  }
  t.equal(await refused({ origin: 'https://evil.example' }), 403)
  t.equal(await refused({ origin: 'null' }), 403)
  t.equal(await refused({ origin: null }), 403)
  t.equal(await refused({ origin: `http://127.0.0.1:${node.port + 1}` }), 403, 'another port is another origin')
  t.equal(await refused({ path: '/api/v1/other' }), 404)
  t.equal(await refused({ path: '/api/v1/ws/../ws2' }), 404)
})

t.test('a client that speaks another protocol is told so: 4406', async t => {
  const node = await aNode(t)
  for (const protocol of ['', 'cticonsole.v2.json']) {
    const page = new RawConsole(t, node.port, { protocol })
    t.equal(await page.untilClosed(), protocol === '' ? CLOSE.badSubprotocol.code : 1006)
  }
})

t.test('without a ticket that holds nobody comes in: 4401', async t => {
  const node = await aNode(t)
  const bySending = async (message: object) => {
    const page = await new RawConsole(t, node.port).open()
    page.send(message)
    return page.untilClosed()
  }
  t.equal(await bySending(hello(node, 'h1', { ticket: 'made.up' })), 4401)
  const used = hello(node)
  t.equal((await welcomed(t, node, 'h1', { ticket: used.ticket })).closed, undefined)
  t.equal(await bySending(used), 4401, 'a ticket is good once')
  node.signedOff.add('h2')
  t.equal(await bySending(hello(node, 'h2')), 4401, 'signed off since the ticket was given')
})

t.test('what is not in the protocol is closed with 4400, before the welcome and after', async t => {
  const node = await aNode(t)
  const bad: readonly (string | Buffer | object)[] = [
    'no json',
    '{"t":"hello"}',
    '[]',
    'null',
    { t: 'unknown' },
    { ...hello(node), extra: 1 },
    { ...hello(node), v: 0 },
    Buffer.from('binary')
  ]
  for (const message of bad) {
    const page = await new RawConsole(t, node.port).open()
    page.send(message)
    t.equal(await page.untilClosed(), 4400, String(message))
  }
  for (const message of [hello(node), { t: 'ack', seq: -1 }, { t: 'cmd', id: '12345678', op: 'call.drop', args: {} }]) {
    const page = await welcomed(t, node)
    page.send(message)
    t.equal(await page.untilClosed(), 4400, JSON.stringify(message))
  }
  const early = await new RawConsole(t, node.port).open()
  early.send({ t: 'ack', seq: 0 })
  t.equal(await early.untilClosed(), 4400, 'nothing before hello')
})

t.test('a message larger than its limit, or in too many pieces, ends the socket', async t => {
  const node = await aNode(t)
  const large = await welcomed(t, node)
  large.send('x'.repeat(SOCKET_LIMITS.fromClientMaxBytes + 1))
  t.equal(await large.untilClosed(), 1009)
  const pieces = await welcomed(t, node)
  for (let n = 0; n < 20; n++) pieces.socket.send('{', { fin: false })
  t.equal(await pieces.untilClosed(), 1008)
})

t.test('a client that opens a socket and says nothing is closed: 4408', async t => {
  const node = await aNode(t, { limits: { helloMs: 100 } })
  const page = await new RawConsole(t, node.port).open()
  t.equal(await page.untilClosed(10_000), 4408)
})

t.test('more sockets than the limit are refused before the handshake, and places come free again', async t => {
  const node = await aNode(t, { limits: { maxSockets: 2 } })
  const [first] = [await welcomed(t, node, 'h1'), await welcomed(t, node, 'h2')]
  const third = new RawConsole(t, node.port)
  await until(() => (third.refused === 503 ? '' : 'not refused'))
  first?.socket.close()
  await first?.untilClosed()
  t.equal((await welcomed(t, node, 'h3')).closed, undefined)
})

t.test('the first welcome brings a snapshot, then each event as it comes', async t => {
  const node = await aNode(t)
  node.cards.set('h1', [aCard('before')])
  node.setService({ level: 2, why: 'Redis is away' })
  const page = await welcomed(t, node)
  const welcome = await page.next('welcome')
  t.match(welcome, {
    v: 1,
    handler: 'h1',
    resumed: false,
    seq: 0,
    hb: SOCKET_LIMITS.heartbeatMs,
    node: 'n-1',
    service: { level: 2 }
  })
  const snapshot = await page.next('snapshot')
  t.match(snapshot, { epoch: welcome.epoch, seq: 0, cards: [{ pop: { state: 'alerting' } }] })
  await node.sessionLog.append(['h1', 'h2'], 'e1', aPop('one'), NOON)
  await node.sessionLog.append(['h1'], 'e2', aPop('two'), NOON)
  t.same(await page.untilEvents(2), ['1:e1', '2:e2'])
  t.same(page.received.map(({ t }) => t).slice(0, 2), ['welcome', 'snapshot'])
  t.type(page.events[0]?.ev.type === 'call.pop' && page.events[0].ev.data.sinceOfferedMs, 'number')
})

t.test('receipts: what is the handler’s own is recorded, what is another’s is not', async t => {
  const node = await aNode(t)
  const page = await welcomed(t, node)
  const [own, other] = [aPop('own'), aPop('other')]
  node.popped.set('p_earlier', 'h1')
  await node.sessionLog.append(['h1'], 'e1', own, NOON)
  await page.untilEvents(1)
  page.send({ t: 'ack', seq: 1, pops: [popIdOf(own), popIdOf(other), 'p_earlier'] })
  page.send({ t: 'seen', popId: popIdOf(own), rev: 1, paintMs: 12 })
  page.send({ t: 'seen', popId: popIdOf(other), rev: 1, paintMs: 12 })
  page.send({ t: 'ack', seq: 99 })
  await until(() => (node.receipts.seen.length > 0 ? '' : 'nothing seen'))
  t.same(node.receipts.acks, [{ handler: 'h1', popIds: [popIdOf(own), 'p_earlier'] }])
  t.same(
    (await page.next('hb')).kept,
    [popIdOf(own), 'p_earlier'],
    'and the screen is told that they are in the record'
  )
  t.same(node.receipts.seen, [{ handler: 'h1', popId: popIdOf(own), paintMs: 12 }])
})

t.test('a command is run once, however often it is sent, and each time answered alike', async t => {
  let runs = 0
  const node = await aNode(t, {
    run: async () => (++runs === 1 ? { ok: false, code: 'call.taken', text: 'Another has it.' } : { ok: true })
  })
  const page = await welcomed(t, node)
  const { call } = aPop()
  for (const id of ['command-1', 'command-1', 'command-2']) page.send({ t: 'cmd', id, op: 'call.take', args: { call } })
  await until(() => (page.received.filter(({ t }) => t === 'res').length === 3 ? '' : 'not all answered'))
  const answers = page.received.filter(message => message.t === 'res')
  t.same(answers.map(({ id, ok }) => `${id} ${ok}`).sort(), ['command-1 false', 'command-1 false', 'command-2 true'])
  t.equal(runs, 2)
})

t.test('a command that the record could not take is tried afresh the next time', async t => {
  let runs = 0
  const node = await aNode(t, {
    run: async () => {
      if (++runs === 1) throw new Error('record away')
      return { ok: true }
    }
  })
  const page = await welcomed(t, node)
  const send = () => page.send({ t: 'cmd', id: 'command-1', op: 'call.take', args: { call: aPop().call } })
  send()
  t.match(await page.next('res'), { ok: false, error: { code: 'call.try-again' } })
  send()
  await until(() => (page.received.at(-1)?.t === 'res' && runs === 2 ? '' : 'no second answer'))
  t.match(page.received.at(-1), { t: 'res', ok: true })
})

t.test('resume: only what was missed, in order, and no snapshot', async t => {
  const node = await aNode(t)
  const before = await welcomed(t, node)
  const { epoch } = await before.next('welcome')
  for (const id of ['e1', 'e2', 'e3']) await node.sessionLog.append(['h1'], id, aPop(id), NOON)
  await before.untilEvents(3)
  before.socket.terminate()
  await node.sessionLog.append(['h1'], 'e4', aPop('e4'), NOON)
  const page = await welcomed(t, node, 'h1', { resume: { epoch, seq: 2, eventId: 'e2' } })
  t.match(await page.next('welcome'), { resumed: true, epoch, seq: 2 })
  t.same(await page.untilEvents(2), ['3:e3', '4:e4'])
  t.notOk(page.received.some(({ t }) => t === 'snapshot'))
})

t.test('resume with what the log does not know: a snapshot, whatever was wrong', async t => {
  const node = await aNode(t)
  const { epoch } = await (await welcomed(t, node)).next('welcome')
  for (const id of ['e1', 'e2']) await node.sessionLog.append(['h1'], id, aPop(id), NOON)
  for (const resume of [
    { epoch: 'another', seq: 1 },
    { epoch, seq: 7 },
    { epoch, seq: 2, eventId: 'not e2' },
    { epoch, seq: 1, eventId: 'not e1' }
  ]) {
    const page = await welcomed(t, node, 'h1', { resume })
    t.match(await page.next('welcome'), { resumed: false, seq: 2 }, JSON.stringify(resume))
    await page.next('snapshot')
    t.same(page.ids, [])
  }
})

t.test('the newer session of a handler wins, the older is told: 4409', async t => {
  const node = await aNode(t)
  const older = await welcomed(t, node)
  const newer = await welcomed(t, node)
  t.equal(await older.untilClosed(), 4409)
  await node.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  t.same(await newer.untilEvents(1), ['1:e1'])
})

t.test('a screen that takes nothing any more is closed in time: 4429', async t => {
  const node = await aNode(t, { limits: { closeUnackedMs: 400 } })
  const slow = await welcomed(t, node, 'h1')
  const good = await welcomed(t, node, 'h2')
  await node.sessionLog.append(['h1', 'h2'], 'e1', aPop(), NOON)
  await good.untilEvents(1)
  good.send({ t: 'ack', seq: 1 })
  t.equal(await slow.untilClosed(60_000), 4429, 'received, and never acknowledged')
  t.equal(good.closed, undefined)
})

t.test('more than twenty messages a second, after a burst: 4429; acknowledging what was sent is free', async t => {
  const node = await aNode(t)
  const page = await welcomed(t, node)
  const flood = await welcomed(t, node, 'h2')
  for (let n = 0; n < 200; n++) flood.send({ t: 'hb', vis: 'visible' })
  t.equal(await flood.untilClosed(), 4429)
  await Promise.all(Array.from({ length: 200 }, (_, n) => node.sessionLog.append(['h1'], `e${n}`, aPop(), NOON)))
  await page.untilEvents(200)
  for (let n = 1; n <= 200; n++) page.send({ t: 'ack', seq: n })
  await new Promise(done => setTimeout(done, 100))
  t.equal(page.closed, undefined)
})

t.test('a heartbeat both ways; a client that has gone quiet is closed: 4430', async t => {
  const node = await aNode(t, { limits: { heartbeatMs: 50, deadAfterMs: 300 } })
  const quiet = await welcomed(t, node, 'h1')
  const alive = await welcomed(t, node, 'h2')
  alive.socket.on('message', () => alive.send({ t: 'hb', vis: 'visible' }))
  t.match(await quiet.next('hb'), { seq: 0, service: { level: 0 } })
  t.equal(await quiet.untilClosed(20_000), 4430)
  t.equal(alive.closed, undefined)
})

t.test('a stopping gateway tells every screen when to come back', async t => {
  const node = await aNode(t)
  const page = await welcomed(t, node)
  const bye = page.next('bye')
  await node.door.stop()
  const { code, retryMs } = await bye
  t.equal(code, 'restart')
  t.ok(retryMs >= 0 && retryMs <= 3_000)
  t.equal(await page.untilClosed(), 1012)
})

t.test(`only ${SUBPROTOCOL} is spoken, whatever else a client offers beside it`, async t => {
  const node = await aNode(t)
  const page = await new RawConsole(t, node.port).open()
  t.equal(page.socket.protocol, SUBPROTOCOL)
})
