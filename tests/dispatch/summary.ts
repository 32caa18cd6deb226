import type { PolicyName } from './policies.ts'
import type { DayResult, Outcome } from './run-day.ts'

/** Of one grade under one policy, over all days. */
export interface Summary {
  readonly policy: PolicyName
  readonly grade: string
  readonly jobs: number
  /** To which nobody had come when the day was over; slower than anything in the percentiles. */
  readonly unreached: number
  readonly meanMinutes: number
  readonly p50: number
  readonly p90: number
  readonly withinTarget: number
  readonly wishMet: number
}

/** The sums of one grade; the mean is of those that were reached. */
export function summarise(policy: PolicyName, grade: string, days: readonly DayResult[]): Summary {
  const outcomes = days.flatMap(day => day.outcomes.filter(each => each.grade === grade))
  const reached = outcomes.flatMap(({ minutes }) => minutes ?? [])
  const sorted = outcomes.map(({ minutes }) => minutes ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other)
  const share = (has: (outcome: Outcome) => boolean) => outcomes.filter(has).length / Math.max(1, outcomes.length)
  return {
    ...{ policy, grade, jobs: outcomes.length, unreached: outcomes.length - reached.length },
    meanMinutes: reached.reduce((sum, minutes) => sum + minutes, 0) / Math.max(1, reached.length),
    ...{ p50: at(sorted, 0.5), p90: at(sorted, 0.9) },
    withinTarget: share(({ minutes, targetMinutes }) => minutes !== undefined && minutes <= targetMinutes),
    wishMet: share(({ isWishMet }) => isWishMet)
  }
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
