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

/**
 * What the simulation found and nobody has mended yet, each as narrow as it is understood (docs/simulation.md). Such
 * breaches are counted and shown, and do not fail a run; with the mending its entry goes.
 */
const DEFECTS: readonly Defect[] = [
  {
    name: 'a command takes over a call whose end waits at its gateway for PostgreSQL, and it lives again',
    rules: ['order'],
    among: ({ injected, nodes }) =>
      nodes > 1 &&
      injected.has('PostgreSQL standing') &&
      injected.has('PostgreSQL stands still and a gateway is killed')
  }
]

/** The breach, put down to a known defect where one explains it. */
export function withDefect(breach: Breach, circumstances: Circumstances): Breach {
  const found = DEFECTS.find(({ rules, among }) => rules.includes(breach.rule) && among(circumstances))
  return found === undefined ? breach : { ...breach, defect: found.name }
}
