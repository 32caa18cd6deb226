import type { Breach } from './oracle.ts'

interface Circumstances {
  readonly injected: ReadonlyMap<string, number>
  readonly nodes: number
}

interface Defect {
  readonly name: string
  readonly rules: readonly string[]
  readonly among: (circumstances: Circumstances) => boolean
}

const LOSE_REDIS = ['Redis is flushed', 'Redis fails over']
const LOSE_BOTH = 'PostgreSQL stands still and a gateway is killed'
const END_PROCESS = ['gateway killed', 'gateway without power', LOSE_BOTH]

/**
 * What the simulation found and nobody has mended yet, each as narrow as it is understood (docs/simulation.md). Such
 * breaches are counted and shown, and do not fail a run; with the mending its entry goes.
 */
const DEFECTS: readonly Defect[] = [
  {
    name: 'what a gateway had still to say to a screen when it died is said by nobody',
    rules: ['closed', 'as recorded', 'freshness', 'panels'],
    among: ({ injected }) => has(injected, END_PROCESS)
  },
  {
    name: 'a gateway that adopts a call does not know on whose screens it stood before, and takes it from none of them',
    rules: ['closed'],
    among: ({ nodes }) => nodes > 1
  },
  {
    name: 'several gateways and a Redis that lost its logs: an older word on a screen outlives a newer one',
    rules: ['order', 'closed', 'as recorded', 'freshness'],
    among: ({ injected, nodes }) => nodes > 1 && has(injected, LOSE_REDIS)
  }
]

/** The breach, put down to a known defect where one explains it. */
export function withDefect(breach: Breach, circumstances: Circumstances): Breach {
  const found = DEFECTS.find(({ rules, among }) => rules.includes(breach.rule) && among(circumstances))
  return found === undefined ? breach : { ...breach, defect: found.name }
}

function has(injected: ReadonlyMap<string, number>, kinds: readonly string[]): boolean {
  return kinds.some(kind => injected.has(kind))
}
