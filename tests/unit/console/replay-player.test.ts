import t from 'tap'
import type { Replay } from '../../../src/console/calls-api.ts'
import { advanced, SPEEDS, screenAt, stepped, toReel } from '../../../src/console/replay-player.ts'
import { barePop, callId, OFFERED_AT } from '../../support/pop-words.ts'

const state = (n: number, at: number, of: string) =>
  ({
    at: OFFERED_AT + at,
    ev: { type: n === 1 ? 'call.pop' : 'call.state', call: callId(1), rev: n, data: barePop(1, { state: of }) }
  }) as Replay['steps'][number]
const STEPS = [state(1, 0, 'alerting'), state(2, 4_000, 'answered'), state(3, 60_000, 'released')]
const shown = (at: number) => [...screenAt(toReel({ steps: STEPS }), OFFERED_AT + at).cards.values()][0]?.pop.state

t.test('at each moment the screen is what it was then', async t => {
  t.equal(shown(-1), undefined)
  t.equal(shown(0), 'alerting')
  t.equal(shown(3_999), 'alerting')
  t.equal(shown(4_000), 'answered')
  t.equal(shown(999_999), 'released')
})

t.test('it plays at one to eight times the pace of then, and stands at the end', async t => {
  const reel = toReel({ steps: STEPS })
  for (const speed of SPEEDS) {
    const playing = advanced({ at: reel.begin, isPlaying: true, speed }, 1_000, reel)
    t.same(playing, { at: OFFERED_AT + 1_000 * speed, isPlaying: true, speed })
  }
  t.same(advanced({ at: reel.end - 100, isPlaying: true, speed: 8 }, 1_000, reel), {
    ...{ at: reel.end, isPlaying: false, speed: 8 }
  })
  const paused = { at: reel.begin, isPlaying: false, speed: 4 } as const
  t.equal(advanced(paused, 1_000, reel), paused)
})

t.test('a step goes to the next message, or the one before, and no further than there are any', async t => {
  const reel = toReel({ steps: STEPS })
  const from = (at: number, way: 'on' | 'back') => stepped(reel, OFFERED_AT + at, way) - OFFERED_AT
  t.equal(from(0, 'on'), 4_000)
  t.equal(from(5_000, 'on'), 60_000)
  t.equal(from(60_000, 'on'), 60_000)
  t.equal(from(60_000, 'back'), 4_000)
  t.equal(from(0, 'back'), 0)
})

t.test('what was said days after the call is not played, and can be gone to', async t => {
  const day = 86_400_000
  const reel = toReel({ steps: [...STEPS, state(4, day, 'released')] })
  t.equal(reel.end, OFFERED_AT + 660_000)
  t.equal(stepped(reel, reel.end, 'on'), OFFERED_AT + day)
  const going = toReel({ steps: STEPS.slice(0, 2) })
  t.equal(going.end, OFFERED_AT + 4_000, 'a call that is not over ends with what is known')
  t.same(toReel({ steps: [] }), { begin: 0, end: 0, frames: [] })
})
