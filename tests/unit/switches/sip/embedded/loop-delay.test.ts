import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { LoopDelay } from '../../../../../src/switches/sip/embedded/loop-delay.ts'

/** A loop whose clock runs ahead of its timers by as much as the test says. */
function makeLoop(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const delay = new LoopDelay({ clock: { now: () => now, monotonicMs: () => now }, limitMs: 50 })
  delay.start()
  t.teardown(() => {
    delay.stop()
    mock.timers.reset()
  })
  return {
    delay,
    samples: (count: number, lateMs: number) => {
      for (; count > 0; count--) {
        now += 50 + lateMs
        mock.timers.tick(50)
      }
    }
  }
}

t.test('a loop in time has no delay', async t => {
  const { delay, samples } = makeLoop(t)
  samples(100, 0)
  t.equal(delay.ms, 0)
})

t.test('one stall, however long, refuses nobody', async t => {
  const { delay, samples } = makeLoop(t)
  samples(10, 0)
  samples(1, 20_000)
  t.ok(delay.ms < 50, `${delay.ms} ms`)
})

t.test('a loop that is late all the time is seen within a second, and so is its recovery', async t => {
  const { delay, samples } = makeLoop(t)
  samples(8, 100)
  t.ok(delay.ms > 50, `${delay.ms} ms`)
  samples(20, 0)
  t.ok(delay.ms < 10, `${delay.ms} ms`)
})

t.test('a clock set back is no delay', async t => {
  const { delay, samples } = makeLoop(t)
  samples(5, -60_000)
  t.equal(delay.ms, 0)
})
