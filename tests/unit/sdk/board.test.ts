import t from 'tap'
import type { Ev, Snapshot } from '../../../src/delivery/protocol.ts'
import type { Alarm, BoardEvent } from '../../../src/pop/board.ts'
import { type boardOf, joinBoards, reduceBoard } from '../../../src/sdk/board.ts'
import { parseMessage } from '../../../src/sdk/parse-message.ts'
import { EMPTY_SCREEN, reduce } from '../../../src/sdk/screen.ts'
import { barePop, callId } from '../../support/pop-words.ts'

const alarm = (n: number, over: Partial<Alarm> = {}): Alarm => ({
  ...{ alarm: `a-${n}`, code: 'node-lost', priority: 2, words: 'w', remedy: 'r', endsBy: 'itself', raisedAt: n },
  ...over
})
const raised = (n: number, rev = 1): BoardEvent => ({ type: 'alarm.raised', rev, data: alarm(n) })
const ended = (n: number, rev = 2): BoardEvent => ({ type: 'alarm.ended', rev, data: alarm(n, { endedAt: 9 }) })
const after = (...events: BoardEvent[]) => events.reduce(reduceBoard, undefined as ReturnType<typeof boardOf>)
const openAlarms = (board: ReturnType<typeof boardOf>) =>
  [...(board?.alarms.values() ?? [])].flatMap(each => (each.alarm.endedAt === undefined ? [each.alarm.alarm] : []))

t.test('an alarm that has ended does not come back by a repeat of its beginning', async t => {
  t.same(openAlarms(after(raised(1), raised(2), ended(1))), ['a-2'])
  t.same(openAlarms(after(raised(1), ended(1), raised(1))), [])
  t.same(openAlarms(after(ended(1), raised(1))), [], 'in whatever order they come')
})

t.test('what is over is forgotten in the end, what is open never', async t => {
  const many = Array.from({ length: 600 }, (_, n) => [raised(n), ended(n)]).flat()
  const board = after(raised(10_000), ...many)
  t.ok((board?.alarms.size ?? 0) <= 501)
  t.same(openAlarms(board), ['a-10000'])
})

t.test('a snapshot’s board replaces the old one; a handler’s snapshot takes it away', async t => {
  const snapshot = (board?: Snapshot['board']): Snapshot => ({
    ...{ t: 'snapshot', epoch: 'e', seq: 1, cards: [], more: false },
    ...(board === undefined ? {} : { board })
  })
  const shown = reduce(EMPTY_SCREEN, snapshot({ alarms: [{ rev: 1, alarm: alarm(1) }], ledger: [], more: 4 }))
  t.same([openAlarms(shown.board), shown.board?.more], [['a-1'], 4])
  t.equal(reduce(shown, snapshot()).board, undefined)
  const parts = [
    { alarms: [{ rev: 1, alarm: alarm(1) }], ledger: [], more: 2 },
    { alarms: [{ rev: 1, alarm: alarm(2) }], ledger: [], more: 2 }
  ]
  t.equal(parts.reduce<Snapshot['board']>(joinBoards, undefined)?.alarms.length, 2)
})

t.test('an entry of the ledger is replaced whole, and calls leave the board alone', async t => {
  const { number } = barePop(1)
  const entry = { entry: 'l-1', call: callId(1), kind: 'abandoned', force: 'tvp', line: '999', number } as const
  const ev = (rev: number, more: number): Ev => ({
    ...{ t: 'ev', eventId: `l:${rev}`, ts: 1 },
    ev: { type: 'ledger.entry', rev, data: { ...entry, openedAt: 1, later: [], more } }
  })
  const shown = [ev(1, 1), ev(3, 3), ev(2, 2)].reduce(reduce, EMPTY_SCREEN)
  t.equal(shown.board?.ledger.get('l-1')?.entry.more, 3)
  const popped = reduce(shown, {
    ...{ t: 'ev', eventId: 'p', ts: 1 },
    ev: { type: 'call.pop', call: callId(2), rev: 1, data: barePop(2) }
  })
  t.equal(popped.board, shown.board)
})

t.test('a kind of event that is newer than this client is read and left alone, whatever it says', async t => {
  const message = { t: 'ev', seq: 2, eventId: 'x', ts: 1, ev: { type: 'shift.ended', who: 'all' } }
  const read = parseMessage(JSON.stringify(message))
  t.ok(typeof read === 'object')
  t.equal(reduce(EMPTY_SCREEN, read as Ev), EMPTY_SCREEN)
  t.equal(parseMessage(JSON.stringify({ ...message, ev: { type: 'alarm.raised' } })), undefined, 'a broken alarm')
  t.equal(parseMessage(JSON.stringify({ ...message, ev: { type: 'call.pop', rev: 1, data: {} } })), undefined)
})
