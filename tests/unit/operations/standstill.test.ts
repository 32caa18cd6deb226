import t from 'tap'
import { Standstill } from '../../../src/operations/standstill.ts'

t.test('a standstill is told once, to whoever looks first, and a busy moment is none', async t => {
  let now = 0
  const stood: number[] = []
  const standstill = new Standstill({
    clock: { now: () => 0, monotonicMs: () => now },
    limitMs: 2_000,
    onThaw: ms => stood.push(ms)
  })
  now = 2_000
  t.equal(standstill.check(), false)
  now = 4_001
  t.equal(standstill.check(), true)
  t.equal(standstill.check(), false, 'the next reads what is new')
  t.same(stood, [2_001])
})
