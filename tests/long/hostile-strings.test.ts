import t from 'tap'
import { playHostile } from '../support/hostile-calls.ts'
import { hostileStrings } from '../support/hostile-strings.ts'
import { runSeed } from '../support/random.ts'

const COUNT = 520
const seed = runSeed()
t.comment(`seed ${seed}`)

t.test(`${COUNT} hostile strings in every field of a caller, by real SIP: each is text, and nothing else`, async t => {
  await playHostile(t, hostileStrings(seed, COUNT))
})
