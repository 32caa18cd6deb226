import t from 'tap'
import { markPanel, markPop, notePace, notePaint, type Pace } from '../../../src/console/pace.ts'
import type { PopEvent } from '../../../src/pop/pop.ts'
import { goneEvent, OFFERED_AT, panelEvent, popEvent, stateEvent } from '../../support/pop-words.ts'

function after(steps: readonly (readonly [ms: number, event: PopEvent])[]): Pace | undefined {
  return steps.reduce<Pace | undefined>(
    (pace, [ms, event], at) => notePace(pace, { t: 'ev', eventId: String(at), ts: OFFERED_AT + ms, ev: event }),
    undefined
  )
}

t.test('times count from the INVITE, and the first of each step counts', async t => {
  const pace = after([
    [4, popEvent(1, 1)],
    [12, panelEvent(1, 1, 'identity')],
    [900, panelEvent(1, 3, 'identity')],
    [5_000, stateEvent(1, 2, { state: 'answered' })],
    [9_000, popEvent(1, 3)]
  ])
  t.match(pace, { popMs: 4, panelMs: { identity: 12 } })
})

t.test('a call offered to all is not slow because nobody took it', async t => {
  const pace = after([
    [4, popEvent(1, 1, { offer: 'queue' })],
    [14_000, popEvent(1, 2)],
    [14_020, panelEvent(1, 1, 'identity')]
  ])
  t.match(pace, { popMs: 4, ownMs: 14_000, panelMs: { identity: 14_020 } })
})

t.test('what came with a snapshot has no time', async t => {
  t.equal(after([[50, panelEvent(1, 1, 'identity')]]), undefined)
  t.equal(after([[50, goneEvent(1, 1)]]), undefined)
})

t.test('the paint is added to the pop once', async t => {
  const pace = after([[4, popEvent(1, 1)]])
  if (pace === undefined) throw new Error('no pace')
  const painted = notePaint(pace, 21)
  t.equal(painted.paintedMs, 25)
  t.equal(notePaint(painted, 400).paintedMs, 25)
})

t.test('a step is marked only when a handler had to wait', async t => {
  t.same([250, 251, 1_001].map(markPop), ['fine', 'slow', 'late'])
  t.same([1_000, 1_001, 3_001].map(markPanel), ['fine', 'slow', 'late'])
})
