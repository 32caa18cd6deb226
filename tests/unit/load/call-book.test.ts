import t from 'tap'
import { makeCallId, toSipSwitchCallId } from '../../../src/call/ids.ts'
import { CallBook } from '../../../src/load/call-book.ts'
import type { CrowdWord } from '../../../src/load/crowd-words.ts'
import { fromBook } from '../../../src/load/findings.ts'
import type { PlannedCall } from '../../../src/load/plan.ts'
import { Progress } from '../../../src/load/progress.ts'
import { readSippCallId, readSippErrors, readSippLine, readSippStatistics } from '../../../src/load/sipp-log.ts'
import { demoSite } from '../../../src/load/site.ts'
import { accountFor, isSettled } from '../../../src/load/stages.ts'
import { PANEL_NAMES } from '../../../src/pop/pop.ts'

const START = Date.UTC(2026, 2, 3, 12)
const EVERY_MS = 20
const RATE = { calls: 50, periodMs: 1_000 } as const

function aCall(over: Partial<PlannedCall> = {}): PlannedCall {
  return {
    ...{ line: '999', isAbandoned: false, e164: '+447700900000', isWithheld: false, isRepeat: false },
    ...{ location: undefined, desks: [0], ringMs: 200, holdMs: 1_000 },
    ...over
  }
}

/** A load of these calls, with a hand on each side of it. */
function makeLoad(plan: readonly PlannedCall[]) {
  const book = new CallBook({ site: demoSite(4), senders: [{ plan, rate: RATE }] })
  const dueAt = (place: number) => START + place * EVERY_MS
  const sip = (place: number, isSent: boolean, method: string, status: number | undefined, at: number) =>
    book.onSipp(0, { at, isSent, sipCallId: `${place + 1}-77@127.0.0.1`, method, status })
  const idOf = (place: number, trunk = plan[place]?.isAbandoned ? 'demo-ring' : 'demo-switch') => {
    const switchCallId = toSipSwitchCallId(`${place + 1}-77@127.0.0.1`, `77SIPp${place + 1}`)
    return makeCallId({ force: 'tvp', trunk, switchCallId, firstSeenAt: dueAt(place), occurrence: 0 })
  }
  const saw = (word: CrowdWord, place: number, desk: number, at: number) =>
    book.onCrowd([[word, idOf(place), desk, at]])
  const invite = (place: number, lateMs = 0) => sip(place, true, 'INVITE', undefined, dueAt(place) + lateMs)
  const answer = (place: number, ms: number, status = 200) => sip(place, false, 'INVITE', status, dueAt(place) + ms)
  const popWithPanels = (place: number, ms: number) => {
    saw('pop', place, plan[place]?.desks[0] ?? 0, dueAt(place) + ms)
    saw('ack', place, plan[place]?.desks[0] ?? 0, dueAt(place) + ms)
    for (const [at, name] of PANEL_NAMES.entries()) saw(`panel:${name}`, place, 0, dueAt(place) + ms + (at + 1) * 10)
  }
  return { book, dueAt, sip, saw, invite, answer, popWithPanels, idOf }
}

t.test('a line of SIPp’s log is read as what was sent or came, of which call', async t => {
  const line = readSippLine(
    '2026-03-03\t12:00:00.5\t1772539200.500000\tR\t3-77@127.0.0.1\tCSeq:1 INVITE\tSIP/2.0 180 Ringing'
  )
  t.same(line, { at: 1_772_539_200_500, isSent: false, sipCallId: '3-77@127.0.0.1', method: 'INVITE', status: 180 })
  t.equal(readSippLine(''), undefined)
  t.same(readSippCallId('3-77@127.0.0.1'), { at: 2, fromTag: '77SIPp3' })
  t.equal(readSippCallId('somebody-else'), undefined)
  const csv =
    'TotalCallCreated;CurrentCall;FailedCall(C);WatchdogMajor(C);WatchdogMinor(C);\n10;4;0;0;0;\n20;5;1;0;2;\n'
  t.match(readSippStatistics(csv), [{ created: 10 }, { created: 20, current: 5, failed: 1, watchdog: 2 }])
})

t.test('what SIPp did not expect is told without who it was or where', async t => {
  const one = (id: number, status: string) =>
    `x: Continuing call on unexpected message for Call-Id '${id}-77@10.0.0.9': while in message type 5 (index 4), ` +
    `received 'SIP/2.0 ${status}\nFrom: <sip:+447700900123@switch.invalid>;tag=1\n'`
  const late = 'x: Call-Id: 9-77@10.0.0.9, receive timeout on message'
  const folder = t.testdir({
    'errors.log': [one(1, '503 Busy'), one(2, '503 Busy'), one(3, '200 OK'), late].join('\n')
  })
  const told = await readSippErrors(`${folder}/errors.log`)
  t.same(told, ['503 came at step 4 of the scenario (2 times)', 'no answer came in time'])
  t.same(await readSippErrors(`${folder}/none.log`), [])
})

t.test('calls that were given up are told of, however much SIPp has to say before and after', async t => {
  const late = Array.from(
    { length: 30_000 },
    (_, n) => `x: Dead call ${n}-77@10.0.0.9 (successful), received 'SIP/2.0 200`
  )
  const givenUp = [1, 2].map(n => `x: Aborting call on UDP retransmission timeout for Call-ID '${n}-77@10.0.0.9'`)
  const folder = t.testdir({ 'errors.log': [...late, ...givenUp, ...late].join('\n') })
  t.same(await readSippErrors(`${folder}/errors.log`), ['no answer came in time (2 times)'])
})

t.test('a call is followed from its INVITE to the screen, whichever side is heard first', async t => {
  const { book, saw, dueAt, invite, answer, popWithPanels } = makeLoad([aCall(), aCall({ desks: [1] })])
  popWithPanels(0, 5)
  t.equal(book.strangers, 1, 'nobody knows yet whose that was')
  invite(0)
  invite(1)
  t.equal(book.strangers, 0)
  answer(0, 3)
  answer(0, 1, 100)
  answer(1, 4)
  popWithPanels(1, 8)
  saw('pop', 1, 1, dueAt(1) + 9)
  t.ok(isSettled(book))
  t.match(accountFor(book), { offered: 2, answered: 2, lost: 0, wrong: 0, doubled: 0, withoutPanels: 0, acked: 2 })
  const { stages } = fromBook(book, 0)
  t.equal(stages['pop']?.count, 2)
  t.equal(stages['answered']?.max, 4)
  t.equal(stages['panels']?.max, 8 + PANEL_NAMES.length * 10)
})

t.test('a call whose pop never came is lost, and later than any number', async t => {
  const { book, invite, answer, popWithPanels, dueAt } = makeLoad(Array.from({ length: 100 }, () => aCall()))
  for (let place = 0; place < 100; place++) {
    invite(place)
    answer(place, 2)
    if (place !== 60) popWithPanels(place, 5)
  }
  t.notOk(isSettled(book))
  t.match(accountFor(book), { offered: 100, answered: 100, lost: 1, withoutPanels: 1 })
  const { stages, missing, seconds } = fromBook(book, 1)
  t.equal(stages['pop']?.count, 50, 'the warm-up is not in the figures')
  t.equal(stages['pop']?.lost, 1)
  t.match(stages['pop'], { p50: 5, p90: 5, p99: 'lost', max: 'lost' })
  t.match(missing, [{ sender: 0, place: 60, dueAtSecond: 0.2, line: '999', kind: 'answered' }])
  t.match(seconds, [
    { at: -1, offered: 50, lost: 0 },
    { at: 0, offered: 50, popped: 49, lost: 1, max: 'lost' }
  ])
  const progress = new Progress(book)
  t.match(progress.line(dueAt(60) + 1_000), /offered 100 {2}answered 100 {2}popped 99 {2}acked 99 {2}lost 0/)
  t.match(progress.line(dueAt(60) + 6_000), /lost 1/)
})

t.test('what was lost while it warmed up is lost all the same', async t => {
  const { book, invite, popWithPanels } = makeLoad([aCall(), ...Array.from({ length: 99 }, () => aCall())])
  for (let place = 0; place < 100; place++) {
    invite(place)
    if (place > 0) popWithPanels(place, 5)
  }
  const { accounts, stages } = fromBook(book, 1)
  t.equal(accounts.lost, 1)
  t.equal(stages['pop']?.lost, 0)
})

t.test('where it rings at three desks each must have it, and nobody else', async t => {
  const { book, invite, saw, dueAt } = makeLoad([aCall({ desks: [0, 1, 2] }), aCall()])
  invite(0)
  invite(1)
  saw('pop', 0, 0, dueAt(0) + 5)
  saw('pop', 0, 2, dueAt(0) + 7)
  t.match(accountFor(book), { lost: 2, lostAtSome: 1 })
  t.match(
    fromBook(book, 0).missing.map(({ kind }) => kind),
    ['rings at 3 desks, no pop at 1 of them', 'answered']
  )
  saw('pop', 0, 1, dueAt(0) + 9)
  t.equal(accountFor(book).lost, 1, 'the other call has none')
  saw('pop', 1, 3, dueAt(1) + 5)
  saw('again', 0, 0, dueAt(0) + 20)
  saw('passed-on', 1, 2, dueAt(1) + 5_000)
  t.match(accountFor(book), { lost: 1, wrong: 1, doubled: 1, passedOn: 1 })
})

t.test('a call that was refused is no lost pop, one nobody answered is', async t => {
  const { book, invite, answer } = makeLoad([aCall({ line: '101' }), aCall()])
  invite(0)
  answer(0, 3, 503)
  invite(1)
  t.match(accountFor(book), { refused: 1, unanswered: 1, lost: 1, withoutPanels: 1 })
  t.equal(fromBook(book, 0).stages['pop']?.count, 1, 'nobody waits for the pop of a refused call')
})

t.test('a ring leg is answered by its 180, and its 487 is no refusal', async t => {
  const { book, invite, answer, sip, dueAt } = makeLoad([aCall({ isAbandoned: true })])
  invite(0)
  answer(0, 3, 180)
  sip(0, false, 'CANCEL', 200, dueAt(0) + 400)
  answer(0, 401, 487)
  t.match(accountFor(book), { answered: 1, refused: 0 })
  t.equal(book.calls[0]?.endedAt, dueAt(0) + 400)
})

t.test('a latency counts from when the INVITE was due, so that a sender that fell behind hides nothing', async t => {
  const { book, invite, popWithPanels } = makeLoad(Array.from({ length: 200 }, () => aCall()))
  for (let place = 0; place < 200; place++) {
    const lateMs = place >= 100 && place < 150 ? 400 : 0
    invite(place, lateMs)
    popWithPanels(place, lateMs + 5)
  }
  const { stages } = fromBook(book, 0)
  t.equal(stages['pop']?.p50, 5)
  t.ok(Number(stages['pop']?.p99) > 390, 'the fifty that left late were late')
  t.ok(Number(stages['sent']?.p99) > 390, 'and the report says that it was the sender')
})

t.test('a call of just before midnight is found under the next day too', async t => {
  const midnight = Date.UTC(2026, 2, 4)
  const book = new CallBook({ site: demoSite(4), senders: [{ plan: [aCall()], rate: RATE }] })
  const sipCallId = '1-77@127.0.0.1'
  book.onSipp(0, { at: midnight - 1, isSent: true, sipCallId, method: 'INVITE', status: undefined })
  const switchCallId = toSipSwitchCallId(sipCallId, '77SIPp1')
  const key = { force: 'tvp', trunk: 'demo-switch', switchCallId, occurrence: 0 }
  book.onCrowd([['pop', makeCallId({ ...key, firstSeenAt: midnight + 2 }), 0, midnight + 4]])
  t.equal(accountFor(book).lost, 0)
})
