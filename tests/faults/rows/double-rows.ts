import type { FaultContext, Row } from '../row.ts'

/** Two faults at once, each with its own row; both shapes together are stood up. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['F01', 'F12'],
  ['F01', 'F08'],
  ['F01', 'F16'],
  ['F03', 'F10'],
  ['F07', 'F16'],
  ['F08', 'F16'],
  ['F12', 'F18'],
  ['F14', 'F28'],
  ['F16', 'F18'],
  ['F16', 'F28'],
  ['F17', 'F20'],
  ['F32', 'F01-alone']
]

/** F38: twelve pairs of the other rows, one of them in each run, by its seed. */
export function doubleRows(rows: readonly Row[]): readonly Row[] {
  const of = (id: string): Row => {
    const found = rows.find(row => row.id === id)
    if (found === undefined) throw new Error(`no row ${id} to pair`)
    return found
  }
  return PAIRS.map(([first, second]) => pair(of(first), of(second)))
}

function pair(one: Row, other: Row): Row {
  return {
    id: `F38-${one.id}-${other.id}`,
    fault: `at once: ${one.fault}; ${other.fault}`,
    promise: 'none lost, none doubled, nothing shown to the wrong desk; whole again',
    shape: { ...one.shape, ...other.shape },
    lastsMs: Math.max(one.lastsMs, other.lastsMs),
    allows: {
      failedCalls: one.allows.failedCalls === true || other.allows.failedCalls === true,
      missingPanels: one.allows.missingPanels === true || other.allows.missingPanels === true,
      lostEnds: one.allows.lostEnds === true || other.allows.lostEnds === true,
      missingAcks: one.allows.missingAcks === true || other.allows.missingAcks === true
    },
    prepare: async (context: FaultContext) => {
      await one.prepare?.(context)
      await other.prepare?.(context)
    },
    inject: async (context: FaultContext) => {
      const ended = await Promise.allSettled([one.inject(context), other.inject(context)])
      for (const each of ended) if (each.status === 'rejected') throw each.reason
    }
  }
}
