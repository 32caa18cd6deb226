import t from 'tap'
import { HandlerSession } from '../../../src/delivery/handler-session.ts'
import { SOCKET_LIMITS, type SocketLimits } from '../../../src/delivery/protocol-limits.ts'
import type { LogEntry, ScreenEvent } from '../../../src/pop/session-log.ts'
import { FakeWire } from '../../support/fake-wire.ts'
import { goneEvent, OFFERED_AT, panelEvent, popEvent, stateEvent } from '../../support/pop-words.ts'

const EPOCH = 'one'

function entry(seq: number, ev: ScreenEvent, eventId = `e${seq}`): LogEntry {
  return { seq, eventId, receivedAt: OFFERED_AT, ev }
}

function makeSession({ seq = 0, limits = {} as Partial<SocketLimits> } = {}) {
  const wire = new FakeWire()
  const sent: string[] = []
  const merged: string[] = []
  const time = { now: OFFERED_AT + 10, monotonic: 0 }
  const session = new HandlerSession({
    ...{ session: 's_1', handler: 'h1', wire, cursor: { epoch: EPOCH, seq } },
    limits: { ...SOCKET_LIMITS, ...limits },
    now: () => time.now,
    monotonicMs: () => time.monotonic,
    onSent: (ev, _, path) => sent.push(`${path} ${ev.type}`),
    onMerged: type => merged.push(type)
  })
  /** The next entries of the log. */
  const take = (...evs: ScreenEvent[]) => evs.map(ev => session.take(EPOCH, entry(session.cursor.seq + 1, ev)))
  return { session, wire, sent, merged, time, take }
}

/** A session whose network takes nothing more, with one message on its way. */
function makeStuck(limits: Partial<SocketLimits> = {}) {
  const made = makeSession({ limits: { mergeOverBytes: 100, ...limits } })
  made.wire.isFast = false
  made.take(popEvent(1, 1))
  return made
}

t.test('entries go out as they come; a repeat, a gap and another log are told apart', async t => {
  const { session, wire, sent } = makeSession()
  t.equal(session.take(EPOCH, entry(1, popEvent(1, 1))), 'taken')
  t.equal(session.take(EPOCH, entry(1, popEvent(1, 1))), 'repeat')
  t.equal(session.take(EPOCH, entry(3, popEvent(3, 1))), 'gap')
  t.equal(session.take('two', entry(2, popEvent(2, 1))), 'other-log')
  t.equal(session.take(EPOCH, entry(1, popEvent(9, 1), 'e9')), 'other-log', 'another event stands where one was sent')
  t.equal(session.take(EPOCH, entry(2, goneEvent(1, 2))), 'taken')
  t.equal(session.take(EPOCH, entry(1, popEvent(9, 1), 'e9')), 'other-log', 'further back too')
  t.same(wire.seqs, ['1', '2'])
  t.same(sent, ['log call.pop', 'log call.gone'])
  t.match(session.cursor, { seq: 2, eventId: 'e2' })
})

t.test('each message says how long after the call it left', async t => {
  const { wire, take } = makeSession()
  take(popEvent(1, 1), goneEvent(1, 2))
  const [pop, gone] = wire.sent
  t.equal(pop?.t === 'ev' && pop.ev.type === 'call.pop' && pop.ev.data.sinceOfferedMs, 10)
  t.same(gone?.t === 'ev' && gone.ev, goneEvent(1, 2))
})

t.test('past the log: once, without a number, and the cursor stays', async t => {
  const { session, wire, sent } = makeSession()
  session.sendDirect('pop:1', popEvent(1, 1), OFFERED_AT)
  session.sendDirect('pop:1', popEvent(1, 1), OFFERED_AT)
  for (let n = 0; n < 2_000; n++) session.sendDirect(`state:${n}`, stateEvent(1, n + 2), OFFERED_AT)
  t.equal(wire.sent.length, 2_001)
  t.same(wire.seqs.slice(0, 2), ['undefined', 'undefined'])
  t.equal(session.cursor.seq, 0)
  t.equal(sent[0], 'direct call.pop')
  t.ok(session.hasSent('p_00000000-0000-8000-8000-000000000001'))
})

t.test('a slow network: of a panel and of a state only the newest goes on, and the numbers stay whole', async t => {
  const { wire, merged, take } = makeStuck()
  take(panelEvent(1, 1, 'history'), panelEvent(1, 1, 'identity'), stateEvent(1, 2), popEvent(2, 1))
  take(panelEvent(1, 2, 'history'), stateEvent(1, 3), stateEvent(2, 2), panelEvent(2, 1, 'history'), goneEvent(2, 3))
  take(panelEvent(1, 3, 'history'))
  t.same(wire.seqs, ['1'])
  wire.isFast = true
  wire.take()
  t.same(wire.seqs, ['1', '1<3', '3<5', '5<7', '8', '9', '10', '11'])
  t.same(merged, ['call.panel', 'call.state', 'call.panel'])
  const left = wire.sent.flatMap(message => (message.t === 'ev' && message.ev.type === 'call.pop' ? [message.seq] : []))
  t.same(left, [1, 5], 'no pop was left out')
})

t.test('an older revision that comes late replaces nothing', async t => {
  const { wire, merged, take } = makeStuck()
  take(panelEvent(1, 5, 'history'), panelEvent(1, 4, 'history'), stateEvent(1, 9), stateEvent(1, 8))
  wire.isFast = true
  wire.take()
  t.same([wire.seqs, merged], [['1', '2', '3', '4', '5'], []])
})

t.test('past the log and by it are two rows, so that what has a number is never left to what has none', async t => {
  const { session, wire, take } = makeStuck()
  take(stateEvent(1, 2))
  session.sendDirect('state:3', stateEvent(1, 3), OFFERED_AT)
  session.sendDirect('state:4', stateEvent(1, 4), OFFERED_AT)
  session.sendDirect('panel:1', panelEvent(1, 1, 'history'), OFFERED_AT)
  take(stateEvent(1, 3))
  wire.isFast = true
  wire.take()
  t.same(wire.seqs, ['1', 'undefined', 'undefined', '1<3'])
})

t.test('alarms and entries of the ledger wait in their order and are never merged', async t => {
  const { wire, merged, take } = makeStuck()
  const raised = (rev: number): ScreenEvent => ({
    type: 'alarm.raised',
    rev,
    data: {
      ...{ alarm: 'a-1', code: 'pop.unacknowledged', priority: 1, words: 'Nobody has seen it', remedy: 'Look' },
      ...{ endsBy: 'itself', raisedAt: OFFERED_AT }
    }
  })
  take(raised(1), raised(2), raised(3))
  wire.isFast = true
  wire.take()
  t.same([wire.seqs, merged], [['1', '2', '3', '4'], []])
})

t.test('what waits goes on with the next tick too, a little at a time while the network is slow', async t => {
  const { session, wire, take } = makeStuck()
  take(popEvent(2, 1), popEvent(3, 1))
  wire.unsent = 0
  t.equal(session.tick(), 'fine')
  t.same(wire.seqs, ['1', '2'])
  wire.unsent = 0
  t.equal(session.tick(), 'fine')
  t.same(wire.seqs, ['1', '2', '3'])
})

t.test('room is there at once until it is full, then when all has left, and when it is given up', async t => {
  const fill = () => {
    const made = makeStuck({ closeOverBytes: 500 })
    made.take(popEvent(2, 1))
    return made
  }
  await makeSession().session.room()
  await makeStuck().session.room()
  const { session, wire } = fill()
  let hasRoom = false
  const room = session.room().then(() => {
    hasRoom = true
  })
  await Promise.resolve()
  t.notOk(hasRoom)
  wire.isFast = true
  wire.take()
  await room
  const stuck = fill()
  const never = stuck.session.room()
  stuck.session.cut(4429, 'too slow')
  await never
  await stuck.session.room()
  t.same(stuck.wire.closed, { code: 4429, how: 'cut' })
})

t.test(
  'more than a socket may owe stays in the log; a burst is forgiven, a network that makes no room is not',
  async t => {
    const { session, wire, time, take } = makeStuck({ closeOverBytes: 10_000 })
    const taken = Array.from({ length: 40 }, (_, n) => take(popEvent(n + 2, 1))).flat()
    t.same(new Set(taken), new Set(['taken', 'full']))
    const { seq } = session.cursor
    session.sendDirect('direct', popEvent(99, 1), OFFERED_AT)
    time.monotonic = 1_999
    t.equal(session.tick(), 'fine')
    wire.isFast = true
    wire.take()
    t.equal(session.tick(), 'fine')
    t.same(wire.sent.length, seq, 'all that was taken has left, and nothing else')
    time.monotonic = 60_000
    session.ack(seq)
    wire.unsent = 10_001
    t.same(take(popEvent(50, 1)), ['full'])
    t.equal(session.tick(), 'fine', 'it counts anew')
    time.monotonic = 62_001
    t.equal(session.tick(), 'too-slow')
  }
)

t.test('messages that wait are bounded in number too', async t => {
  const { take } = makeStuck({ closeOverBytes: 100_000_000 })
  for (let n = 2; n < 2_002; n++) take(popEvent(n, 1))
  t.same(take(popEvent(1, 1)), ['full'])
})

t.test('a socket that was let go of gets nothing more', async t => {
  const { session, wire, take } = makeStuck()
  take(popEvent(2, 1))
  session.cut(4429, 'too slow')
  wire.isFast = true
  wire.take()
  take(popEvent(3, 1))
  t.same(wire.seqs, ['1'], 'it comes back for the rest')
})

t.test('panels that are merged take no more room than one of each', async t => {
  const { session, take } = makeStuck({ closeOverBytes: 10_000 })
  const words = { items: [{ kind: 'note', title: 'x'.repeat(2_000) }] }
  for (let rev = 1; rev < 200; rev++) take(panelEvent(1, rev, 'history', words))
  t.equal(session.tick(), 'fine')
})

t.test('the oldest message without an acknowledgement is what counts, not the last one that came', async t => {
  const { session, time, take } = makeSession({ limits: { closeUnackedMs: 1_000 } })
  take(popEvent(1, 1))
  time.monotonic = 900
  take(popEvent(2, 1))
  t.equal(session.tick(), 'fine')
  time.monotonic = 1_001
  t.equal(session.tick(), 'too-slow')
  t.ok(session.ack(1))
  t.equal(session.tick(), 'fine', 'the second has been out for a tenth of a second')
  time.monotonic = 1_901
  t.equal(session.tick(), 'too-slow')
  t.ok(session.ack(2))
  t.equal(session.tick(), 'fine')
  time.monotonic = 90_000
  t.equal(session.tick(), 'fine', 'nothing is owed')
})

t.test('what never left cannot be acknowledged, and an acknowledgement counts once', async t => {
  const { session, take } = makeStuck()
  take(popEvent(2, 1), popEvent(3, 1))
  t.notOk(session.ack(3))
  t.ok(session.ack(1))
  t.notOk(session.ack(1))
  const resumed = makeSession({ seq: 7 })
  t.notOk(resumed.session.ack(7), 'it was acknowledged before the cut')
})

t.test('a client may answer what it was sent, and no more', async t => {
  const { session, take } = makeSession()
  t.notOk(session.takeOwed())
  take(popEvent(1, 1), goneEvent(1, 2))
  t.same(
    Array.from({ length: 4 }, () => session.takeOwed()),
    [true, true, true, false]
  )
})

t.test('a thousand pops are remembered, older ones are asked for elsewhere', async t => {
  const { session, take } = makeSession()
  for (let n = 1; n <= 1_001; n++) take(popEvent(n, 1))
  t.notOk(session.hasSent('p_00000000-0000-8000-8000-000000000001'))
  t.ok(session.hasSent('p_00000000-0000-8000-8000-000000001001'))
})

t.test('another log: what waited of the old one is dropped, its snapshot goes at the network’s own pace', async t => {
  const { session, wire, take } = makeStuck()
  take(popEvent(2, 1))
  const parts = ['a', 'b', 'c'].map(name =>
    JSON.stringify({ t: 'snapshot', epoch: name, seq: 40, cards: [], more: false })
  )
  session.moveTo({ epoch: 'two', seq: 40, eventId: 'e40' }, parts)
  t.equal(session.take('two', entry(41, popEvent(41, 1))), 'taken')
  t.equal(session.tick(), 'fine')
  wire.isFast = true
  wire.take()
  t.same(
    wire.sent.map(message => (message.t === 'snapshot' ? message.epoch : message.t === 'ev' ? message.seq : '')),
    [1, 'a', 'b', 'c', 41]
  )
  t.ok(session.ack(41))
})

t.test('a plain close leaves what waits alone', async t => {
  const { session, wire } = makeSession()
  session.close(4409, 'replaced')
  t.same(wire.closed, { code: 4409, how: 'close' })
})

t.test('marks of what is unacknowledged are few, however much is sent', async t => {
  const { session, time, take } = makeSession({ limits: { closeUnackedMs: 100_000 } })
  for (let n = 1; n <= 500; n++) {
    time.monotonic = n * 300
    take(stateEvent(1, n))
  }
  t.ok(session.ack(499))
  t.equal(session.tick(), 'too-slow', 'the last mark has run together with older ones')
  t.ok(session.ack(500))
  t.equal(session.tick(), 'fine')
})
