import type { Page } from 'playwright-core'
import type { LineHour, Wallboard } from '../../src/pop/board.ts'
import { BUDGET, STEPS, TARGET } from '../../src/pop/wallboard-figures.ts'

/* Figures of a busy evening, as a gateway answers them, and what a page makes of them. */

const offered = [6, 7, 5, 8, 9, 11, 14, 12, 9, 8, 7, 6]

function aLine(line: string, waits: readonly number[], lost: readonly number[]): LineHour {
  const steps = offered.map((each, at) => {
    const [wait = 0, abandoned = 0] = [waits[at], lost[at]]
    const late = Math.min(each, wait > 8 ? Math.round((wait - 8) * 1.4) : 0)
    const counts = { offered: each, answered: each - abandoned, inTime: each - late, late, abandoned, unknown: 0 }
    return { ...counts, meanWaitMs: wait * 1_000 }
  })
  const sum = (of: 'offered' | 'answered' | 'inTime' | 'late' | 'abandoned' | 'unknown') =>
    steps.reduce((total, step) => total + step[of], 0)
  return {
    ...{ line, offered: sum('offered'), answered: sum('answered'), inTime: sum('inTime'), late: sum('late') },
    ...{ meanWaitMs: (waits.reduce((total, wait) => total + wait, 0) / STEPS) * 1_000 },
    ...{ abandoned: sum('abandoned'), unknown: sum('unknown'), steps }
  }
}

export const NOT_COUNTED = { kind: 'not-counted', why: 'record.away' } as const

/** Everything counted, unless the test says otherwise. */
export function aWallboard(over: Partial<Wallboard> = {}): Wallboard {
  const sources = ['warnings', 'identity', 'location', 'incidents-nearby', 'history', 'crimes', 'eisec']
  return {
    ...{ force: 'tvp', forces: ['tvp'], ageMs: 40, target: TARGET, budget: { ...BUDGET, shares: [...BUDGET.shares] } },
    waiting: {
      kind: 'counted',
      value: {
        lines: [
          { line: '999', waiting: 2, longestWaitMs: 5_200, unheard: 0 },
          { line: '101', waiting: 4, longestWaitMs: 64_000, unheard: 0 }
        ],
        unacked: 0
      }
    },
    lastHour: {
      kind: 'counted',
      value: {
        lines: [
          aLine('999', [3, 4, 3, 5, 6, 8, 11, 10, 7, 5, 4, 3], [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
          aLine('101', [31, 40, 38, 52, 70, 96, 121, 118, 90, 72, 61, 55], [0, 1, 0, 0, 1, 0, 2, 1, 0, 0, 1, 0])
        ]
      }
    },
    consoles: { kind: 'counted', value: { live: 47, hidden: 1, stale: 0, gone: 0 } },
    alerts: {
      kind: 'counted',
      value: { byPriority: [1, 3, 16], lastTenMinutes: 1, mostOfOneHandler: 1, steps: [0, 1, 0, 2, 0, 1] }
    },
    service: { level: 0 },
    processes: {
      kind: 'counted',
      value: {
        ...{ gateways: 2, silent: 0, workers: 2 },
        sources: sources.map(source => ({ source, state: 'answers' as const, leftAloneBy: 0 }))
      }
    },
    ...over
  }
}

/** The words of a tile, as one text. */
export async function tileText(page: Page, name: string): Promise<string> {
  const parts = await page.locator(`[data-tile=${name}] :is(h2, p, li)`).allTextContents()
  return parts.join(' ').replace(/\s+/g, ' ')
}

export function figureOf(page: Page, name: string): Promise<string | null> {
  return page.locator(`[data-tile=${name}] .figure`).textContent()
}
