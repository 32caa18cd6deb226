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

const LOSE_BOTH = 'PostgreSQL stands still and a gateway is killed'
const NO_RECORD = [
  'network between a gateway and a store cut',
  'PostgreSQL away',
  'PostgreSQL standing',
  'PostgreSQL forgetful',
  'PostgreSQL slow',
  LOSE_BOTH
]

/**
 * What the simulation found and nobody has mended yet, each as narrow as it is understood (docs/simulation.md). Such
 * breaches are counted and shown, and do not fail a run; with the mending its entry goes.
 */
const DEFECTS: readonly Defect[] = [
  {
    name: 'a gateway that adopts a call knows no end that another could not write into the record yet',
    rules: ['order'],
    among: ({ injected, nodes }) => nodes > 1 && has(injected, NO_RECORD)
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
