import t from 'tap'
import { hourOfWeek, type PastHours, QuietLine } from '../../../src/switches/quiet-line.ts'

const LIMITS = { minMs: 30_000, maxMs: 86_400_000 }
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A Monday, 03:00 UTC. */
const NIGHT = Date.UTC(2026, 2, 2, 3)
const none: PastHours = () => undefined
const perHour =
  (calls: number): PastHours =>
  () => ({ calls: calls * 8, hours: 8 })

t.test('the week begins on Monday', async t => {
  t.equal(hourOfWeek(NIGHT), 3)
  t.equal(hourOfWeek(Date.UTC(2026, 2, 1, 23)), 167)
  t.equal(hourOfWeek(0), 72)
})

t.test(
  'twelve calls an hour in eight earlier weeks: an hour and a half without one is told, half an hour is not',
  async t => {
    const line = new QuietLine(LIMITS, NIGHT)
    t.notOk(line.isQuiet(NIGHT + 30 * MINUTE, 0, perHour(12)))
    t.ok(line.isQuiet(NIGHT + 90 * MINUTE, 0, perHour(12)))
    line.note(NIGHT + 91 * MINUTE, 0)
    t.notOk(line.isQuiet(NIGHT + 92 * MINUTE, 0, perHour(12)), 'and it is over with the next call')
    line.noteElsewhere(NIGHT + 150 * MINUTE)
    t.notOk(line.isQuiet(NIGHT + 170 * MINUTE, 0, perHour(12)), 'wherever that comes')
  }
)

t.test('one week says less than eight', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  const oneWeek: PastHours = () => ({ calls: 12, hours: 1 })
  t.notOk(line.isQuiet(NIGHT + 70 * MINUTE, 0, oneWeek))
  t.ok(line.isQuiet(NIGHT + 70 * MINUTE, 0, perHour(12)))
})

t.test('a line that never brings a call at night is not missed at night', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  const byDay: PastHours = hour => ({ calls: hour % 24 < 8 ? 0 : 160, hours: 8 })
  t.notOk(line.isQuiet(NIGHT + 4.9 * HOUR, 0, byDay))
  t.ok(line.isQuiet(NIGHT + 6.5 * HOUR, 0, byDay), 'but in the morning')
})

t.test('a line that once had a call is told after a day without one, a line that never had one never', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  t.notOk(line.isQuiet(NIGHT + 100 * HOUR, 0, none))
  line.note(NIGHT + HOUR, 0)
  t.notOk(line.isQuiet(NIGHT + 24 * HOUR, 0, none))
  t.ok(line.isQuiet(NIGHT + 26 * HOUR, 0, none))
})

/** A call each second, and four of other lines; until `until`. */
function underLoad(line: QuietLine, seconds: number): number {
  for (let second = 1; second <= seconds; second++) line.note(NIGHT + second * 1_000, second * 4)
  return NIGHT + seconds * 1_000
}

t.test('999 falls silent under load while 101 goes on: told within a minute, without any past', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  const last = underLoad(line, 300)
  t.notOk(line.isQuiet(last + 29_000, 1_200 + 116, none))
  t.ok(line.isQuiet(last + 60_000, 1_200 + 240, none))
})

t.test('when all lines fall silent it is not this one', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  const last = underLoad(line, 300)
  t.notOk(line.isQuiet(last + 10 * MINUTE, 1_200, none))
})

t.test('the end of a burst is no silence where the record knows the hour', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  const last = underLoad(line, 300)
  t.notOk(line.isQuiet(last + MINUTE, 1_200 + 240, perHour(60)))
  t.ok(line.isQuiet(last + 20 * MINUTE, 1_200 + 4_800, perHour(60)))
})

t.test('a handful of calls is no rate, and those of long ago are none either', async t => {
  const line = new QuietLine(LIMITS, NIGHT)
  t.notOk(line.isQuiet(underLoad(line, 6) + 10 * MINUTE, 5_000, none))
  line.note(NIGHT + 10 * HOUR, 5_000)
  t.notOk(line.isQuiet(NIGHT + 10.5 * HOUR, 9_000, none))
})
