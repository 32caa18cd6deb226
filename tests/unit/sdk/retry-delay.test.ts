import t from 'tap'
import { retryDelayMs } from '../../../src/sdk/retry-delay.ts'

t.test('a control room that loses its gateway comes back spread over time', async t => {
  t.equal(
    retryDelayMs(0, () => 1),
    250
  )
  t.equal(
    retryDelayMs(3, () => 0),
    0
  )
  t.equal(
    retryDelayMs(3, () => 0.5),
    1_000
  )
  t.equal(
    retryDelayMs(5_000, () => 1),
    8_000,
    'a night without a gateway'
  )
})
