import t from 'tap'
import type { Snapshot } from '../../../src/delivery/protocol.ts'
import type { PopEvent } from '../../../src/pop/pop.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../../../src/sdk/screen.ts'
import { ev } from '../../support/fake-gateway.ts'
import { barePop, callId, goneEvent, panelEvent, panelOf, popEvent, stateEvent } from '../../support/pop-words.ts'

function after(events: readonly PopEvent[], screen: Screen = EMPTY_SCREEN): Screen {
  return events.reduce((shown, event, at) => reduce(shown, ev(at + 1, event)), screen)
}

function snapshotOf(panelRev: number): Snapshot {
  const panels = [{ rev: panelRev, panel: panelOf(1, 'history', { source: `run ${panelRev}` }) }]
  return {
    t: 'snapshot',
    epoch: 'one',
    seq: 0,
    cards: [{ call: callId(1), rev: 1_000_003, pop: barePop(1), panels }],
    more: false
  }
}

t.test('a panel that was on its way when the snapshot was made neither undoes a newer one nor is lost', async t => {
  const shown = reduce(EMPTY_SCREEN, snapshotOf(20_011))
  const older = after([panelEvent(1, 20_009, 'history', { status: 'late' })], shown)
  t.equal(older.cards.get(callId(1))?.panels.history?.panel.source, 'run 20011')
  const newer = after([panelEvent(1, 20_013, 'history', { source: 'run 20013' })], shown)
  t.equal(newer.cards.get(callId(1))?.panels.history?.panel.source, 'run 20013')
  const other = after([panelEvent(1, 7, 'identity')], shown)
  t.ok(other.cards.get(callId(1))?.panels.identity, 'its number has nothing to do with the card')
})

t.test('a screen says how many calls did not fit, until a snapshot has room for all', async t => {
  const cut = reduce(EMPTY_SCREEN, { ...snapshotOf(1), left: 12 })
  t.equal(cut.left, 12)
  t.equal(after([popEvent(2, 1)], cut).left, 12, 'a pop makes no room')
  t.equal(reduce(cut, snapshotOf(1)).left, undefined)
})

t.test('a card that was closed while Redis was away does not come back when the log is written again', async t => {
  const closed = after([popEvent(1, 1), stateEvent(1, 2, { state: 'released' }), goneEvent(1, 3)])
  const none = { ...snapshotOf(1), cards: [] }
  const late = after([popEvent(1, 1), stateEvent(1, 2, { state: 'released' })], reduce(closed, none))
  t.equal(late.cards.size, 0)
  t.equal(after([popEvent(1, 4)], late).cards.size, 1, 'what is newer brings it back')
  t.equal(reduce(closed, snapshotOf(1)).cards.size, 1, 'and so does a snapshot that has it')
})

t.test('a snapshot made while the record was away takes nothing from the screen and turns nothing back', async t => {
  const shown = after([popEvent(1, 1_000_001), stateEvent(1, 1_000_004, { state: 'released' }), popEvent(2, 5)])
  const partial = reduce(shown, { ...snapshotOf(1), partial: true })
  t.same([...partial.cards.keys()], [callId(1), callId(2)])
  t.equal(partial.cards.get(callId(1))?.pop.state, 'released')
  const closed = after([goneEvent(1, 1_000_005)], shown)
  t.same([...reduce(closed, { ...snapshotOf(1), partial: true }).cards.keys()], [callId(2)], 'nor brings it back')
  const older = after([popEvent(1, 7)])
  t.equal(
    reduce(older, { ...snapshotOf(1), partial: true }).cards.get(callId(1))?.rev,
    1_000_003,
    'what is newer holds'
  )
  t.same([...reduce(shown, snapshotOf(1)).cards.keys()], [callId(1)], 'a whole one is taken for whole')
})

t.test('a hang-up that the screen had stands, though a record that is behind it has the call as live', async t => {
  const byRecord = (state: 'alerting' | 'released', generation = 1): Snapshot => ({
    ...snapshotOf(1),
    cards: [{ call: callId(1), rev: generation * 1_000_000, pop: barePop(1, { state }), panels: [] }]
  })
  const ended = after([popEvent(1, 1_000_001), stateEvent(1, 1_000_004, { state: 'released' })])
  const card = reduce(ended, byRecord('alerting')).cards.get(callId(1))
  t.equal(card?.pop.state, 'released')
  const again = reduce(ended, byRecord('alerting', 2)).cards.get(callId(1))
  t.equal(again?.pop.state, 'alerting', 'who took the call over says how it is')
  const told = after(
    [stateEvent(1, 1_000_005, { state: 'released', takenBy: 'tvp-h01' })],
    reduce(ended, byRecord('alerting'))
  )
  t.equal(told.cards.get(callId(1))?.pop.takenBy, 'tvp-h01', 'what its gateway says next is shown')
})

t.test('a call that one gateway gave up and another took afterwards is live by the record', async t => {
  const { offeredAt } = barePop(1)
  const end = { state: 'released', releasedAt: offeredAt + 32_000 } as const
  const givenUp = after([popEvent(1, 1_000_001), stateEvent(1, 1_000_002, end)])
  const taken = (answeredAt: number): Snapshot => ({
    ...snapshotOf(1),
    cards: [{ call: callId(1), rev: 1_000_000, pop: barePop(1, { state: 'answered', answeredAt }), panels: [] }]
  })
  t.equal(reduce(givenUp, taken(offeredAt + 40_000)).cards.get(callId(1))?.pop.state, 'answered')
  t.equal(
    reduce(givenUp, taken(offeredAt + 9_000)).cards.get(callId(1))?.pop.state,
    'released',
    'what ended after that is over'
  )
})

t.test('a hang-up that the record had stands, though the log that is read afterwards has not heard of it', async t => {
  const recorded: Snapshot = {
    ...snapshotOf(1),
    cards: [{ call: callId(1), rev: 1_000_000, pop: barePop(1, { state: 'released' }), panels: [] }]
  }
  const ended = reduce(EMPTY_SCREEN, recorded)
  const partial = reduce(ended, { ...snapshotOf(20_011), partial: true }).cards.get(callId(1))
  t.equal(partial?.pop.state, 'released')
  t.equal(partial?.panels.history?.panel.source, 'run 20011', 'its panels are shown')
  t.equal(after([stateEvent(1, 1_000_003)], ended).cards.get(callId(1))?.pop.state, 'released', 'nor does a late word')
  const before = after([popEvent(1, 1_000_001), stateEvent(1, 1_000_004, { state: 'released' })])
  const both = reduce(reduce(before, recorded), { ...snapshotOf(1), partial: true })
  t.equal(both.cards.get(callId(1))?.pop.state, 'released', 'and the end is not forgotten over a snapshot')
})

t.test('a state that was on its way when the snapshot was made does not turn the card back', async t => {
  const shown = after([stateEvent(1, 1_000_002, { state: 'offered' })], reduce(EMPTY_SCREEN, snapshotOf(1)))
  t.equal(shown.cards.get(callId(1))?.pop.state, 'alerting')
})

t.test('a panel that overtakes its pop is shown with it', async t => {
  const early = after([panelEvent(1, 3, 'identity')])
  t.equal(early.cards.size, 0)
  t.ok(after([popEvent(1, 1)], early).cards.get(callId(1))?.panels.identity)
})

t.test('a call offered to many shows nothing of a person, whatever arrives', async t => {
  const offered = after([popEvent(1, 1, { offer: 'queue' }), panelEvent(1, 3, 'identity')])
  t.same(offered.cards.get(callId(1))?.panels, {})
  const mine = after([popEvent(1, 2)], offered)
  t.ok(mine.cards.get(callId(1))?.panels.identity, 'it was sent because the call had become ours')
  const back = after([popEvent(1, 3, { offer: 'queue' })], mine)
  t.same(back.cards.get(callId(1))?.panels, {}, 'nobody answered: it is in the queue again')
  const snapshot = {
    ...snapshotOf(1),
    cards: snapshotOf(1).cards.map(card => ({ ...card, pop: barePop(1, { offer: 'queue' }) }))
  }
  t.same(reduce(EMPTY_SCREEN, snapshot).cards.get(callId(1))?.panels, {})
})

t.test('a call that left does not come back by a late repeat, only by a new pop', async t => {
  const left = after([popEvent(1, 1), panelEvent(1, 3, 'identity'), goneEvent(1, 4)])
  t.equal(left.cards.size, 0)
  t.equal(after([popEvent(1, 1), stateEvent(1, 3), panelEvent(1, 5, 'history')], left).cards.size, 0)
  const again = after([popEvent(1, 5)], left)
  t.same(again.cards.get(callId(1))?.panels, {})
})

t.test('a state of a call whose pop never came is shown all the same', async t => {
  t.equal(after([stateEvent(1, 2, { state: 'answered' })]).cards.get(callId(1))?.pop.state, 'answered')
})

t.test('what nobody closes is bounded; a live call is never cut', async t => {
  const live = Array.from({ length: 20 }, (_, n) => popEvent(n, 1))
  const ended = Array.from({ length: 1_100 }, (_, n) => popEvent(n + 20, 1, { state: 'released' }))
  const { cards } = after([...live, ...ended])
  t.equal([...cards.values()].filter(card => card.pop.state === 'alerting').length, 20)
  t.equal(cards.size, 1_020)
  const early = after(Array.from({ length: 500 }, (_, n) => panelEvent(n, 1, 'history')))
  t.ok(early.early.size <= 200)
})
