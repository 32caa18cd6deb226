import { createHash, createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { Tickets } from '../../../src/delivery/tickets.ts'
import { NOON } from '../../support/call-events.ts'
import { type DeliveryNode, makeDeliveryNode } from '../../support/delivery-node.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { aCard, aPop } from '../../support/pop-events.ts'
import { RawConsole } from '../../support/raw-console.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeRedisPrefix, type TestRedis } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

async function welcomed(t: Test, node: DeliveryNode, over: object = {}): Promise<RawConsole> {
  const page = await new RawConsole(t, node.port).open()
  page.send({ t: 'hello', v: 1, ticket: node.tickets.give('h1').ticket, client: 'tests/1', ...over })
  await page.next('welcome')
  return page
}

async function twoNodes(t: Test): Promise<{ corner: TestRedis; one: DeliveryNode; two: DeliveryNode }> {
  const corner = await makeRedisPrefix(t)
  return {
    corner,
    one: await makeDeliveryNode(t, corner, { node: 'n-1' }),
    two: await makeDeliveryNode(t, corner, { node: 'n-2' })
  }
}

t.test('a call that comes in at one node is on a screen of the other', async t => {
  const { one, two } = await twoNodes(t)
  const page = await welcomed(t, two)
  for (let n = 1; n <= 50; n++) await (n % 2 === 0 ? one : two).sessionLog.append(['h1'], `e${n}`, aPop(), NOON)
  t.same(
    await page.untilEvents(50),
    Array.from({ length: 50 }, (_, n) => `${n + 1}:e${n + 1}`)
  )
})

t.test('both nodes at once: every pop once and in order, whatever rings when', async t => {
  const { one, two } = await twoNodes(t)
  const page = await welcomed(t, two)
  const rereads = setInterval(() => two.hub.checkAll(), 3)
  t.teardown(() => clearInterval(rereads))
  const startedAt = performance.now()
  for (let n = 0; n < 200; n++) {
    await Promise.all([
      one.sessionLog.append(['h1'], `a${n}`, aPop(), NOON),
      two.sessionLog.append(['h1'], `b${n}`, aPop(), NOON)
    ])
  }
  const ids = await page.untilEvents(400, 30_000)
  clearInterval(rereads)
  t.comment(`figure: all there after ${Math.round(performance.now() - startedAt)} ms`)
  t.same(
    ids.map(id => Number(id.split(':')[0])),
    Array.from({ length: 400 }, (_, n) => n + 1)
  )
  t.equal(new Set(ids.map(id => id.split(':')[1])).size, 400)
})

t.test(
  'a pop that is logged while the log is being read is on the screen at once, not with the next check',
  async t => {
    const { one, two } = await twoNodes(t)
    const page = await welcomed(t, two)
    for (let round = 0; round < 60; round++) {
      two.hub.checkAll()
      await new Promise(done => setImmediate(done))
      const startedAt = performance.now()
      await one.sessionLog.append(['h1'], `e${round}`, aPop(), NOON)
      await page.untilEvents(round + 1, 20_000)
      if (performance.now() - startedAt > 1_000) t.fail(`round ${round} waited for a check`)
    }
    t.pass('all in time')
  }
)

t.test('a handler who is taken over from node to node while calls come in has each call once and in order', async t => {
  const { one, two } = await twoNodes(t)
  const got: string[] = []
  let cursor: { epoch: string; seq: number; eventId?: string } | undefined
  let appended = 0
  let older: RawConsole | undefined
  for (let round = 0; round < 10; round++) {
    const node = round % 2 === 0 ? one : two
    const calls = Promise.all(
      Array.from({ length: 20 }, () => {
        appended += 1
        return (appended % 3 === 0 ? one : two).sessionLog.append(
          ['h1'],
          `e${appended}`,
          aPop(`call-${appended}`),
          NOON
        )
      })
    )
    const page = await welcomed(t, node, cursor === undefined ? {} : { resume: cursor })
    await calls
    t.equal(await older?.untilClosed(), older === undefined ? undefined : 4409, 'the older screen is told')
    const { epoch, resumed, seq } = await page.next('welcome')
    t.equal(resumed, cursor !== undefined)
    await page.untilEvents(appended - seq)
    got.push(...page.events.map(event => `${event.seq}`))
    const last = page.events.at(-1)?.eventId
    cursor = { epoch, seq: appended, ...(last === undefined ? {} : { eventId: last }) }
    if (round === 0) got.unshift(...Array.from({ length: seq }, (_, at) => `${at + 1}`))
    older = page
  }
  t.same(
    got,
    Array.from({ length: 200 }, (_, at) => `${at + 1}`)
  )
})

t.test('a handler who signs on at another node leaves the first: 4409', async t => {
  const { one, two } = await twoNodes(t)
  const older = await welcomed(t, one)
  const newer = await welcomed(t, two)
  t.equal(await older.untilClosed(), 4409)
  await one.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  t.same(await newer.untilEvents(1), ['1:e1'])
})

t.test('a late word that the handler went elsewhere does not close the session they came back with', async t => {
  const { corner, one, two } = await twoNodes(t)
  await welcomed(t, two)
  const back = await welcomed(t, one)
  await two.commands.publish(`${corner.keyPrefix}:node:n-1`, 'replaced h1 s_older')
  await two.commands.publish(`${corner.keyPrefix}:node:n-1`, 'not in the protocol {')
  await two.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  t.same(await back.untilEvents(1), ['1:e1'])
  t.equal(back.closed, undefined)
})

t.test('a screen moves from node to node with its cursor and misses nothing', async t => {
  const { one, two } = await twoNodes(t)
  const first = await welcomed(t, one)
  const { epoch } = await first.next('welcome')
  await one.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  await first.untilEvents(1)
  first.socket.terminate()
  await one.sessionLog.append(['h1'], 'e2', aPop(), NOON)
  const page = await welcomed(t, two, { resume: { epoch, seq: 1, eventId: 'e1' } })
  await one.sessionLog.append(['h1'], 'e3', aPop(), NOON)
  t.same(await page.untilEvents(2), ['2:e2', '3:e3'])
})

t.test('Redis comes back without its last second: the live screen gets a snapshot, and every pop after it', async t => {
  const { corner, one } = await twoNodes(t)
  const page = await welcomed(t, one)
  for (const id of ['e1', 'e2', 'e3']) await one.sessionLog.append(['h1'], id, aPop(), NOON)
  await page.untilEvents(3)
  page.received.length = 0
  // What a restart of Redis can leave: entries 2 and 3 never happened, same epoch.
  const keys = await corner.keys()
  const [log, meta] = [keys.find(key => key.endsWith(':log')) ?? '', keys.find(key => key.endsWith(':meta')) ?? '']
  await corner.redis.ltrim(log, 0, 0)
  await corner.redis.hset(meta, 'seq', 1, 'eventId', 'e1')
  one.cards.set('h1', [aCard('still open')])
  await one.sessionLog.append(['h1'], 'x2', aPop(), NOON)
  const snapshot = await page.next('snapshot', 2_000)
  t.match(snapshot, { seq: 2, eventId: 'x2', cards: [{}] })
  await one.sessionLog.append(['h1'], 'x3', aPop(), NOON)
  t.same(await page.untilEvents(1), ['3:x3'])
})

t.test('a handler whose shift is long and quiet is left alone when the list of the log has run out', async t => {
  const { corner, one } = await twoNodes(t)
  const page = await welcomed(t, one)
  await one.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  await page.untilEvents(1)
  page.received.length = 0
  await corner.redis.del((await corner.keys()).find(key => key.endsWith(':log')) ?? '')
  for (let n = 0; n < 5; n++) {
    one.hub.checkAll()
    await one.sessionLog.head('h1')
  }
  await one.sessionLog.append(['h1'], 'e2', aPop(), NOON)
  await page.untilEvents(1)
  t.same(
    page.received.map(message => message.t),
    ['ev']
  )
})

t.test('Redis away: pops go straight to the screen, and come into the log when it is back', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const node = await makeDeliveryNode(t, corner, { url: `unix://${proxy.path}` })
  const page = await welcomed(t, node)
  await proxy.away()
  const appended = node.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  node.hub.sendDirect(['h1'], 'e1', aPop(), NOON)
  node.hub.sendDirect(['h1'], 'e1', aPop(), NOON)
  t.same(await page.untilEvents(1, 500), ['direct:e1'], 'once, without a number')
  await proxy.pass()
  await appended
  t.same(await page.untilEvents(2), ['direct:e1', '1:e1'], 'with its number, for the client to drop by its id')
})

t.test('a screen that comes while Redis is away gets its cards, and the log’s own epoch afterwards', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const node = await makeDeliveryNode(t, corner, { url: `unix://${proxy.path}` })
  node.cards.set('h1', [aCard()])
  await proxy.away()
  const page = await welcomed(t, node)
  const { epoch } = await page.next('welcome')
  t.match(epoch, /^local-/)
  t.equal((await page.next('snapshot')).cards.length, 1)
  page.received.length = 0
  await proxy.pass()
  const real = await page.next('snapshot')
  t.notMatch(real.epoch, /^local-/)
  await node.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  t.same(await page.untilEvents(1), ['1:e1'])
})

t.test('a screen that was shown less than all, and moves, is shown all there', async t => {
  const corner = await makeRedisPrefix(t)
  const known = { recorded: undefined as [] | undefined, tail: [], askedAt: NOON }
  const one = await makeDeliveryNode(t, corner, { node: 'n-1', others: async () => known })
  const two = await makeDeliveryNode(t, corner, { node: 'n-2', others: async () => ({ ...known, recorded: [] }) })
  const page = await welcomed(t, one)
  const { epoch, seq } = await page.next('snapshot')
  await one.sessionLog.append(['h1'], 'e1', aPop(), NOON)
  t.same(await page.untilEvents(1), ['1:e1'], 'meanwhile it hears of each call as ever')
  page.socket.terminate()
  two.cards.set('h1', [aCard('of the other gateway')])
  const moved = await welcomed(t, two, { resume: { epoch, seq: seq + 1, eventId: 'e1' } })
  t.equal((await moved.next('welcome')).resumed, false)
  t.equal((await moved.next('snapshot')).cards.length, 1)
})

t.test('a screen that was shown less than all, and stays, is shown all as soon as the record answers', async t => {
  const corner = await makeRedisPrefix(t)
  const known = { recorded: undefined as [] | undefined, tail: [], askedAt: NOON }
  const one = await makeDeliveryNode(t, corner, { node: 'n-1', others: async () => known })
  const page = await welcomed(t, one)
  t.match(await page.next('snapshot'), { epoch: /^local-/, partial: true })
  page.received.length = 0
  known.recorded = []
  one.cards.set('h1', [aCard('of the other gateway')])
  const whole = await page.next('snapshot', 10_000)
  t.notMatch(whole.epoch, /^local-/)
  t.equal(whole.partial, undefined)
  t.equal(whole.cards.length, 1)
})

t.test(
  'a gateway dies with a withdrawal unsaid: the card leaves the screens at the other, and those that come back',
  async t => {
    const { one, two } = await twoNodes(t)
    two.cards.set('h1', [aCard('of the dead gateway'), aCard('of the other')])
    const page = await welcomed(t, two)
    t.equal((await page.next('snapshot')).cards.length, 2)
    const { epoch, seq } = await page.next('welcome')
    page.received.length = 0
    two.cards.set('h1', [aCard('of the other')])
    await one.sessionLog.renew(['h1'], 'n-dead')
    const afresh = await page.next('snapshot', 10_000)
    t.equal(afresh.cards.length, 1)
    page.socket.terminate()
    one.cards.set('h1', [aCard('of the other')])
    const back = await welcomed(t, one, { resume: { epoch, seq } })
    t.equal((await back.next('welcome')).resumed, false, 'who was away then is shown what there is, too')
    t.equal((await back.next('snapshot')).cards.length, 1)
  }
)

t.test('a ticket is good once over all nodes, for 30 s, and only as it was given', async t => {
  const { corner, one, two } = await twoNodes(t)
  const { ticket } = one.tickets.give('h1')
  const spent = await Promise.all([one.tickets.spend(ticket), two.tickets.spend(ticket), one.tickets.spend(ticket)])
  t.same(
    spent.filter(handler => handler !== undefined),
    ['h1']
  )
  const secret = Buffer.from('a secret of the tests, 32 bytes long')
  let now = NOON
  const clock = { now: () => now, monotonicMs: () => now }
  const tickets = new Tickets({ secret, redis: one.commands, keyPrefix: corner.keyPrefix, clock })
  const old = tickets.give('h1').ticket
  now += 30_001
  t.equal(await tickets.spend(old), undefined, 'too old')
  const body = (handler: string) => Buffer.from(JSON.stringify([handler, now + 5_000, 'x'])).toString('base64url')
  const sign = (text: string, key: Buffer) => createHmac('sha256', key).update(text).digest('base64url')
  const forged = {
    'another secret': `${body('h1')}.${sign(`ticket.${body('h1')}`, createHash('sha256').update('x').digest())}`,
    'another handler': `${body('h2')}.${sign(`ticket.${body('h1')}`, secret)}`,
    'a session cookie': `${body('h1')}.${sign(`session.${body('h1')}`, secret)}`,
    'no signature': `${body('h1')}.`,
    nothing: '',
    'three parts': `${body('h1')}.x.y`
  }
  for (const [what, text] of Object.entries(forged)) t.equal(await tickets.spend(text), undefined, what)
  const good = `${body('h1')}.${sign(`ticket.${body('h1')}`, secret)}`
  t.equal(await tickets.spend(good), 'h1', 'the same, signed by us')
})

t.test(
  'so many tickets are out at once; a place comes free when one is spent, or has not been for a while',
  async t => {
    const corner = await makeRedisPrefix(t)
    let now = NOON
    const clock = { now: () => now, monotonicMs: () => now }
    const secret = Buffer.from('a secret of the tests, 32 bytes long')
    const tickets = new Tickets({ secret, redis: await corner.connect('commands'), keyPrefix: corner.keyPrefix, clock })
    const given: string[] = []
    while (tickets.waitMs() === 0) given.push(tickets.give('h1').ticket)
    t.equal(given.length, 400)
    t.equal(await tickets.spend(given[7] ?? ''), 'h1')
    t.equal(tickets.waitMs(), 0)
    given.push(tickets.give('h1').ticket)
    const turns = Array.from({ length: 3 }, () => tickets.waitMs())
    t.same(turns, [502, 504, 506], 'whoever finds none has a turn of their own')
    now += 4_001
    t.equal(tickets.waitMs(), 0)
    t.equal(await tickets.spend(given[8] ?? ''), 'h1', 'it is good for its 30 s all the same')
    for (let n = 0; n < 500; n++) given.push(tickets.give('h1').ticket)
    t.equal(await tickets.spend(given.at(-500) ?? ''), 'h1', 'counted or not')
  }
)

t.test('while Redis is away a ticket is good once on each node', async t => {
  const corner = await makeRedisPrefix(t)
  const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
  const node = await makeDeliveryNode(t, corner, { url: `unix://${proxy.path}` })
  await proxy.away()
  await until(() => (node.commands.status === 'ready' ? 'not noticed yet' : ''))
  const { ticket } = node.tickets.give('h1')
  t.equal(await node.tickets.spend(ticket), 'h1')
  t.equal(await node.tickets.spend(ticket), undefined)
  await proxy.pass()
})
