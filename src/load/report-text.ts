import { toTableLines } from '../operations/text-table.ts'
import type { LatencyFigures } from './latency.ts'
import type { LoadReport } from './report.ts'
import { STAGES, type Stage } from './stages.ts'
import { inMs, percent } from './verdict.ts'

export const VERDICT_WORDS = { passed: 'PASSED', failed: 'FAILED', void: 'VOID' } as const

/** What a terminal shows when a run has ended. */
export function toText(report: LoadReport): string {
  const { verdict, generator, asked, accounts } = report
  const lines = [
    '',
    `${VERDICT_WORDS[verdict.kind]}  ${asked.cps} calls/s for ${asked.seconds} s, mix ${asked.mix.name}: ` +
      `${generator.offered} calls, ${accounts.lost} without their pop`,
    `offered ${generator.offeredPerSecond} calls/s (${percent(generator.offeredShare)} of the rate asked for)`,
    ...verdict.voids.map(why => `void: ${why}`),
    '',
    stageTable(report),
    '',
    ...verdict.checks.map(
      ({ what, goal, got, result, reached }) =>
        `${result.padEnd(10)}  ${what}: ${got} (goal ${goal}${reached === undefined ? '' : `; reached: ${reached}`})`
    ),
    ...(report.probes ?? []).map(
      ({ desk, browser, painted: { count, p50, p99 } }) =>
        `real desk ${desk} (${browser}): ${count} painted, p50 ${inMs(p50)}, p99 ${inMs(p99)} after their frame`
    ),
    ...verdict.remarks.map(remark => `note: ${remark}`),
    ...verdict.next.map(next => `next: ${next}`)
  ]
  return `${lines.join('\n')}\n`
}

function stageTable({ stages }: LoadReport): string {
  const head = ['from the moment the INVITE was due to', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count', 'lost']
  const rows = stageRows(stages).map(({ title, figures: { p50, p90, p99, p999, max, count, lost } }) => [
    title,
    ...[p50, p90, p99, p999, max].map(inMs),
    String(count),
    String(lost)
  ])
  return toTableLines([head, ...rows], { areNumbers: true }).join('\n')
}

/** The stages that were awaited of any call, in the order of a call. */
export function stageRows(
  stages: LoadReport['stages']
): readonly { readonly stage: Stage; readonly title: string; readonly figures: LatencyFigures }[] {
  return (Object.keys(STAGES) as Stage[]).flatMap(stage => {
    const figures = stages[stage]
    return figures === undefined || figures.count === 0 ? [] : [{ stage, title: STAGES[stage], figures }]
  })
}
