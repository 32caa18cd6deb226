import t from 'tap'
import { toAge, toMs, toTimer } from '../../../src/console/times.ts'

const NOW = Date.UTC(2026, 10, 25, 14, 2, 11)
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

t.test('how old a fix or a record is stands in one unit', async t => {
  for (const [ms, words] of [
    [0, 'just now'],
    [4_999, 'just now'],
    [45_000, '45 s ago'],
    [3 * MINUTE, '3 min ago'],
    [2 * HOUR + 59 * MINUTE, '2 h ago'],
    [DAY, '1 day ago'],
    [59 * DAY, '59 days ago'],
    [61 * DAY, '2 months ago'],
    [800 * DAY, '2 years ago']
  ] as const) {
    t.equal(toAge(NOW - ms, NOW), words)
  }
  t.equal(toAge(NOW + 30_000, NOW), 'just now', 'a source whose clock is ahead')
})

t.test('a wait is counted in minutes and seconds, a long one with its hours', async t => {
  t.equal(toTimer(NOW, NOW + 7_900), '0:07')
  t.equal(toTimer(NOW, NOW + 12 * MINUTE + 40_000), '12:40')
  t.equal(toTimer(NOW, NOW + HOUR + 2 * MINUTE + 3_000), '1:02:03')
  t.equal(toTimer(NOW, NOW - 5_000), '0:00', 'a desk whose clock is behind')
})

t.test('a latency is read at a glance', async t => {
  t.same([0, 0.4, 12.4, 999, 1_234, 14_000].map(toMs), ['0 ms', '0.4 ms', '12 ms', '999 ms', '1.2 s', '14 s'])
})
