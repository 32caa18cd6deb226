import type { ChoiceRules, Job, TermName } from './job.ts'
import { TERMS } from './job.ts'
import type { Travel } from './travel-time.ts'
import { covers, type Unit } from './unit.ts'
import type { UnitIndex } from './unit-index.ts'

/** One term of a score, with what it was made of. */
export interface Term {
  readonly name: TermName
  /** 0 is the best there can be, 1 the worst. */
  readonly cost: number
  /** What it takes from 100. */
  readonly points: number
}

/** What the terms are made of, as figures; `reason-words` says them. */
export interface Grounds {
  readonly targetMinutes: number
  /** What it would be taken from: rank of the grade where that is known. */
  readonly fromRank?: number
  /** Others that still cover where it is now; absent of one that covers nothing. */
  readonly coverLeft?: number
  readonly wishedMissing: readonly string[]
  /** Of its shift, after the job; absent where nobody knows when it ends. */
  readonly minutesLeft?: number
  readonly fixSeconds: number
  readonly isOwn: boolean
}

export interface Score {
  /** 100 less what each term takes. */
  readonly score: number
  readonly terms: readonly Term[]
  readonly grounds: Grounds
}

/** More that cover the same ground make no difference. */
export const MOST_COVER = 8
/** Of a shift nobody knows the end of: neither good nor bad. */
const UNKNOWN_SHIFT = 0.5
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export interface Weighed {
  readonly job: Job
  readonly rules: ChoiceRules
  readonly units: UnitIndex
  readonly now: number
}

/**
 * The score of one unit that may be sent. Each term is between 0 and 1 and grows with what speaks against the unit, so
 * that a unit that is nearer, freer and fitter never scores less; weights are proportions.
 */
export function scoreOf(unit: Unit, travel: Travel, weighed: Weighed): Score {
  const grounds = groundsOf(unit, travel, weighed)
  const costs = costsOf(unit, travel, grounds, weighed)
  const { weights } = weighed.job.grade
  const sum = TERMS.reduce((total, name) => total + weights[name], 0)
  const terms = TERMS.map(name => {
    const points = sum === 0 ? 0 : (100 * weights[name] * costs[name]) / sum
    return { name, cost: costs[name], points }
  })
  return { score: terms.reduce((left, { points }) => left - points, 100), terms, grounds }
}

function groundsOf(unit: Unit, travel: Travel, { job, rules, units, now }: Weighed): Grounds {
  const { fix, shiftEndsAt, neighbourhood } = unit
  const fromRank = unit.job?.grade === undefined ? undefined : rules.rankOf(unit.job.grade)
  const coverLeft =
    fix === undefined || !covers(unit)
      ? undefined
      : units.coverAround(fix, {
          ...{ metres: rules.coverMetres[rules.areaAt(fix)], without: unit.callsign, most: MOST_COVER }
        })
  const minutesLeft =
    shiftEndsAt === undefined ? undefined : (shiftEndsAt - now) / MINUTE_MS - travel.minutes - job.minutesAtScene
  return {
    targetMinutes: job.grade.targetMinutes[job.area],
    ...(fromRank === undefined ? {} : { fromRank }),
    ...(coverLeft === undefined ? {} : { coverLeft }),
    wishedMissing: job.wished.filter(skill => !unit.skills.includes(skill)),
    ...(minutesLeft === undefined ? {} : { minutesLeft }),
    fixSeconds: fix === undefined ? rules.dropSeconds : Math.max(0, (now - fix.at) / SECOND_MS),
    isOwn: job.neighbourhood === undefined || neighbourhood === job.neighbourhood
  }
}

function costsOf(
  unit: Unit,
  { minutes }: Travel,
  { targetMinutes, fromRank, coverLeft, wishedMissing, minutesLeft, fixSeconds, isOwn }: Grounds,
  { job, rules }: Weighed
): Readonly<Record<TermName, number>> {
  // On the target it costs half, and it never stops to grow: of two late ones the sooner is better.
  const eta = minutes / (minutes + targetMinutes)
  const left = minutesLeft === undefined ? UNKNOWN_SHIFT : 1 - Math.min(1, minutesLeft / rules.easyMinutesLeft)
  return {
    eta,
    diversion: unit.standing === 'available' ? 0 : Math.max(unit.reluctance, takenFrom(fromRank, job.grade.rank)),
    cover: coverLeft === undefined ? 0 : 1 / (1 + coverLeft),
    skills: job.wished.length === 0 ? 0 : wishedMissing.length / job.wished.length,
    hours: left,
    fix: Math.min(1, fixSeconds / rules.dropSeconds),
    ownership: isOwn ? 0 : 1
  }
}

/** The next grade below costs the most; one that is far less urgent costs little. */
function takenFrom(fromRank: number | undefined, rank: number): number {
  return fromRank === undefined ? 0.5 : 1 / (1 + Math.max(0, fromRank - rank))
}
