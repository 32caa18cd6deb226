import type { LoadedConfig } from '../../src/operations/config.ts'
import type { Metrics } from '../../src/operations/metrics.ts'
import { planFaults } from './faults.ts'
import { type Breach, judge } from './oracle.ts'
import { installWorld } from './poisoned-world.ts'
import { planLateFixes } from './sim-sources.ts'
import { type Mutant, World } from './world.ts'

export interface SeedOptions {
  readonly seed: number
  readonly loaded: LoadedConfig
  readonly metrics: Metrics
  readonly nodes?: number
  readonly say?: (line: string) => void
  readonly mutant?: Mutant
}

export interface SeedResult {
  readonly seed: number
  readonly nodes: number
  readonly breaches: readonly Breach[]
  /** The same for the same seed and code, on every machine. */
  readonly digest: string
  readonly injected: ReadonlyMap<string, number>
  readonly calls: number
  readonly accepted: number
  readonly virtualMs: number
  readonly events: number
}

const WARM_UP_MS = 3_000
const LOAD_MS = 50_000
const FAULTS_END_MS = 60_000
/** Long enough for the slowest of a call's lives, the switch's patience and every retry. */
const SETTLED_MS = 150_000
const REST_MS = 15_000

/** Half of the seeds have one gateway, which must do without any other; the rest two or three. */
function nodesOf(seed: number): number {
  return seed % 2 === 0 ? 1 : 2 + (Math.floor(seed / 2) % 2)
}

/** One world from its first event to its judgement. */
export async function runSeed({ seed, loaded, metrics, nodes, say, mutant }: SeedOptions): Promise<SeedResult> {
  installWorld()
  const world = new World({ seed, nodes: nodes ?? nodesOf(seed), loaded, metrics, say, mutant })
  const shape = world.random('shape')
  const onRejection = (thrown: unknown) => world.bugs.push(`nobody caught: ${(thrown as Error).stack ?? thrown}`)
  process.on('unhandledRejection', onRejection)
  try {
    for (const machine of world.machines) world.at(0, () => world.boot(machine))
    world.at(500, () => {
      for (const desk of world.desks) desk.start()
    })
    world.at(WARM_UP_MS, () => world.callers.start({ calls: shape.between(5, 40), overMs: LOAD_MS }))
    const injected = planFaults(world, { count: shape.between(0, 8), fromMs: WARM_UP_MS, untilMs: FAULTS_END_MS })
    planLateFixes(world, { fromMs: WARM_UP_MS, untilMs: FAULTS_END_MS })
    await world.time.runUntil(SETTLED_MS)
    for (const desk of world.desks) desk.rest()
    await world.time.runUntil(SETTLED_MS + REST_MS)
    const { calls } = world.callers
    return {
      ...{
        seed,
        nodes: world.machines.length,
        injected,
        breaches: judge(world),
        digest: world.time.digest(),
        events: world.time.events
      },
      calls: calls.length,
      accepted: calls.filter(({ isAccepted }) => isAccepted).length,
      virtualMs: world.time.nowMs
    }
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}
