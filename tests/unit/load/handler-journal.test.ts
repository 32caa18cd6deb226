import t from 'tap'
import type { CrowdRow } from '../../../src/load/crowd-words.ts'
import { HandlerJournal } from '../../../src/load/handler-journal.ts'
import { barePop, callId, panelOf, popEvent } from '../../support/pop-words.ts'

const AT = Date.UTC(2026, 2, 3, 12)

function makeJournal() {
  const rows: CrowdRow[] = []
  return { rows, words: () => rows.map(([word]) => word), journal: new HandlerJournal(3, row => rows.push(row)) }
}

/** One event as it comes over the socket. */
function ev(event: ReturnType<typeof popEvent>, eventId: string) {
  return { t: 'ev' as const, seq: 1, eventId, ts: AT, ev: event }
}

t.test('the first pop of a call is noted with its desk and time, and is what a person acts on', async t => {
  const { rows, journal } = makeJournal()
  t.match(journal.heard(ev(popEvent(1, 1), 'a'), AT), [{ call: callId(1) }])
  t.same(rows, [['pop', callId(1), 3, AT]])
})

t.test('a pop that rings again as news is noted, one that only took another way as well is not', async t => {
  const { words, journal } = makeJournal()
  journal.heard(ev(popEvent(1, 1), 'a'), AT)
  t.same(journal.heard(ev(popEvent(1, 1), 'a'), AT + 5), [])
  t.same(words(), ['pop'])
  journal.heard(ev(popEvent(1, 2), 'b'), AT + 10)
  t.same(words(), ['pop', 'again'])
})

t.test('what a client is shown when it comes back rings for nothing it had', async t => {
  const { words, journal } = makeJournal()
  journal.heard(ev(popEvent(1, 1), 'a'), AT)
  const card = (n: number) => ({
    call: callId(n),
    rev: 1,
    pop: barePop(n),
    panels: [{ rev: 1, panel: panelOf(n, 'history') }]
  })
  const snapshot = { t: 'snapshot' as const, epoch: 'e', seq: 2, more: false, cards: [card(1), card(2)] }
  t.match(journal.heard(snapshot, AT), [{ call: callId(2) }])
  t.same(words(), ['pop', 'panel:history', 'pop', 'panel:history'])
})

t.test('an offer to many is no pop of the desk, and one that was passed on is none either', async t => {
  const { words, journal } = makeJournal()
  journal.heard(ev(popEvent(1, 1, { offer: 'queue' }), 'a'), AT)
  journal.heard(ev(popEvent(2, 1, { escalated: { from: 'Desk 1', why: 'unacked', at: AT } }), 'b'), AT)
  t.same(words(), ['queue', 'passed-on'])
  t.match(journal.heard(ev(popEvent(2, 2), 'c'), AT), [{ call: callId(2) }])
  t.same(words(), ['queue', 'passed-on', 'pop'], 'it rings there after that: now it is')
})

t.test('an acknowledgement names its pops; no other message does', async t => {
  const { rows, journal } = makeJournal()
  journal.said(JSON.stringify({ t: 'ack', seq: 4, pops: [`p_${callId(1)}`, `p_${callId(2)}`] }), AT)
  journal.said(JSON.stringify({ t: 'ack', seq: 5 }), AT)
  journal.said(JSON.stringify({ t: 'hb', vis: 'visible' }), AT)
  t.same(rows, [
    ['ack', callId(1), 3, AT],
    ['ack', callId(2), 3, AT]
  ])
})
