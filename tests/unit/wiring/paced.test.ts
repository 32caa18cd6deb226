import t from 'tap'
import { Paced } from '../../../src/wiring/paced.ts'
import { until } from '../../support/until.ts'

t.test('what comes at once is done one by one and in order, the first without waiting', async t => {
  const done: number[] = []
  const paced = new Paced<number>({ everyMs: 1, maxWaiting: 10 }, n => done.push(n))
  for (const n of [1, 2, 3]) paced.add(n)
  t.same(done, [1], 'the others let calls go before them')
  await until(() => (done.length === 3 ? '' : `${done.length} of 3`))
  t.same(done, [1, 2, 3])
  await until(() => {
    const before = done.length
    paced.add(4)
    return done.length > before ? '' : 'not at once yet'
  })
  paced.stop()
})

t.test('more than may wait is done at once, and at the stop nothing is left undone', async t => {
  const done: number[] = []
  const paced = new Paced<number>({ everyMs: 60_000, maxWaiting: 2 }, n => done.push(n))
  for (const n of [1, 2, 3, 4]) paced.add(n)
  t.same(done, [1, 4])
  paced.stop()
  t.same(done, [1, 4, 2, 3])
})
