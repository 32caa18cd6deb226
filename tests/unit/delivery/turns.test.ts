import t from 'tap'
import { Turns } from '../../../src/delivery/turns.ts'

t.test('ten thousand consoles that find no room come back one after the other, and none of them waits for ever', t => {
  let now = 1_000
  const turns = new Turns(() => now)
  const waits = Array.from({ length: 10_000 }, () => turns.next())
  t.equal(waits[0], 500)
  t.equal(new Set(waits).size, 9_751, 'nearly every one has a turn of its own')
  t.ok(Math.max(...waits) <= 20_000)
  now += 100
  t.equal(turns.next(), 898, 'what was given out still counts')
  now += 60_000
  t.equal(turns.next(), 500, 'long after, the first again')
  t.end()
})
