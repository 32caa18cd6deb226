import t from 'tap'
import { loadConfig } from '../../src/operations/config.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { runSeed } from '../simulation/run-seed.ts'
import { SeedCounts } from '../simulation/seed-counts.ts'
import type { Mutant } from '../simulation/world.ts'

/*
 * The seeded simulation as it runs with every change (docs/simulation.md): the same seeds each time, so that what
 * fails here fails everywhere. `npm run simulate` runs as many others as there is time for.
 */

const SEEDS = 300
/** On a machine that is busy with other things fewer seeds are run, and that is said. */
const WITHIN_MS = 50_000
const MUTANT_SEEDS = 40

const shape = { loaded: await loadConfig({ env: {} }), metrics: makeMetrics() }

t.test('the same seed makes the same world, event for event; another seed another', async t => {
  const digests = new Set<string>()
  for (const seed of [1, 2, 3]) {
    const [one, other] = [await runSeed({ ...shape, seed }), await runSeed({ ...shape, seed })]
    t.equal(one.digest, other.digest, `seed ${seed}`)
    t.ok(one.events > 500, 'and something happens in it')
    digests.add(one.digest)
  }
  t.equal(digests.size, 3)
})

t.test(
  'whatever fails and whenever, calls that a switch was told we took are on the right screens in the end',
  async t => {
    const counts = new SeedCounts()
    const startedAt = performance.now()
    let seed = 1
    for (; seed <= SEEDS && performance.now() - startedAt < WITHIN_MS; seed++) {
      const result = await runSeed({ ...shape, seed })
      counts.add(result)
      t.same(
        result.breaches.map(({ rule, text }) => `${rule}: ${text}`),
        [],
        `seed ${seed}`
      )
    }
    if (seed <= SEEDS) t.comment(`skipped: seeds ${seed} to ${SEEDS}, because this machine has no more time for them`)
    for (const line of counts.lines(performance.now() - startedAt)) t.comment(`figure: ${line}`)
    t.ok(counts.accepted > 10 * counts.seeds, 'calls are taken while things fail')
    t.ok(counts.injected.size >= 15, 'and most kinds of faults were among them')
  }
)

interface Wrong {
  readonly what: string
  readonly mutant: Mutant
  readonly rules: readonly string[]
  /** Seeds before this one do not meet it, and are left out to save time. */
  readonly from?: number
}

const MUTANTS: readonly Wrong[] = [
  { what: 'a session log that takes a repeat for news', mutant: { hasNoGuard: true }, rules: ['once'] },
  {
    what: 'a journal that says durable before it is',
    mutant: { node: { answersTooSoon: true } },
    rules: ['nothing lost', 'seen'],
    from: 25
  },
  {
    what: 'a gateway that forgets one pop in twenty',
    mutant: { node: { dropsOneIn: 20 } },
    rules: ['seen', 'nothing lost']
  },
  {
    what: 'a record that lets a handler see calls of another force',
    mutant: { stranger: { handler: 'h-hants-1', force: 'tvp' } },
    rules: ['no stranger']
  },
  {
    what: 'a gateway that tells no screen of a place that came late',
    mutant: { node: { forgetsPlaces: true } },
    rules: ['late places']
  }
]

for (const { what, mutant, rules, from = 1 } of MUTANTS) {
  t.test(`${what} is found`, async t => {
    for (let seed = from; seed < from + MUTANT_SEEDS; seed++) {
      const { breaches } = await runSeed({ ...shape, seed, nodes: 1, mutant })
      const found = breaches.find(({ rule }) => rules.includes(rule))
      if (found === undefined) continue
      t.pass(`seed ${seed}: ${found.rule}: ${found.text}`)
      return
    }
    t.fail(`not in ${MUTANT_SEEDS} seeds`)
  })
}
