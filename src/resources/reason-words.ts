import type { Exclusion } from './hard-filters.ts'
import { type Job, TERMS, type TermName } from './job.ts'
import { type Candidate, type Fill, isOneSort, type LeftOut, type Recommendation } from './recommend.ts'
import { MOST_COVER } from './score.ts'

/** How a unit came to its place, for whoever reads it between two words of a caller. */
const LOST_BY: Readonly<Record<TermName, string>> = {
  eta: 'is there later',
  diversion: 'would be taken off what it does',
  cover: 'would leave less cover behind',
  skills: 'lacks what was wished for',
  hours: 'has less left of its shift',
  fix: 'was last seen longer ago',
  ownership: 'is not of this neighbourhood'
}
/** Of a hundred: less than this is no reason to name. */
const WORTH_NAMING = 0.5

/** One sentence: who, when there, and what speaks for and against it, the most telling first. */
export function sentenceFor({ unit, travel, grounds, isStale, toAuthorise }: Candidate, job: Job): string {
  const { minutes, isEstimate } = travel
  const there = `${minutesWords(minutes)}${isEstimate ? ' by estimate' : ' by road'}, ${targetWords(minutes, grounds.targetMinutes)}`
  const said = [
    there,
    unit.standing === 'available' ? 'free' : takenWords(unit, job),
    ...coverWords(grounds.coverLeft),
    ...(grounds.wishedMissing.length === 0 ? [] : [`without ${listed(grounds.wishedMissing)}`]),
    ...shiftWords(grounds.minutesLeft),
    ...(isStale ? [`last seen ${ageWords(grounds.fixSeconds)} ago`] : []),
    ...(job.neighbourhood !== undefined && grounds.isOwn ? ['of this neighbourhood'] : []),
    ...(toAuthorise.length === 0 ? [] : [`${listed(toAuthorise)} only with authority`])
  ]
  return `${said.join('; ')}.`
}

/** What each term took, in words; a term that took nothing is not named. */
export function termWords({ terms, travel, grounds, unit }: Candidate, job: Job): readonly string[] {
  const words: Readonly<Record<TermName, string>> = {
    eta: `${minutesWords(travel.minutes)} against a target of ${grounds.targetMinutes} min`,
    diversion: takenWords(unit, job),
    cover: coverWords(grounds.coverLeft)[0] ?? 'covers nothing now',
    skills: `without ${listed(grounds.wishedMissing)}`,
    hours: shiftWords(grounds.minutesLeft)[0] ?? 'enough left of the shift',
    fix: `seen ${ageWords(grounds.fixSeconds)} ago`,
    ownership: 'not of this neighbourhood'
  }
  return terms.flatMap(({ name, points }) => (points < WORTH_NAMING ? [] : [`−${points.toFixed(1)} ${words[name]}`]))
}

/** Why the nearest is not the first, in one sentence; undefined where it is, or where nobody is near. */
export function whyNotNearest({ candidates, leftOut, isTie }: Recommendation, job: Job): string | undefined {
  const [first] = candidates
  // A dog is not nearer than a car: of several sorts each is compared with its own.
  const alike = <Each extends Pick<Candidate, 'unit'>>(all: readonly Each[]) =>
    all.filter(each => first === undefined || isOneSort(job, first, each))
  const nearest = alike(candidates).sort((one, other) => one.travel.metres - other.travel.metres)[0]
  const barred = alike(leftOut).find(({ metres }) => metres !== undefined)
  if (barred?.metres !== undefined && (nearest === undefined || barred.metres < nearest.travel.metres)) {
    const still = nearest === undefined || nearest === first ? '' : ` Of the others ${lowerScored(nearest, first)}`
    return `${barred.unit.callsign}, ${distanceWords(barred.metres)} away, is the nearest and cannot be sent: ${exclusionWords(barred, job)}.${still}`
  }
  if (first === undefined || nearest === undefined) return undefined
  if (nearest !== first) return lowerScored(nearest, first)
  const second = candidates[1]
  return isTie && second !== undefined
    ? `${first.unit.callsign} and ${second.unit.callsign} are as good as each other.`
    : undefined
}

/** What of a need nobody can meet; undefined where all of it is met. */
export function shortOf({ need: { type, count }, proposed }: Fill): string | undefined {
  if (proposed.length >= count) return undefined
  const needed = `${count} ${type} ${count === 1 ? 'is' : 'are'} needed`
  return proposed.length === 0 ? `${needed} and none can be sent.` : `${needed} and ${proposed.length} can be sent.`
}

/** `2 response, 1 dog`. */
export function needWords(needs: readonly Fill['need'][]): string {
  return needs.map(({ type, count }) => `${count} ${type}`).join(', ')
}

/** Why it cannot be sent, as the end of a sentence. */
export function exclusionWords({ exclusion }: Pick<LeftOut, 'exclusion'>, { grade, crewAtLeast }: Job): string {
  switch (exclusion.why) {
    case 'unavailable':
      return `not available (status ${exclusion.status})`
    case 'on-a-job':
      return exclusion.grade === undefined
        ? `busy, and nobody is taken off a job for ${grade.name}`
        : `on a job of grade ${exclusion.grade}, which is no less urgent`
    case 'skills':
      return `without ${listed(exclusion.missing)}`
    case 'crew':
      return `${crewWords(exclusion.crew)}, where ${crewAtLeast} are needed`
    case 'fix-old':
      return Number.isFinite(exclusion.seconds)
        ? `last seen ${ageWords(exclusion.seconds)} ago`
        : 'it has not said where it is'
    case 'shift-over':
      return 'its shift is over'
    default:
      return shiftEndsWords(exclusion)
  }
}

export function minutesWords(minutes: number): string {
  return minutes < 1 ? 'less than a minute' : `${Math.round(minutes)} min`
}

export function distanceWords(metres: number): string {
  return metres < 1_000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1_000).toFixed(1)} km`
}

function lowerScored(nearest: Candidate, first: Candidate | undefined): string {
  if (first === undefined) return ''
  const worst = TERMS.map((name, at) => ({
    name,
    more: (nearest.terms[at]?.points ?? 0) - (first.terms[at]?.points ?? 0)
  })).sort((one, other) => other.more - one.more)
  const reasons = worst.filter(({ more }) => more >= WORTH_NAMING).slice(0, 2)
  const why = reasons.length === 0 ? 'scores a little less' : reasons.map(({ name }) => LOST_BY[name]).join(' and ')
  return `${nearest.unit.callsign} is nearer (${distanceWords(nearest.travel.metres)}, ${minutesWords(nearest.travel.minutes)}) but ${why}.`
}

function targetWords(minutes: number, target: number): string {
  return minutes <= target ? `within ${target} min` : `${minutesWords(minutes - target)} past the target of ${target}`
}

function takenWords({ standing, job, status }: Candidate['unit'], { grade }: Job): string {
  if (standing === 'available') return 'free'
  if (job?.grade === undefined) return `busy (status ${status}), may be taken for ${grade.name}`
  return `would leave a job of grade ${job.grade}`
}

function coverWords(left: number | undefined): readonly string[] {
  if (left === undefined) return []
  if (left === 0) return ['leaves its ground without cover']
  return [
    left >= MOST_COVER
      ? `${MOST_COVER} or more others cover its ground`
      : `${left} other${left === 1 ? ' covers' : 's cover'} its ground`
  ]
}

function shiftWords(minutesLeft: number | undefined): readonly string[] {
  if (minutesLeft === undefined) return ['nobody knows when its shift ends']
  return minutesLeft >= 120 ? [] : [`${Math.max(0, Math.floor(minutesLeft))} min of its shift left after the job`]
}

function shiftEndsWords({ minutesShort }: Extract<Exclusion, { why: 'shift-ends' }>): string {
  return `its shift ends ${minutesWords(minutesShort)} before the job would`
}

function ageWords(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

function crewWords(crew: number): string {
  return crew === 1 ? 'single crewed' : `a crew of ${crew}`
}

/** `dog`, `dog and taser`, `dog, taser and first aid`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
