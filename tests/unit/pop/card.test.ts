import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { HandlerId } from '../../../src/call/ids.ts'
import type { Audience, Offer } from '../../../src/pop/address.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import {
  type Card,
  cardRevision,
  closeCard,
  makeCard,
  putPanel,
  readdress,
  readdressAgain,
  type Step
} from '../../../src/pop/card.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { anOffer, callAfter, NOON, then } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const audience = (who: Record<HandlerId, Offer>): Audience => new Map(Object.entries(who))
const step = (card: Card, who: Record<HandlerId, Offer>, on: Call = call): Step =>
  readdress(card, on, audience(who), NOON, toBarePop)
const said = ({ sends }: Step) => sends.map(({ handlers, ev }) => `${ev.type} ${handlers.join('+')}`)
const ids = ({ sends }: Step) => sends.map(({ eventId }) => eventId.replace(call.callId, '*'))
const history = (rev: number): RevisedPanel => ({
  rev,
  panel: { panel: 'history', status: 'none', source: 'x', sinceOfferedMs: 0, items: [], more: 0 }
})

t.test('new on a screen: a pop; already there: the new state; no longer theirs: gone', async t => {
  const first = step(makeCard(call), { ann: 'device' })
  t.same(said(first), ['call.pop ann'])
  const again = step(first.card, { ann: 'device', bea: 'device' })
  t.same(said(again), ['call.pop bea', 'call.state ann'])
  const last = step(again.card, { bea: 'device' })
  t.same(said(last), ['call.state bea', 'call.gone ann'])
  t.same(last.sends.at(-1)?.ev, { ...last.sends.at(-1)?.ev, type: 'call.gone', data: { why: 'taken-elsewhere' } })
})

t.test('a first pop has one id whoever sends it; a second one to the same screen has its own', async t => {
  const first = step(makeCard(call), { ann: 'device' })
  t.same(ids(first), ['pop:*'])
  const gone = step(first.card, {})
  const back = step(gone.card, { ann: 'device' })
  t.same(said(back), ['call.pop ann'])
  t.match(ids(back)[0], /^pop:\*:\d+$/)
})

t.test('offered to many, then somebody’s own: it pops again, with the panels the offer had not', async t => {
  const offered = step(makeCard(call), { ann: 'queue', bea: 'queue' })
  t.same(said(offered), ['call.pop ann+bea'])
  const found = putPanel(offered.card, history(3), NOON)
  t.same(found.sends, [], 'panels are personal data')
  const own = step(found.card, { ann: 'device' })
  t.same(said(own), ['call.pop ann', 'call.panel ann', 'call.gone bea'])
})

t.test(
  'a call that comes back to a desk that had sent it on pops there again; one that still rings does not',
  async t => {
    const handed = step(step(makeCard(call), { ann: 'device' }).card, { ann: 'handed', bea: 'device' })
    t.same(said(handed), ['call.pop bea', 'call.state ann'])
    t.same(said(step(handed.card, { ann: 'rings', bea: 'device' })), ['call.pop ann', 'call.state bea'])
    const both = step(makeCard(call), { ann: 'device', bea: 'device' })
    t.same(said(step(both.card, { ann: 'device', bea: 'rings' })), ['call.state ann', 'call.state bea'])
  }
)

t.test('devices and queue offers of one step are told apart in words', async t => {
  const both = step(makeCard(call), { ann: 'device', bea: 'queue' })
  const offers = both.sends.map(({ handlers, ev }) =>
    ev.type === 'call.pop' ? `${handlers.join()} ${ev.data.offer}` : ''
  )
  t.same(offers, ['ann device', 'bea queue'])
})

t.test('a panel replaces an older one, never a newer', async t => {
  const { card } = step(makeCard(call), { ann: 'device' })
  const first = putPanel(card, history(3), NOON)
  t.same(said(first), ['call.panel ann'])
  for (const rev of [2, 3]) {
    const late = putPanel(first.card, history(rev), NOON)
    t.equal(late.card, first.card)
    t.same(late.sends, [])
  }
  t.same(said(putPanel(first.card, history(4), NOON)), ['call.panel ann'])
})

t.test('panels that were popped again have ids of their own, so that a log takes them twice', async t => {
  const { card } = putPanel(step(makeCard(call), { ann: 'device' }).card, history(3), NOON)
  const back = step(step(card, {}).card, { ann: 'device' })
  t.match(ids(back)[1], /^panel:\*:history:3:\d+$/)
})

t.test('what comes late of a call that came back to a desk is no repeat of what the desk had lost', async t => {
  const first = step(makeCard(call), { ann: 'device' })
  t.same(ids(putPanel(first.card, history(3), NOON)), ['panel:*:history:3'])
  const back = step(step(first.card, { ann: 'queue' }).card, { ann: 'device' })
  const rev = cardRevision(back.card)
  t.same(ids(putPanel(back.card, history(3), NOON)), [`panel:*:history:3:${rev}`])
  const moved = step(back.card, { ann: 'device' }).card
  t.same(ids(putPanel(moved, history(4), NOON)), [`panel:*:history:4:${rev}`], 'the same for each of them')
})

t.test('a gateway that adopts a live call says its panels anew: the one before may have shown it without', async t => {
  const live = { ...call, generation: 2 }
  const { card } = readdressAgain(makeCard(live), audience({ ann: 'device' }), NOON, toBarePop)
  t.match(ids(putPanel(card, history(3), NOON))[0], /^panel:\*:history:3:2\d+$/)
  const ended = callAfter(anOffer(), then(anOffer(), 'released'))
  const over = readdressAgain(makeCard(ended), audience({ ann: 'device' }), NOON, toBarePop)
  t.same(ids(putPanel(over.card, history(3), NOON)), ['panel:*:history:3'], 'of one that is over nobody did')
})

t.test(
  'each message has a higher revision than the last, and an adopted call a higher one than any before',
  async t => {
    const first = step(makeCard(call), { ann: 'device' })
    const second = step(first.card, { ann: 'device' })
    const adopted = step(makeCard({ ...call, generation: 2 }), { ann: 'device' }, { ...call, generation: 2 })
    const revs = [first, second, adopted].map(({ sends }) => sends[0]?.ev.rev ?? 0)
    t.same(
      revs.toSorted((a, b) => a - b),
      revs
    )
    t.equal(new Set(revs).size, 3)
    t.equal(cardRevision(second.card), revs[1])
  }
)

t.test('who took the call is on every later word of it', async t => {
  const { card } = step(makeCard(call), { ann: 'device', bea: 'device' })
  const taken = step({ ...card, takenBy: 'ann' }, { ann: 'device', bea: 'device' })
  for (const { ev } of taken.sends) t.match(ev, { data: { takenBy: 'ann' } })
})

t.test('a closed card leaves every screen it is on, and says nothing to none', async t => {
  const { card } = step(makeCard(call), { ann: 'device', bea: 'device' })
  t.match(closeCard(card, ['ann', 'bea'], NOON), [
    { handlers: ['ann', 'bea'], ev: { type: 'call.gone', data: { why: 'closed' } } }
  ])
  t.same(closeCard(makeCard(call), [], NOON), [])
})
