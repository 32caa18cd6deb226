import { type Exclusion, endsTooSoon, excludes } from './hard-filters.ts'
import {
  type ChoiceRules,
  type Job,
  MAX_EXCLUDED,
  type Need,
  OFFERED,
  OFFERED_BESIDE,
  SHORTLIST,
  SPARE
} from './job.ts'
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

/** One need of a job, and who would meet it: fewer than are needed where no more can be sent. */
export interface Fill {
  readonly need: Need
  readonly proposed: readonly Candidate[]
}

/** Whom to send, the best first, and why. Advice: nobody is sent by it. */
export interface Recommendation {
  /** All that were weighed; `offered` has those that are offered. */
  readonly candidates: readonly Candidate[]
  /** By need of the job; none of a job that any one unit can do. */
  readonly fills: readonly Fill[]
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
 * was met on the way and left out. Of a job that needs certain sorts the nearest of each, and nobody else is spoken of.
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
  const room = roomFor(job)
  units.nearest(job.place, ({ unit, metres }) => {
    if (unit.fix === undefined || !room.isWanted(unit)) return false
    const travel = estimateTravel(unit, unit.fix, job, rules)
    const exclusion = excludes(unit, job, rules, now) ?? endsTooSoon(unit, travel, job, now)
    if (exclusion === undefined) {
      eligible.push({ unit, travel })
      room.take(unit)
    } else leave({ unit, metres, exclusion })
    return room.isFull()
  })
  for (const unit of units.withoutPlace()) {
    if (!room.isWanted(unit)) continue
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
  const isTie =
    first !== undefined && second !== undefined && first.score - second.score < SAME && isOneSort(job, first, second)
  const all = [...late, ...leftOut]
  const unsaid = moreLeftOut + Math.max(0, all.length - MAX_EXCLUDED)
  const fills = job.needs.map(need => fillOf(need, candidates))
  return { candidates, fills, isTie, leftOut: all.slice(0, MAX_EXCLUDED), moreLeftOut: unsaid }
}

/** Those that are offered: the best; where several are needed who would meet each need, then the best of the others. */
export function offered({ candidates, fills }: Pick<Recommendation, 'candidates' | 'fills'>): readonly Candidate[] {
  const proposed = fills.flatMap(fill => fill.proposed)
  const others = candidates.filter(candidate => !proposed.includes(candidate))
  const beside = proposed.length === 0 ? OFFERED : Math.max(OFFERED - proposed.length, OFFERED_BESIDE)
  return [...proposed, ...others.slice(0, beside)]
}

/** Whether the one could be sent in place of the other. */
export function isOneSort({ needs }: Pick<Job, 'needs'>, one: Pick<Candidate, 'unit'>, other: Pick<Candidate, 'unit'>) {
  return needs.length === 0 || one.unit.type === other.unit.type
}

function fillOf(need: Need, candidates: readonly Candidate[]): Fill {
  return { need, proposed: candidates.filter(({ unit }) => unit.type === need.type).slice(0, need.count) }
}

/** How many more are weighed, in all or of each sort that is needed. */
function roomFor({ needs }: Job) {
  const ANY = ''
  const sortOf = ({ type }: Unit) => (needs.length === 0 ? ANY : type)
  const left = new Map(needs.map(({ type, count }) => [type, count + SPARE]))
  if (needs.length === 0) left.set(ANY, SHORTLIST)
  return {
    isWanted: (unit: Unit) => (left.get(sortOf(unit)) ?? 0) > 0,
    take: (unit: Unit) => left.set(sortOf(unit), (left.get(sortOf(unit)) ?? 0) - 1),
    isFull: () => [...left.values()].every(room => room <= 0)
  }
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
