import type { Test } from 'tap'
import type { HandlerId } from '../../src/call/ids.ts'
import type { LogSlice, SessionLog } from '../../src/pop/session-log.ts'
import { NOON } from '../support/call-events.ts'
import { aPop } from '../support/pop-events.ts'

/** A session log under test, and the ways in which what it keeps can get lost. */
export interface SessionLogBench {
  readonly log: SessionLog
  /** Everything of this handler is gone. */
  readonly lose: (handler: HandlerId) => Promise<void> | void
  /** Only the last entries are left. */
  readonly keepLast: (handler: HandlerId, count: number) => Promise<void> | void
}

function idsOf(slice: LogSlice): readonly string[] | string {
  return slice.kind === 'entries' ? slice.entries.map(entry => `${entry.seq}:${entry.eventId}`) : slice.kind
}

/** What every SessionLog keeps to. Each test has a bench of its own. */
export function sessionLogConformance(t: Test, makeBench: (t: Test) => Promise<SessionLogBench>): void {
  t.test('a handler who never had a pop has an empty log', async t => {
    const { log } = await makeBench(t)
    t.same(await log.head('h1'), { epoch: '', seq: 0 })
  })

  t.test('what is appended is read back in order, with what it was appended with', async t => {
    const { log } = await makeBench(t)
    const ev = aPop()
    await log.append(['h1'], 'e1', ev, NOON + 0.5)
    await log.append(['h1'], 'e2', aPop('call-2'), NOON + 1)
    const head = await log.head('h1')
    t.match(head, { seq: 2, eventId: 'e2' })
    const slice = await log.readAfter('h1', { epoch: head.epoch, seq: 0 }, 10)
    t.same(idsOf(slice), ['1:e1', '2:e2'])
    t.same(slice.kind === 'entries' && slice.entries[0], { seq: 1, eventId: 'e1', receivedAt: NOON + 0.5, ev })
  })

  t.test('each handler’s log counts for itself, and an event may be in several', async t => {
    const { log } = await makeBench(t)
    await log.append(['h1', 'h 2 {x}'], 'e1', aPop(), NOON)
    await log.append(['h 2 {x}'], 'e2', aPop(), NOON)
    t.match(await log.head('h1'), { seq: 1, eventId: 'e1' })
    t.match(await log.head('h 2 {x}'), { seq: 2, eventId: 'e2' })
  })

  t.test('the same event again is nothing new, one after the other and side by side', async t => {
    const { log } = await makeBench(t)
    await Promise.all([1, 2, 3].map(() => log.append(['h1'], 'e1', aPop(), NOON)))
    await log.append(['h1', 'h2'], 'e1', aPop(), NOON)
    t.equal((await log.head('h1')).seq, 1)
    t.equal((await log.head('h2')).seq, 1, 'and is taken where it was missing')
  })

  t.test('many at once keep the order they were appended in', async t => {
    const { log } = await makeBench(t)
    const ids = Array.from({ length: 300 }, (_, n) => `e${n}`)
    await Promise.all(ids.map(id => log.append(['h1'], id, aPop(), NOON)))
    const { epoch } = await log.head('h1')
    t.same(
      idsOf(await log.readAfter('h1', { epoch, seq: 0 }, 1_000)),
      ids.map((id, n) => `${n + 1}:${id}`)
    )
  })

  t.test('a reader gets what came after its cursor, no more than it asks for', async t => {
    const { log } = await makeBench(t)
    for (const id of ['e1', 'e2', 'e3', 'e4']) await log.append(['h1'], id, aPop(), NOON)
    const { epoch } = await log.head('h1')
    const after = async (seq: number, max = 10, eventId?: string) =>
      idsOf(await log.readAfter('h1', { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }, max))
    t.same(await after(2), ['3:e3', '4:e4'])
    t.same(await after(1, 2), ['2:e2', '3:e3'], 'the oldest first, so that the reader can go on from there')
    t.same(await after(4), [], 'nothing new')
    t.same(await after(3, 10, 'e3'), ['4:e4'])
    t.same(await after(4, 10, 'e4'), [])
  })

  t.test('a reader of another log is told so: other epoch, ahead of the log, other event at its cursor', async t => {
    const { log } = await makeBench(t)
    for (const id of ['e1', 'e2']) await log.append(['h1'], id, aPop(), NOON)
    const { epoch } = await log.head('h1')
    t.equal((await log.readAfter('h1', { epoch: 'other', seq: 1 }, 10)).kind, 'rolled-back')
    t.equal((await log.readAfter('h1', { epoch, seq: 3 }, 10)).kind, 'rolled-back')
    t.equal((await log.readAfter('h1', { epoch, seq: 1, eventId: 'e9' }, 10)).kind, 'rolled-back')
    t.equal((await log.readAfter('h1', { epoch, seq: 2, eventId: 'e9' }, 10)).kind, 'rolled-back', 'at the end too')
  })

  t.test('a log that was lost begins anew under another epoch', async t => {
    const { log, lose } = await makeBench(t)
    await log.append(['h1'], 'e1', aPop(), NOON)
    const before = await log.head('h1')
    await lose('h1')
    await log.append(['h1'], 'e2', aPop(), NOON)
    const now = await log.head('h1')
    t.not(now.epoch, before.epoch)
    t.equal(now.seq, 1)
    t.equal((await log.readAfter('h1', before, 10)).kind, 'rolled-back')
  })

  t.test('a reader further behind than the log goes is told that it is too late', async t => {
    const { log, keepLast } = await makeBench(t)
    for (const id of ['e1', 'e2', 'e3', 'e4']) await log.append(['h1'], id, aPop(), NOON)
    const { epoch } = await log.head('h1')
    await keepLast('h1', 2)
    t.equal((await log.readAfter('h1', { epoch, seq: 1 }, 10)).kind, 'too-old')
    t.same(idsOf(await log.readAfter('h1', { epoch, seq: 2 }, 10)), ['3:e3', '4:e4'])
    await keepLast('h1', 0)
    t.equal((await log.readAfter('h1', { epoch, seq: 3 }, 10)).kind, 'too-old')
    t.same(idsOf(await log.readAfter('h1', { epoch, seq: 4 }, 10)), [], 'who has read all has missed nothing')
  })
}
