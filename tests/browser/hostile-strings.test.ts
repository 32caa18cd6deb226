import t from 'tap'
import { playHostile } from '../support/hostile-calls.ts'
import { hostileStrings } from '../support/hostile-strings.ts'
import { runSeed } from '../support/random.ts'

/* A quarter of the strings, another each time; all of them are in tests/long/hostile-strings.test.ts, by npm run test:long. */

const ALL = 520
const PLAYED = 130
const seed = runSeed()
t.comment(`seed ${seed}, ${PLAYED} of ${ALL} strings`)

t.test('hostile strings in every field of a caller, by real SIP: each is text, and nothing else', async t => {
  const from = seed % (ALL / PLAYED)
  await playHostile(
    t,
    hostileStrings(seed, ALL).filter((_, at) => at % (ALL / PLAYED) === from)
  )
})
