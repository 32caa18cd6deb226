import { mock } from 'node:test'
import t from 'tap'
import { SlowJobs } from '../../../src/queue/slow-jobs.ts'

t.test('lookups that waited long are told of, until they no longer wait', async t => {
  const said: boolean[] = []
  const jobs = new SlowJobs(isSlow => said.push(isSlow))
  t.teardown(() => jobs.stop())
  for (const waitedMs of [5, 2_000]) jobs.note(waitedMs)
  t.same(said, [])
  for (const waitedMs of [2_001, 9_000, 1_500]) jobs.note(waitedMs)
  t.same(said, [true], 'once, and not over while they still wait a second')
  jobs.note(900)
  t.same(said, [true, false])
})

t.test(
  'the last calls before a quiet hour waited long: the room is not told all that hour that lookups wait',
  async t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const said: boolean[] = []
    const jobs = new SlowJobs(isSlow => said.push(isSlow))
    jobs.note(4_000)
    mock.timers.tick(9_000)
    jobs.note(3_000)
    mock.timers.tick(9_999)
    t.same(said, [true], 'the last of them was a moment ago')
    mock.timers.tick(1)
    t.same(said, [true, false])
    jobs.note(3_000)
    jobs.stop()
    mock.timers.tick(60_000)
    t.same(said, [true, false, true], 'nothing is said by a worker that has stopped')
  }
)
