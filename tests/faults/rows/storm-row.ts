import { setTimeout as pause } from 'node:timers/promises'
import { makeSeededRandom, type SeededRandom } from '../../../src/simulator/seeded-random.ts'
import type { Row } from '../row.ts'
import { wallClock } from '../screens/screen-client.ts'
import { untilLevel } from './waits.ts'

/** What strikes: each its own row, one drawn after the other by the seed. */
const STRIKES = ['F01', 'F03', 'F08', 'F10', 'F12', 'F16', 'F17', 'F18'] as const
/** From one to the next, where the fault and its mending leave so much. */
const EVERY_MS = 20_000
/** Before the end nothing strikes any more, so that what is missing then is lost and not late. */
const CALM_MS = 15_000

/** One fault after the other for so many minutes, over calls by the ten thousand. */
export function stormRow(rows: readonly Row[], minutes: number): Row {
  const strikes = STRIKES.map(id => {
    const found = rows.find(row => row.id === id)
    if (found === undefined) throw new Error(`no row ${id} for the storm`)
    return found
  })
  const lastsMs = minutes * 60_000
  let chance: SeededRandom | undefined
  return {
    id: 'storm',
    fault: `for ${minutes} minutes, every 20 s one of ${STRIKES.join(', ')} by the seed, and healed`,
    promise: 'none lost, none doubled, nothing shown to the wrong desk, over all of them; whole again',
    shape: { gateways: 2, cutDesks: true },
    lastsMs,
    isLong: true,
    allows: { lostEnds: true },
    // Drawn before anything is left to the machine, so that a seed brings the same strikes again.
    prepare: async ({ random }) => {
      chance = makeSeededRandom(random.between(1, 1_000_000))
    },
    inject: async context => {
      const { random = context.random, say, struck, note } = { ...context, random: chance }
      const until = wallClock() + lastsMs
      const struckBy = new Map<string, number>()
      while (wallClock() < until - CALM_MS) {
        const row = random.pick(strikes)
        const began = wallClock()
        say(`${Math.round((until - began) / 1_000)} s to go: ${row.fault}`)
        struck()
        // What a row notes of its own fault says nothing here.
        await row.inject({ ...context, random, note: () => {} })
        struckBy.set(row.id, (struckBy.get(row.id) ?? 0) + 1)
        await untilLevel(context, 0)
        await pause(Math.max(0, Math.min(began + EVERY_MS, until) - wallClock()))
      }
      await pause(Math.max(0, until - wallClock()))
      note([...struckBy].map(([id, times]) => `${id} × ${times}`).join(', '))
    }
  }
}
