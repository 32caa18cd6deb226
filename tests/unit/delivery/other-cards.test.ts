import t from 'tap'
import { mergeCards, type OtherCards, type Snapshot } from '../../../src/delivery/other-cards.ts'
import { PANEL_NAMES, type PopCard, type PopEvent } from '../../../src/pop/pop.ts'
import type { LogEntry } from '../../../src/pop/session-log.ts'
import {
  barePop,
  callId,
  goneEvent,
  OFFERED_AT,
  panelEvent,
  panelOf,
  popEvent,
  stateEvent
} from '../../support/pop-words.ts'

const NOW = OFFERED_AT + 60_000

function card(n: number, rev: number, over: Partial<PopCard['pop']> = {}, panels: PopCard['panels'] = []): PopCard {
  return { call: callId(n), rev, pop: barePop(n, { offeredAt: OFFERED_AT + n, ...over }), panels }
}

function others(recorded: readonly PopCard[] | undefined, ...events: readonly PopEvent[]): OtherCards {
  const tail = events.map((ev, at): LogEntry => ({ seq: at + 1, eventId: `e${at}`, receivedAt: NOW - 100, ev }))
  return { recorded, tail, askedAt: NOW }
}

const statesOf = ({ cards }: Snapshot) => cards.map(({ call, pop }) => `${Number(call.slice(-12))} ${pop.state}`)

t.test('own cards and those of other nodes stand on one screen, live ones last', async t => {
  const merged = mergeCards([card(1, 1)], others([card(2, 1, { state: 'released' }), card(3, 1)]), 100)
  t.same(statesOf(merged), ['2 released', '1 alerting', '3 alerting'])
  t.same(statesOf(mergeCards([card(1, 1)], others([card(2, 1, { state: 'released' })]), 1)), ['1 alerting'])
})

t.test('what a screen has no room for is counted, of this node and of others', async t => {
  const many = others([card(2, 1), card(3, 1)])
  t.equal(mergeCards([card(1, 1)], many, 3).left, 0)
  t.equal(mergeCards([card(1, 1)], many, 2).left, 1)
  t.equal(mergeCards([card(1, 1)], { ...many, left: 5 }, 2).left, 6)
})

t.test('what was said last holds, wherever it stands', async t => {
  const lagging = others([card(1, 1_000_000, { state: 'answered' })], stateEvent(1, 1_000_003, { state: 'released' }))
  t.same(statesOf(mergeCards([], lagging, 100)), ['1 released'], 'the record is behind the log')
  const adopted = others([card(1, 2_000_000, { state: 'held' })], stateEvent(1, 1_000_003, { state: 'answered' }))
  t.same(statesOf(mergeCards([card(1, 1_000_009)], adopted, 100)), ['1 held'], 'another node has it by now')
})

t.test(
  'a call that came back to its handler is on their screen, though the log says only that it had left',
  async t => {
    const back = { ...card(1, 3_000_000, { state: 'answered' }), changedAt: NOW - 50 }
    t.same(statesOf(mergeCards([], others([back], goneEvent(1, 3_000_003)), 100)), ['1 answered'])
    const before = { ...back, changedAt: NOW - 200 }
    t.same(statesOf(mergeCards([], others([before], goneEvent(1, 3_000_003)), 100)), [], 'here the record is behind')
    t.same(statesOf(mergeCards([], others([back], goneEvent(1, 4_000_003)), 100)), [], 'and here another node has it')
  }
)

t.test(
  'an ended call that its handler has closed stays away, though another node’s clock was set back since',
  async t => {
    const ended = { ...card(1, 3_000_000, { state: 'released' }), changedAt: NOW + 60_000 }
    t.same(statesOf(mergeCards([], others([ended], goneEvent(1, 3_000_003)), 100)), [])
  }
)

t.test(
  'a call that is in the log and not yet in the record is shown; one long gone from the record is not',
  async t => {
    t.same(statesOf(mergeCards([], others([], popEvent(1, 1)), 100)), ['1 alerting'])
    const late = others([], popEvent(1, 1))
    const old = { ...late, tail: (late.tail ?? []).map(entry => ({ ...entry, receivedAt: NOW - 60_000 })) }
    t.same(statesOf(mergeCards([], old, 100)), [])
    t.same(
      statesOf(mergeCards([], { ...old, recorded: undefined }, 100)),
      ['1 alerting'],
      'nobody can say that it ended'
    )
  }
)

t.test(
  'a screen that shows a call by its log alone is made again, until the record has the call or it is gone',
  async t => {
    const queued = card(2, 1, { offer: 'queue' })
    t.equal(mergeCards([card(1, 1)], others([queued], popEvent(1, 1)), 100).isPart, false)
    t.equal(
      mergeCards([], others([], popEvent(1, 1)), 100).isPart,
      true,
      'its gateway may have died before it was recorded'
    )
    t.equal(mergeCards([], others([], popEvent(1, 1), goneEvent(1, 2)), 100).isPart, false)
    t.equal(mergeCards([card(1, 1)], others(undefined), 100).isPart, true, 'the record did not answer')
  }
)

t.test('what left the screen stays away, unless something newer was said of it', async t => {
  t.same(statesOf(mergeCards([], others([card(1, 1)], popEvent(1, 1), goneEvent(1, 2)), 100)), [])
  t.same(statesOf(mergeCards([], others([card(1, 1)], goneEvent(1, 2), stateEvent(1, 1)), 100)), [])
  t.same(statesOf(mergeCards([], others([card(1, 1)], goneEvent(1, 2), popEvent(1, 3)), 100)), ['1 alerting'])
  t.same(statesOf(mergeCards([card(1, 5)], others([], goneEvent(1, 2)), 100)), ['1 alerting'], 'it came back here')
})

t.test('a call that has ended by the record does not live again by an older word of its log', async t => {
  const ended = card(1, 1_000_000, { state: 'released' })
  const merged = mergeCards([], others([ended], stateEvent(1, 1_000_003, { state: 'answered' })), 9)
  t.same(statesOf(merged), ['1 released'])
  t.equal(merged.cards[0]?.rev, 1_000_003, 'and what that gateway still has to say of it follows')
  const again = others([ended], stateEvent(1, 2_000_002, { state: 'answered' }))
  t.same(statesOf(mergeCards([], again, 9)), ['1 answered'], 'a gateway that took it over knows more')
})

t.test('panels are the newest of each, and no person is shown on a call that is offered to many', async t => {
  const kept = [{ rev: 3, panel: panelOf(1, 'identity', { status: 'late' }) }]
  const news = others([card(1, 1, {}, kept)], panelEvent(1, 5, 'identity'), panelEvent(1, 4, 'history'))
  const [own] = mergeCards([], news, 9).cards
  t.same(
    own?.panels.map(({ rev, panel }) => `${panel.panel} ${panel.status} ${rev}`),
    ['identity found 5', 'history found 4']
  )
  const queued = others([card(1, 1, { offer: 'queue' }, kept)], panelEvent(1, 5, 'identity'))
  const [offered] = mergeCards([], queued, 9).cards
  t.same(offered?.panels, [])
})

t.test('a screen without panels of a call that another gateway has is not all yet', async t => {
  const panels = PANEL_NAMES.map(name => ({ rev: 3, panel: panelOf(1, name) }))
  const [bare, whole] = [card(1, 1), card(1, 1, {}, panels)]
  const isPart = (own: readonly PopCard[], known: OtherCards) => mergeCards(own, known, 9).isPart
  t.ok(isPart([], others([bare])))
  t.notOk(isPart([], others([whole])))
  t.notOk(isPart([bare], others([])), 'our own card says what there is')
  t.notOk(isPart([], others([bare], goneEvent(1, 2))), 'it left this screen meanwhile')
  t.notOk(isPart([], others([card(1, 1, { offer: 'queue' })])), 'offered to many it has none')
})

t.test('nor is one whose record or log did not answer', async t => {
  t.ok(mergeCards([], others(undefined), 9).isPart)
  t.ok(mergeCards([], { ...others([]), tail: undefined }, 9).isPart)
})
