import fc from 'fast-check'
import t from 'tap'
import { MAX_SHOWN, nextRinging, opensByItself, stripGroups } from '../../../src/console/strip-order.ts'
import type { BarePop } from '../../../src/pop/pop.ts'
import type { ScreenCard } from '../../../src/sdk/screen.ts'
import { barePop, callId, OFFERED_AT } from '../../support/pop-words.ts'
import { runSeed } from '../../support/random.ts'

function card(n: number, over: Partial<BarePop> = {}): ScreenCard {
  return { call: callId(n), rev: 1, pop: barePop(n, { offeredAt: OFFERED_AT + n * 1_000, ...over }), panels: {} }
}

function order(cards: readonly ScreenCard[]): number[] {
  return stripGroups(cards).groups.flatMap(group => group.cards.map(({ call }) => Number(call.slice(-12))))
}

t.test('999 stands before 101, and who has waited longest before the others', async t => {
  t.same(order([card(1, { line: '101' }), card(3), card(2)]), [2, 3, 1])
})

t.test('ringing stands before active, active before what is to be written up', async t => {
  const cards = [
    card(1, { state: 'released', releasedAt: OFFERED_AT + 50_000 }),
    card(2, { state: 'answered' }),
    card(3, { line: '101' }),
    card(4, { state: 'released', releasedAt: OFFERED_AT + 60_000, line: '101' })
  ]
  t.same(order(cards), [3, 2, 4, 1], 'the last to end is first')
})

t.test('what rings at this desk stands before what is offered to all', async t => {
  t.same(order([card(1, { offer: 'queue' }), card(2, { line: '101' })]), [2, 1])
})

t.test('F2 goes to the first that rings and that nobody has taken', async t => {
  const taken = card(1, { takenBy: 'tvp-h01' })
  t.equal(nextRinging([taken, card(2, { state: 'answered' }), card(3)])?.call, callId(3))
  t.equal(nextRinging([taken, card(4, { offer: 'queue' })])?.call, callId(4))
  t.equal(nextRinging([taken]), undefined)
})

t.test('a call opens by itself only when it is this desk that has it and it is not over', async t => {
  t.equal(opensByItself([card(1, { offer: 'queue' }), card(2, { state: 'released' })]), undefined)
  t.equal(opensByItself([card(1, { offer: 'queue' }), card(2, { state: 'answered' })])?.call, callId(2))
})

t.test('of more calls than a screen can draw the longest ended are left out, and counted', async t => {
  const ended = Array.from({ length: 60 }, (_, n) => card(n, { state: 'released', releasedAt: OFFERED_AT + n * 1_000 }))
  const { groups, hidden } = stripGroups([...ended, card(99)])
  t.equal(
    groups.reduce((sum, group) => sum + group.cards.length, 0),
    MAX_SHOWN
  )
  t.equal(hidden, 11)
  t.equal(groups[0]?.cards.length, 1)
  t.equal(groups[2]?.cards[0]?.call, callId(59))
})

t.test('the order of arrival never changes the order on the strip', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const anyCard = fc
    .record({
      n: fc.nat(999),
      state: fc.constantFrom('offered', 'queued', 'alerting', 'answered', 'held', 'released'),
      line: fc.constantFrom('999', '101'),
      offer: fc.constantFrom('device' as const, 'queue' as const)
    })
    .map(({ n, ...over }) => card(n, { ...over, ...(over.state === 'released' ? { releasedAt: OFFERED_AT + n } : {}) }))
  const cards = fc.uniqueArray(anyCard, { selector: each => each.call, maxLength: 40 })
  fc.assert(
    fc.property(cards, fc.infiniteStream(fc.nat()), (made, ranks) => {
      const shuffled = made.map(each => [ranks.next().value, each] as const).sort(([one], [other]) => one - other)
      return JSON.stringify(order(made)) === JSON.stringify(order(shuffled.map(([, each]) => each)))
    }),
    { seed }
  )
  t.pass()
})
