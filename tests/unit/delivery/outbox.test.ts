import t from 'tap'
import { Outbox } from '../../../src/delivery/outbox.ts'
import { failOnLeaks } from '../../support/leaks.ts'

failOnLeaks(t)

t.test('a Redis too slow for all that waited for it is asked for fewer at once, until all of it is there', async t => {
  const taken: number[] = []
  const outbox = new Outbox<number>({
    // More than three do not arrive in time, whoever asks again.
    send: async values => {
      if (values.length > 3) throw new Error('late')
      taken.push(...values)
    },
    laneOf: () => 'h1',
    max: 1_000,
    onPending: () => {}
  })
  t.teardown(() => outbox.stop())
  const all = Array.from({ length: 100 }, (_, at) => at)
  await Promise.all(all.map(value => outbox.add(value)))
  t.same(taken, all, 'once each, and in order')
})

t.test('what Redis had not taken when the gateway stopped is told as a fault of Redis, no mistake of ours', async t => {
  const outbox = new Outbox<number>({
    send: () => Promise.reject(new Error('away')),
    laneOf: () => 'h1',
    max: 10,
    onPending: () => {}
  })
  const lost = t.rejects(outbox.add(1), { code: 'session-log.append-failed' })
  outbox.stop()
  await lost
})
