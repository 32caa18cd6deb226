import { mock } from 'node:test'
import t from 'tap'
import { Fault } from '../../../../../src/operations/errors.ts'
import { silentLog } from '../../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../../src/operations/metrics.ts'
import { UnreadDatagrams } from '../../../../../src/switches/sip/embedded/unread-datagrams.ts'

const HEAD =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
/** An INVITE of 900 bytes, and what the kernel counts for it. */
const INVITE = 900
const ROOM = 2_304

function line(name: string, unread: number, lost = 0): string {
  const rx = unread.toString(16).toUpperCase().padStart(8, '0')
  return `  241: ${name} 00000000:0000 07 00000000:${rx} 00:00000000 00000000     0        0 45126 2 0000000000000000 ${lost}`
}

/** A socket at 127.0.0.1:5060 whose kernel says what the test does. */
function makeUnread() {
  const now = { ms: 0, table: undefined as string | undefined }
  const counts: unknown[] = []
  let alarms = 0
  const metrics = makeMetrics()
  const unread = new UnreadDatagrams({
    read: async () => now.table,
    onMessagesLost: () => {
      alarms += 1
    },
    log: { ...silentLog, fault: (_, thrown) => counts.push(thrown instanceof Fault ? thrown.message : thrown) },
    metrics,
    clock: { now: () => now.ms, monotonicMs: () => now.ms }
  })
  unread.add('127.0.0.1', 5060)
  const say = (name: string, datagrams: number, lost = 0) => {
    now.table = `${HEAD}\n${line(name, datagrams * ROOM, lost)}\n`
    return unread.sample()
  }
  return {
    ...{ unread, now, counts, metrics, say },
    alarms: () => alarms,
    /** A quarter of a second in which so many are read, after which so many wait. */
    pass: async (read: number, waiting: number, lost = 0) => {
      for (let n = 0; n < read; n++) {
        now.ms += 250 / read
        unread.taken(INVITE)
      }
      if (read === 0) now.ms += 250
      await say('0100007F:13C4', waiting, lost)
    }
  }
}

t.test('what lies with the kernel for seconds waits for seconds, however quickly the loop turns', async t => {
  const { unread, pass } = makeUnread()
  for (let n = 0; n < 12; n++) await pass(200, 800)
  t.ok(unread.ms > 900 && unread.ms <= 1_050, `800 datagrams at 800 a second: ${unread.ms} ms`)
  for (let n = 0; n < 4; n++) await pass(200, 0)
  t.equal(unread.ms, 0, 'and not a moment longer than that')
})

t.test('a stall is no backlog: what is read within a second refuses nobody', async t => {
  const { unread, pass } = makeUnread()
  for (const waiting of [0, 0, 800, 400, 100]) {
    await pass(300, waiting)
    t.equal(unread.ms, 0)
  }
})

t.test('a few that happen to lie there at each look, and are read at once, do not wait', async t => {
  const { unread, pass } = makeUnread()
  for (let n = 0; n < 8; n++) await pass(100, 2)
  t.ok(unread.ms <= 5, `${unread.ms} ms`)
})

t.test('where nothing is read at all the wait goes on growing', async t => {
  const { unread, pass } = makeUnread()
  await pass(10, 100)
  for (let n = 0; n < 8; n++) await pass(0, 100)
  t.ok(unread.ms >= 1_000, `${unread.ms} ms`)
})

t.test('sockets of others are none of ours, whatever family ours is of', async t => {
  const { unread, now, pass, say } = makeUnread()
  for (let n = 0; n < 8; n++) {
    now.ms += 250
    await say(n % 2 === 0 ? '0100007F:13C5' : '0200007F:13C4', 3_000, 99)
  }
  t.equal(unread.ms, 0)
  for (const [address, name] of [
    ['0.0.0.0', '00000000:13C6'],
    ['::', '00000000000000000000000000000000:13C6'],
    ['2001:db8::1:0:2', 'B80D0120000000000100000002000000:13C6']
  ] as const) {
    unread.add(address, 5062)
    for (let n = 0; n < 5; n++) {
      now.ms += 250
      await say(name, 3_000)
    }
    t.ok(unread.ms > 0, address)
    for (let n = 0; n < 4; n++) await pass(0, 0)
    t.equal(unread.ms, 0)
  }
})

t.test('what found no room is counted at once, and said once a second', async t => {
  const { pass, counts, metrics, alarms } = makeUnread()
  const lost = async () => (await metrics.sipDatagramsLost.get()).values[0]?.value ?? 0
  for (const more of [0, 7, 7, 12]) await pass(1, 1, more)
  t.equal(await lost(), 12)
  t.same(counts, ['More comes over UDP than is read: 12 SIP messages found no room and are lost'])
  for (let n = 0; n < 8; n++) await pass(1, 1, 12)
  t.equal(await lost(), 12)
  t.equal(counts.length, 1)
  t.equal(alarms(), 1)
})

t.test('a system that keeps no such table is not asked again, and nothing waits', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  let asked = 0
  const unread = new UnreadDatagrams({
    read: async () => {
      asked += 1
      return undefined
    },
    ...{ log: silentLog, metrics: makeMetrics(), clock: { now: () => 0, monotonicMs: () => 0 } }
  })
  unread.start()
  for (let n = 0; n < 4; n++) {
    mock.timers.tick(250)
    await new Promise(done => setImmediate(done))
  }
  t.equal(asked, 1)
  t.equal(unread.ms, 0)
  unread.stop()
})
