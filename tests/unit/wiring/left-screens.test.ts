import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { type Card, makeCard } from '../../../src/pop/card.ts'
import type { Send } from '../../../src/pop/screen-sender.ts'
import { LeftScreens } from '../../../src/wiring/left-screens.ts'
import { aQueueOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(aQueueOffer())
const card: Card = {
  ...makeCard(call),
  audience: new Map([...['ann', 'bea', 'cat'].map(who => [who, 'queue'] as const)])
}

/** A node that let go of a call; by the record it is these handlers', unless a gateway here has it again. */
function makeLeft(t: Test, theirs: readonly HandlerId[], { isClosed = false } = {}) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const sent: Send[] = []
  const state = { isAway: false, isHere: false, signedOn: new Set<HandlerId>(['ann', 'bea', 'cat']) }
  const left = new LeftScreens({
    readOpen: async () => {
      if (state.isAway) throw new Error('away')
      return isClosed ? undefined : { call }
    },
    signOns: { of: handler => (state.signedOn.has(handler ?? '') ? ({ handler } as never) : undefined) },
    courier: {
      card: () => (state.isHere ? card : undefined),
      foreignCard: (_call, _known, handler) => (theirs.includes(handler) ? ({} as never) : undefined)
    },
    send: async sends => void sent.push(...sends),
    log: silentLog,
    clock: { now: () => NOON }
  })
  t.teardown(() => left.stop())
  const pass = async (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      mock.timers.tick(1_000)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
  }
  const said = () => sent.map(({ handlers, ev }) => `${ev.type} ${handlers.join('+')}`)
  return { left, state, sent, pass, said }
}

t.test('a call that another gateway has leaves the screens of those whose it is not by the record', async t => {
  const { left, sent, pass, said } = makeLeft(t, ['ann'])
  left.add(card)
  await pass(3)
  t.same(said(), ['call.gone bea+cat'])
  t.match(sent[0]?.ev, { rev: 1_000_001 }, 'a word of the time when it was here: any later one holds')
})

t.test('nothing is said while the record is away, and once when it is back', async t => {
  const { left, state, pass, said } = makeLeft(t, ['ann', 'bea'])
  state.isAway = true
  left.add(card)
  await pass(5)
  t.same(said(), [])
  state.isAway = false
  await pass(5)
  t.same(said(), ['call.gone cat'])
})

t.test('who is not signed on is shown what is theirs when they are', async t => {
  const { left, state, pass, said } = makeLeft(t, ['ann'])
  state.signedOn.delete('bea')
  left.add(card)
  await pass(2)
  t.same(said(), ['call.gone cat'])
})

t.test('a call that came back, and one that is closed, are another’s to speak of', async t => {
  const back = makeLeft(t, [])
  back.state.isHere = true
  back.left.add(card)
  await back.pass(2)
  t.same(back.said(), [])
  mock.timers.reset()
  const closed = makeLeft(t, [], { isClosed: true })
  closed.left.add(card)
  await closed.pass(2)
  t.same(closed.said(), [])
})
