import { Percentiles } from '../../src/simulator/percentiles.ts'
import type { Figures } from './table.ts'

/** `count` pieces of work, so many of them under way at once, each timed; what rejects is lost. */
export async function closedLoop(
  count: number,
  atOnce: number,
  work: (at: number) => Promise<unknown>
): Promise<Omit<Figures, 'subject' | 'what'>> {
  const times = new Percentiles()
  let next = 0
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(count, atOnce) }, async () => {
      for (let at = next++; at < count; at = next++) {
        const began = performance.now()
        await work(at).then(
          () => times.add(performance.now() - began),
          () => times.addLost()
        )
      }
    })
  )
  return toFigures(times, (performance.now() - startedAt) / 1_000, cpuBefore)
}

/** CPU is that of this process since `cpuBefore`: the stores' own is not in it. */
export function toFigures(
  times: Percentiles,
  seconds: number,
  cpuBefore: NodeJS.CpuUsage
): Omit<Figures, 'subject' | 'what'> {
  const { user, system } = process.cpuUsage(cpuBefore)
  const { count, lost } = times
  return {
    ...{ count, lost, perSecond: (count - lost) / seconds, cpuUs: (user + system) / Math.max(1, count) },
    ...{ p50: orLost(times.at(50)), p99: orLost(times.at(99)) }
  }
}

function orLost(ms: number): number | 'lost' {
  return Number.isFinite(ms) ? ms : 'lost'
}
