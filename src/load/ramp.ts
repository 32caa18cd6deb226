import { isOver } from './latency.ts'
import type { LoadReport, RampStep } from './report.ts'
import { inMs } from './verdict.ts'

/** Closer than this to each other, two rates are one. */
const CLOSE = 1.1

/** Why a rate does not hold: something lost, p99 of the bare pop over the limit, or another load than was asked for. */
function whyNot({ verdict, stages, asked }: LoadReport): string[] {
  const lost = verdict.checks.flatMap(({ what, kind, got, result }) =>
    kind === 'loss' && result !== 'passed' ? [`${what}: ${got}`] : []
  )
  const p99 = stages['pop']?.p99
  const isLate = p99 === undefined || isOver(p99, asked.p99Ms)
  return [...lost, ...(isLate ? [`p99 of the bare pop: ${inMs(p99)}`] : []), ...verdict.voids]
}

export function toStep(report: LoadReport): RampStep {
  const { asked, accounts, stages, generator } = report
  const why = whyNot(report)
  const p99 = stages['pop']?.p99
  const panelsP99 = stages['panels']?.p99
  return {
    ...{ cps: asked.cps, isGood: why.length === 0, offered: accounts.offered, lost: accounts.lost },
    offeredShare: generator.offeredShare,
    ...(p99 === undefined ? {} : { p99 }),
    ...(panelsP99 === undefined ? {} : { panelsP99 }),
    why
  }
}

/** The rate to try next: doubled until one is too much, then between; undefined when it is found. */
export function nextRate(
  steps: readonly Pick<RampStep, 'cps' | 'isGood'>[],
  { first, most }: { readonly first: number; readonly most: number }
): number | undefined {
  if (steps.length === 0) return Math.min(first, most)
  const good = Math.max(0, ...steps.flatMap(({ cps, isGood }) => (isGood ? [cps] : [])))
  const bad = Math.min(...steps.flatMap(({ cps, isGood }) => (isGood ? [] : [cps])))
  if (!Number.isFinite(bad)) return good >= most ? undefined : Math.min(most, good * 2)
  if (good === 0) return bad <= 1 ? undefined : Math.floor(bad / 2)
  if (bad / good <= CLOSE || bad - good <= 1) return undefined
  return Math.round(Math.sqrt(good * bad))
}

/** The report that stands for the ramp: of the highest rate that was good, else of the lowest that was tried. */
export function reportOfRamp(reports: readonly LoadReport[]): LoadReport | undefined {
  const byRate = [...reports].sort((one, other) => one.asked.cps - other.asked.cps)
  const best = byRate.findLast(report => whyNot(report).length === 0) ?? byRate[0]
  return best === undefined ? undefined : { ...best, ramp: reports.map(toStep) }
}
