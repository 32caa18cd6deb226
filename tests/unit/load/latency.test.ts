import { build } from 'hdr-histogram-js'
import t from 'tap'
import { isOver, Latency } from '../../../src/load/latency.ts'
import { Schedule } from '../../../src/load/schedule.ts'
import { makeSeededRandom } from '../../../src/simulator/seeded-random.ts'

t.test('what never came counts as later than any number, so that losing calls never looks fast', async t => {
  const latency = new Latency()
  for (let ms = 1; ms <= 98; ms++) latency.add(ms)
  latency.add(undefined)
  latency.add(undefined)
  t.match(latency.figures(), { count: 100, lost: 2, p50: 50, p90: 90, p99: 'lost', max: 'lost' })
  t.equal(latency.at(98), 98)
  t.ok(isOver('lost', 1e9))
  t.notOk(isOver(10, 10))
})

t.test('no calls give no figure', async t => {
  t.same(new Latency().figures(), { count: 0, lost: 0, curve: [] })
})

t.test('its percentiles are those of another HdrHistogram', async t => {
  const random = makeSeededRandom(7)
  const other = build({
    ...{ bitBucketSize: 64, numberOfSignificantValueDigits: 3, lowestDiscernibleValue: 1 },
    highestTrackableValue: 600_000_000
  })
  const latency = new Latency()
  for (let n = 0; n < 20_000; n++) {
    const us = Math.round(10 ** (2 + random.next() * 5))
    latency.add(us / 1_000)
    other.recordValue(us)
  }
  for (const percent of [50, 90, 99, 99.9, 100]) {
    const [ours, theirs] = [Number(latency.at(percent)) * 1_000, other.getValueAtPercentile(percent)]
    t.ok(Math.abs(ours - theirs) / theirs < 0.006, `p${percent}: ${ours} and ${theirs}`)
  }
})

t.test('the schedule is the earliest line through what was sent', async t => {
  const schedule = new Schedule({ calls: 50, periodMs: 1_000 })
  // SIPp began a little late, and then fell behind for a while.
  for (let place = 0; place < 50; place++) schedule.sent(place, 1_000 + place * 20)
  for (let place = 50; place < 150; place++) schedule.sent(place, 1_100 + place * 20 + (place < 100 ? 300 : 0))
  t.equal(schedule.dueAt(149), 1_100 + 149 * 20)
  t.equal(schedule.dueAt(75), 1_100 + 75 * 20, 'a call that left 300 ms late was due all the same')
  t.ok(Number(schedule.offeredShare()) < 0.97)
})

t.test(
  'a sender that is behind is charged for it until it has made up for it, a schedule that has moved is not',
  async t => {
    const schedule = new Schedule({ calls: 50, periodMs: 1_000 })
    const lateMs = (second: number) => {
      if (second >= 4 && second < 7) return 300
      return second < 12 ? 0 : 40
    }
    for (let place = 0; place < 1_000; place++) schedule.sent(place, 1_000 + place * 20 + lateMs(place / 50))
    for (const behind of [200, 275, 349]) {
      t.equal(schedule.dueAt(behind), 1_000 + behind * 20, 'three seconds behind, and made up for')
    }
    t.equal(schedule.dueAt(620), 1_000 + 620 * 20, 'for a second after it moved its schedule')
    t.equal(schedule.dueAt(900), 1_040 + 900 * 20, 'and by the new one after that')
    t.equal(schedule.movedMs(), 40)
  }
)

t.test('calls that came by the clock are the whole rate; two senders may share one', async t => {
  const schedule = new Schedule({ calls: 25, periodMs: 2_000 })
  for (let place = 0; place < 50; place++) schedule.sent(place, place * 80)
  t.equal(schedule.offeredShare(), 1)
  t.equal(new Schedule({ calls: 1, periodMs: 1 }).offeredShare(), undefined)
})
