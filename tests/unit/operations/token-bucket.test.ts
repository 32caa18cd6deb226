import t from 'tap'
import { TokenBucket } from '../../../src/operations/token-bucket.ts'
import { makeRandom, runSeed } from '../../support/random.ts'

const takeAll = (bucket: TokenBucket, at: number, most = 1_000) => {
  let taken = 0
  while (taken < most && bucket.take(at)) taken += 1
  return taken
}

t.test('after a quiet time a burst passes, then as many as the rate allows', async t => {
  const bucket = new TokenBucket({ perSecond: 50, burst: 200 }, 0)
  t.equal(takeAll(bucket, 0), 200)
  t.equal(takeAll(bucket, 19), 0)
  t.equal(takeAll(bucket, 20), 1)
  t.equal(takeAll(bucket, 1_020), 50)
  t.equal(takeAll(bucket, 1_000_000), 200, 'never more than the burst')
})

t.test('parts of a call are kept: a rate under one a poll still passes', async t => {
  const bucket = new TokenBucket({ perSecond: 3, burst: 1 }, 0)
  t.equal(takeAll(bucket, 0), 1)
  let taken = 0
  for (let at = 10; at <= 10_000; at += 10) taken += takeAll(bucket, at)
  t.ok(taken >= 29 && taken <= 30, `${taken} in 10 s`)
})

t.test('a clock that stands still or goes back gives nothing away', async t => {
  const bucket = new TokenBucket({ perSecond: 100, burst: 10 }, 5_000)
  t.equal(takeAll(bucket, 5_000), 10)
  t.equal(takeAll(bucket, 1_000), 0)
  t.equal(takeAll(bucket, 1_100), 10)
})

t.test('whatever comes when, no second sees more than burst and rate', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const bucket = new TokenBucket({ perSecond: 40, burst: 60 }, 0)
  const takenAt: number[] = []
  for (let at = 0; at < 60_000; at += random.below(40)) if (bucket.take(at)) takenAt.push(at)
  for (const [first, from] of takenAt.entries()) {
    const inSecond = takenAt.slice(first).filter(at => at < from + 1_000).length
    if (inSecond > 60 + 40) t.fail(`${inSecond} within a second of ${from}`)
  }
  t.ok(takenAt.length >= 60 * 20, `${takenAt.length} passed`)
})
