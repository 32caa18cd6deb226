import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { ConsoleClient } from '../../../src/sdk/console-client.ts'
import { NOON } from '../../support/call-events.ts'
import { type DeliveryNode, makeDeliveryNode } from '../../support/delivery-node.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { callId, panelEvent, popEvent } from '../../support/pop-words.ts'
import { RawConsole } from '../../support/raw-console.ts'
import { StingyConsole } from '../../support/stingy-console.ts'
import { makeRedisPrefix } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

/** What a network swallows before the gateway feels it: the buffers of both ends of a connection. */
const NETWORK_BYTES = 16 * 1024 * 1024
const PANEL_BYTES = 40_000
const WORDS = { items: [{ kind: 'note', title: 'History', detail: 'x'.repeat(PANEL_BYTES) }] }

function hello(node: DeliveryNode, handler: string, over: object = {}) {
  return { t: 'hello', v: 1, ticket: node.tickets.give(handler).ticket, client: 'tests/1', ...over }
}

async function welcomed(t: Test, node: DeliveryNode, handler: string, over: object = {}): Promise<RawConsole> {
  const page = await new RawConsole(t, node.port).open()
  page.send(hello(node, handler, over))
  await page.next('welcome')
  return page
}

/** Acknowledges everything, as a client should. */
function acknowledges(page: RawConsole): RawConsole {
  page.socket.on('message', data => {
    const { seq, t: kind } = JSON.parse(data.toString()) as { seq?: number; t: string }
    if (kind === 'ev') page.send({ t: 'ack', seq })
    if (kind === 'hb') page.send({ t: 'hb', vis: 'visible' })
  })
  return page
}

/** Large panels, so many that no network holds them. */
async function pour(node: DeliveryNode, handlers: readonly string[], first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n++) {
    await node.sessionLog.append(handlers, `p${n}`, panelEvent(n, 1, 'history', WORDS), NOON)
  }
}

t.test(
  'one reads a byte now and then, one nothing, one never acknowledges: each is let go, nobody else notices',
  async t => {
    const node = await makeDeliveryNode(t, await makeRedisPrefix(t), { limits: { closeUnackedMs: 3_000 } })
    const byte = new StingyConsole(t, node.port, hello(node, 'byte'))
    const nothing = new StingyConsole(t, node.port, hello(node, 'nothing'))
    const never = await welcomed(t, node, 'never')
    const good = [acknowledges(await welcomed(t, node, 'good-1')), acknowledges(await welcomed(t, node, 'good-2'))]
    await until(() => (node.hub.size === 5 ? '' : `${node.hub.size} of 5 are here`))
    const handlers = ['byte', 'nothing', 'never', 'good-1', 'good-2']
    const reads = setInterval(() => byte.readOne(), 200)
    t.teardown(() => clearInterval(reads))
    let n = 0
    await until(async () => {
      await node.sessionLog.append(handlers, `e${++n}`, popEvent(n, 1), NOON)
      byte.send({ t: 'hb', vis: 'visible' })
      nothing.send({ t: 'hb', vis: 'visible' })
      return node.slow.length === 3 ? '' : `let go: ${node.slow}`
    }, 60_000)
    clearInterval(reads)
    t.same([...node.slow].sort(), ['byte', 'never', 'nothing'])
    t.equal(await never.untilClosed(), 4429)
    await until(async () => {
      const closed = (await node.metrics.socketCloses.get()).values.find(({ labels }) => labels['code'] === '4429')
      return closed?.value === 3
        ? ''
        : `${closed?.value} sockets are gone: a network that takes nothing must be cut off`
    })
    for (const page of good) {
      const ids = await page.untilEvents(n)
      t.same(
        ids,
        Array.from({ length: n }, (_, at) => `${at + 1}:e${at + 1}`)
      )
      t.equal(page.closed, undefined)
    }
    const { epoch } = await never.next('welcome')
    const back = acknowledges(await welcomed(t, node, 'never', { resume: { epoch, seq: 0 } }))
    t.equal((await back.untilEvents(n)).length, n, 'whoever comes back has every pop')
  }
)

t.test('what a slow network may hold of this node’s memory has a bound', async t => {
  const node = await makeDeliveryNode(t, await makeRedisPrefix(t), {
    limits: { closeUnackedMs: 600_000, deadAfterMs: 600_000 }
  })
  // So many that what the node keeps of its own appends, once for all of them, weighs little.
  const handlers = Array.from({ length: 16 }, (_, at) => `slow-${at}`)
  for (const handler of handlers) new StingyConsole(t, node.port, hello(node, handler))
  await until(() => (node.hub.size === handlers.length ? '' : `${node.hub.size} are here`))
  const collect = exposedGc()
  const used = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  await node.sessionLog.append(handlers, 'first', popEvent(0, 1), NOON)
  const before = used()
  let most = 0
  for (let n = 0; node.slow.length < handlers.length; n += 20) {
    await pour(node, handlers, n, 20)
    most = Math.max(most, used() - before)
    if (n * PANEL_BYTES > 4 * NETWORK_BYTES) break
  }
  t.equal(node.slow.length, handlers.length, 'all were let go in the end')
  const each = most / handlers.length / 1024 / 1024
  t.comment(`figure: ${each.toFixed(2)} MiB at most for each`)
  t.ok(each <= 2, `${each.toFixed(2)} MiB`)
  t.equal(node.hub.size, 0)
})

t.test(
  'a screen that was slow for a while goes on with the newest of each panel, every pop, and no reconnect',
  async t => {
    const node = await makeDeliveryNode(t, await makeRedisPrefix(t), { limits: { closeUnackedMs: 600_000 } })
    const sockets: WebSocket[] = []
    class Kept extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { origin: `http://127.0.0.1:${node.port}` })
        sockets.push(this)
      }
    }
    const skipped: number[] = []
    const client = new ConsoleClient({
      url: `ws://127.0.0.1:${node.port}/api/v1/ws`,
      WebSocketImpl: Kept,
      getTicket: async () => ({ kind: 'ticket', ticket: node.tickets.give('h1').ticket }),
      client: 'tests/1',
      onScreen: (_, { message }) => {
        if (message.t === 'ev' && message.after !== undefined) skipped.push((message.seq ?? 0) - message.after - 1)
      }
    })
    t.teardown(() => client.stop())
    client.start()
    await until(() => (client.link.kind === 'live' ? '' : client.link.kind))
    sockets[0]?.pause()
    const revisions = Math.ceil((2 * NETWORK_BYTES) / PANEL_BYTES)
    for (let rev = 1; rev <= revisions; rev++) {
      if (rev % 20 === 1) await node.sessionLog.append(['h1'], `pop${rev}`, popEvent(rev, 1), NOON)
      await node.sessionLog.append(['h1'], `panel${rev}`, panelEvent(1, rev, 'history', WORDS), NOON)
    }
    sockets[0]?.resume()
    const newest = () => client.screen.cards.get(callId(1))?.panels.history?.rev
    await until(() => (newest() === revisions ? '' : `at ${newest()} of ${revisions}`), 30_000)
    t.equal(client.screen.cards.size, Math.ceil(revisions / 20), 'every pop is there')
    t.equal(sockets.length, 1, 'on the same socket all the time')
    t.equal(client.link.kind, 'live')
    const merged = skipped.reduce((sum, each) => sum + each, 0)
    t.comment(`figure: ${merged} of ${revisions} panels were replaced before they left`)
    t.ok(merged > 0)
    const { values } = await node.metrics.merged.get()
    t.equal(values.find(({ labels }) => labels['type'] === 'call.panel')?.value, merged)
  }
)

t.test('a screen that is far behind gets it all at the pace of its network, without being closed for it', async t => {
  const node = await makeDeliveryNode(t, await makeRedisPrefix(t))
  const first = await welcomed(t, node, 'h1')
  const { epoch } = await first.next('welcome')
  first.socket.close()
  await first.untilClosed()
  const count = 700
  await pour(node, ['h1'], 1, count)
  const page = await new RawConsole(t, node.port).open()
  acknowledges(page)
  page.send(hello(node, 'h1', { resume: { epoch, seq: 0 } }))
  await page.untilEvents(count, 60_000)
  t.match(await page.next('welcome'), { resumed: true })
  t.equal(page.events.at(-1)?.seq, count)
  t.equal(page.closed, undefined)
})

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
