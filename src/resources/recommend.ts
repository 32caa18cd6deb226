import { type Exclusion, endsTooSoon, excludes } from './hard-filters.ts'
import { type ChoiceRules, type Job, MAX_EXCLUDED, OFFERED, SHORTLIST } from './job.ts'
import { type Score, scoreOf } from './score.ts'
import { estimateTravel, type RoutedMinutes, type Travel, withRouted } from './travel-time.ts'
import type { Unit } from './unit.ts'
import type { UnitIndex } from './unit-index.ts'

/** One that may be sent, with all that speaks for and against it. */
export interface Candidate extends Score {
  readonly unit: Unit
  readonly travel: Travel
  /** Its fix is older than the force calls fresh. */
  readonly isStale: boolean
  /** Skills it has that somebody must authorise before they are used. */
  readonly toAuthorise: readonly string[]
}

/** One that may not be sent, and why. */
export interface LeftOut {
  readonly unit: Unit
  readonly metres?: number
  readonly exclusion: Exclusion
}

/** Whom to send, the best first, and why. Advice: nobody is sent by it. */
export interface Recommendation {
  /** All that were weighed; the first `OFFERED` are offered. */
  readonly candidates: readonly Candidate[]
  /** The first and the second are as good as each other; their callsigns decided. */
  readonly isTie: boolean
  /** Nearest first, then those without a place; the rest is counted. */
  readonly leftOut: readonly LeftOut[]
  readonly moreLeftOut: number
}

export interface Question {
  readonly units: UnitIndex
  readonly job: Job
  readonly rules: ChoiceRules
  /** Epoch ms. */
  readonly now: number
}

/** Two scores nearer to each other than this are the same. */
const SAME = 1e-9
const SECOND_MS = 1_000

/**
 * Who may be sent and is nearest in a straight line, at most `SHORTLIST`: what a routing engine is asked about. With whom
 * was met on the way and left out.
 */
export function shortlist({ units, job, rules, now }: Question): {
  readonly eligible: readonly { readonly unit: Unit; readonly travel: Travel }[]
  readonly leftOut: readonly LeftOut[]
  readonly moreLeftOut: number
} {
  const eligible: { unit: Unit; travel: Travel }[] = []
  const leftOut: LeftOut[] = []
  let moreLeftOut = 0
  const leave = (left: LeftOut) => {
    if (leftOut.length < MAX_EXCLUDED) leftOut.push(left)
    else moreLeftOut++
  }
  units.nearest(job.place, ({ unit, metres }) => {
    if (unit.fix === undefined) return false
    const travel = estimateTravel(unit, unit.fix, job, rules)
    const exclusion = excludes(unit, job, rules, now) ?? endsTooSoon(unit, travel, job, now)
    if (exclusion === undefined) eligible.push({ unit, travel })
    else leave({ unit, metres, exclusion })
    return eligible.length >= SHORTLIST
  })
  for (const unit of units.withoutPlace()) {
    const exclusion = excludes(unit, job, rules, now)
    if (exclusion !== undefined) leave({ unit, exclusion })
  }
  return { eligible, leftOut, moreLeftOut }
}

/**
 * The recommendation: units and job to a ranked list with reasons. Pure: the same question has the same answer, and ties
 * are broken by callsign. `routed` has minutes of those of the shortlist that a routing engine knows.
 */
export function recommend(question: Question, routed?: RoutedMinutes): Recommendation {
  const { job, rules, now } = question
  const { eligible, leftOut, moreLeftOut } = shortlist(question)
  const candidates: Candidate[] = []
  const late: LeftOut[] = []
  for (const { unit, travel: estimate } of eligible) {
    const travel = withRouted(unit, estimate, { routed, job, rules })
    // By the road it can be further than the estimate had it.
    const exclusion = endsTooSoon(unit, travel, job, now)
    if (exclusion === undefined) candidates.push(toCandidate(unit, travel, question))
    else late.push({ unit, metres: travel.metres, exclusion })
  }
  candidates.sort(betterFirst)
  const [first, second] = candidates
  const isTie = first !== undefined && second !== undefined && first.score - second.score < SAME
  const all = [...late, ...leftOut]
  const unsaid = moreLeftOut + Math.max(0, all.length - MAX_EXCLUDED)
  return { candidates, isTie, leftOut: all.slice(0, MAX_EXCLUDED), moreLeftOut: unsaid }
}

/** Those that are offered. */
export function offered({ candidates }: Recommendation): readonly Candidate[] {
  return candidates.slice(0, OFFERED)
}

function toCandidate(unit: Unit, travel: Travel, question: Question): Candidate {
  const { rules, now } = question
  const age = unit.fix === undefined ? Number.POSITIVE_INFINITY : (now - unit.fix.at) / SECOND_MS
  return {
    ...{ unit, travel, isStale: age > rules.staleSeconds },
    toAuthorise: unit.skills.filter(skill => rules.authorised.includes(skill)),
    ...scoreOf(unit, travel, question)
  }
}

function betterFirst(one: Candidate, other: Candidate): number {
  const apart = other.score - one.score
  if (Math.abs(apart) >= SAME) return apart
  const minutes = one.travel.minutes - other.travel.minutes
  if (Math.abs(minutes) >= SAME) return minutes
  return one.unit.callsign < other.unit.callsign ? -1 : 1
}
