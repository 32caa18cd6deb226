import type { ChoiceRules, Grade, Job } from './job.ts'
import type { Travel } from './travel-time.ts'
import type { Unit } from './unit.ts'

/** Why a unit cannot be sent at all, whatever it would score. */
export type Exclusion =
  | { readonly why: 'unavailable'; readonly status: string }
  | { readonly why: 'on-a-job'; readonly grade?: string }
  | { readonly why: 'skills'; readonly missing: readonly string[] }
  | { readonly why: 'crew'; readonly crew: number; readonly least: number }
  | { readonly why: 'fix-old'; readonly seconds: number }
  | { readonly why: 'shift-over'; readonly endsAt: number }
  /** It would end before the job does. */
  | { readonly why: 'shift-ends'; readonly endsAt: number; readonly minutesShort: number }

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/**
 * What stands against a unit before anybody asks how far it is; undefined where nothing does. The order is that of what
 * a dispatcher would say first.
 */
export function excludes(unit: Unit, job: Job, rules: ChoiceRules, now: number): Exclusion | undefined {
  if (unit.standing === 'unavailable') return { why: 'unavailable', status: unit.status }
  if (unit.standing === 'divertible' && !mayBeTaken(unit, job.grade, rules)) {
    return { why: 'on-a-job', ...(unit.job?.grade === undefined ? {} : { grade: unit.job.grade }) }
  }
  const missing = job.skills.filter(skill => !unit.skills.includes(skill))
  if (missing.length > 0) return { why: 'skills', missing }
  if (unit.crew < job.crewAtLeast) return { why: 'crew', crew: unit.crew, least: job.crewAtLeast }
  const seconds = unit.fix === undefined ? Number.POSITIVE_INFINITY : (now - unit.fix.at) / SECOND_MS
  if (seconds > rules.dropSeconds) return { why: 'fix-old', seconds }
  const { shiftEndsAt } = unit
  return shiftEndsAt !== undefined && shiftEndsAt <= now ? { why: 'shift-over', endsAt: shiftEndsAt } : undefined
}

/** What stands against it once the way is known: nobody is sent to a job that outlasts his shift. */
export function endsTooSoon(
  { shiftEndsAt }: Unit,
  { minutes }: Pick<Travel, 'minutes'>,
  { minutesAtScene }: Job,
  now: number
): Exclusion | undefined {
  if (shiftEndsAt === undefined) return undefined
  const minutesShort = minutes + minutesAtScene - (shiftEndsAt - now) / MINUTE_MS
  return minutesShort > 0 ? { why: 'shift-ends', endsAt: shiftEndsAt, minutesShort } : undefined
}

/** A job is left for a more urgent one only; where nobody knows how urgent it is, the new grade must allow it. */
function mayBeTaken({ job }: Unit, { rank, mayDivert }: Grade, { rankOf }: ChoiceRules): boolean {
  const current = job?.grade === undefined ? undefined : rankOf(job.grade)
  return current === undefined ? mayDivert : rank < current
}
