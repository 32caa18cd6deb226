import t from 'tap'
import { ConsolePresence, type PresenceRow, type RecordedPresence } from '../../../src/delivery/console-presence.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'

const time = { now: Date.UTC(2026, 10, 25, 14, 2, 0) }

/** A record that several nodes share. It keeps to the rule that `gone` counts only from the node that was last. */
function makeRecord() {
  const rows = new Map<string, RecordedPresence>()
  const state = { isAway: false, writes: 0, rows }
  const record = (node: string) => async (seen: readonly PresenceRow[]) => {
    if (state.isAway) throw new Error('away')
    state.writes += 1
    for (const row of seen) {
      const known = rows.get(row.handler)
      if (row.attention === 'gone' && known !== undefined && known.node !== node) continue
      rows.set(row.handler, { ...row, node })
    }
  }
  const read = async () => {
    if (state.isAway) throw new Error('away')
    return [...rows.values()]
  }
  return { state, record, read }
}

function makeNode(record: ReturnType<typeof makeRecord>, node = 'n-1') {
  const signOns = new SignOnDirectory()
  for (const handler of ['h1', 'h2']) signOns.put(aSignOn(handler))
  const heard: string[] = []
  const metrics = makeMetrics()
  const presence = new ConsolePresence({
    ...{ node, signOns, log: silentLog, metrics },
    record: record.record(node),
    read: record.read,
    onPresence: (handler, { attention }) => heard.push(`${handler} ${attention}`),
    clock: { now: () => time.now, monotonicMs: () => time.now }
  })
  return { presence, signOns, heard, metrics }
}

function aSignOn(handler: string): SignOn {
  const place = { position: `desk of ${handler}`, devices: [] }
  return { handler, name: handler, force: 'tvp', role: 'handler', grants: [], lines: ['999'], acdQueues: [], ...place }
}

/** So many seconds, on all nodes. */
async function seconds(count: number, ...nodes: readonly { presence: ConsolePresence }[]): Promise<void> {
  for (let n = 0; n < count; n++) {
    time.now += 1_000
    for (const { presence } of nodes) await presence.tick()
  }
}

t.test('nobody has said anything of a screen: it is gone', async t => {
  const node = makeNode(makeRecord())
  const { presence } = node
  t.same(presence.of('h1'), { attention: 'gone', sinceAt: 0 })
})

t.test('a change is known at once, told once, and written once', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  const { presence, heard } = node
  for (let n = 0; n < 100; n++) presence.note('h1', 'live')
  t.match(presence.of('h1'), { attention: 'live', node: 'n-1' })
  await seconds(3, node)
  presence.note('h1', 'hidden')
  await seconds(3, node)
  t.same(heard, ['h1 live', 'h1 hidden'])
  t.equal(record.state.writes, 2)
  t.match(record.state.rows.get('h1'), { attention: 'hidden', node: 'n-1' })
})

t.test('a network that breaks for a moment is known here, and costs the record nothing', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  const { presence, heard } = node
  presence.note('h1', 'live')
  await seconds(1, node)
  presence.note('h1', 'gone')
  t.equal(presence.of('h1').attention, 'gone')
  await seconds(1, node)
  t.equal(record.state.rows.get('h1')?.attention, 'live')
  presence.note('h1', 'live')
  await seconds(1, node)
  t.same(heard, ['h1 live', 'h1 gone', 'h1 live'])
  presence.note('h1', 'gone')
  await seconds(3, node)
  t.equal(record.state.rows.get('h1')?.attention, 'gone', 'gone for good is written')
})

t.test('another node learns it from the record, and a handler who moved is where they are now', async t => {
  const record = makeRecord()
  const [one, two] = [makeNode(record, 'n-1'), makeNode(record, 'n-2')]
  one.presence.note('h1', 'live')
  await seconds(4, one, two)
  t.match(two.presence.of('h1'), { attention: 'live', node: 'n-1' })
  one.presence.note('h1', 'hidden')
  await seconds(4, one, two)
  t.same(two.heard, ['h1 live', 'h1 hidden'])
  two.presence.note('h1', 'live')
  one.presence.note('h1', 'gone')
  await seconds(8, one, two)
  t.match(one.presence.of('h1'), { attention: 'live', node: 'n-2' }, 'the old node says gone last, and does not count')
  t.match(two.presence.of('h1'), { attention: 'live', node: 'n-2' })
  one.presence.note('h1', 'gone')
  t.match(one.presence.of('h1'), { attention: 'live' }, 'nor when it says so again')
})

t.test('while the record is away each node knows its own screens, and writes them when it is back', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  const { presence } = node
  record.state.isAway = true
  presence.note('h1', 'live')
  await seconds(30, node)
  t.equal(presence.of('h1').attention, 'live')
  record.state.isAway = false
  await seconds(2, node)
  t.equal(record.state.rows.get('h1')?.attention, 'live')
})

t.test('a node that was taken for lost and is not says again what it sees', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  node.presence.note('h1', 'live')
  await seconds(2, node)
  record.state.rows.set('h1', { handler: 'h1', attention: 'gone', sinceAt: time.now, node: 'n-1' })
  await seconds(4, node)
  t.match(record.state.rows.get('h1'), { attention: 'live', node: 'n-1' })
  t.same(node.heard, ['h1 live'])
})

t.test('a thousand changes at once go in bounded writes', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  const { presence, signOns } = node
  for (let n = 0; n < 1_100; n++) {
    signOns.put(aSignOn(`many-${n}`))
    presence.note(`many-${n}`, 'live')
  }
  await seconds(2, node)
  t.equal(record.state.writes, 3)
  t.equal(record.state.rows.size, 1_100)
})

t.test('who signs off is forgotten; who is signed on is counted by what is known', async t => {
  const record = makeRecord()
  const node = makeNode(record)
  const { presence, signOns, metrics } = node
  presence.note('h1', 'live')
  await seconds(1, node)
  const counted = async () =>
    Object.fromEntries((await metrics.consoles.get()).values.map(({ labels, value }) => [labels['state'], value]))
  t.same(await counted(), { live: 1, hidden: 0, stale: 0, gone: 1 })
  signOns.end('h1')
  presence.note('h1', 'hidden')
  await seconds(3, node)
  t.equal(presence.of('h1').sinceAt, 0)
  t.same(await counted(), { live: 0, hidden: 0, stale: 0, gone: 1 })
  t.notOk(record.state.rows.get('h1')?.attention === 'hidden')
})
