import type { GridPoint } from '../grid/national-grid.ts'
import { meaningOfCode, type StatusMeaning, type StatusTable } from './status-codes.ts'
import type { DriverGrade, Unit, UnitJob } from './unit.ts'

/** What is said of a unit, after its place was read; what is absent stays as it was. */
export interface UnitUpdate {
  readonly callsign: string
  /** Epoch ms at which this was so, by whoever says it. */
  readonly at: number
  readonly place?: GridPoint
  readonly status?: string
  readonly type?: string
  readonly skills?: readonly string[]
  readonly driver?: DriverGrade
  readonly crew?: number
  readonly shiftEndsAt?: number
  /** `null`: it is on none now. */
  readonly job?: UnitJob | null
  readonly neighbourhood?: string
}

/** What came of it. A signal does not change what the unit does, and may come with a place. */
export type Updated =
  | { readonly kind: 'changed'; readonly unit: Unit; readonly signal?: Signal }
  /** Older than what is known, which stays. */
  | { readonly kind: 'older' }
  /** More than a minute ahead of our clock: a receiver that runs wrong would never be stale. */
  | { readonly kind: 'from-the-future' }

export interface Signal {
  readonly code: string
  readonly words: string
  readonly isEmergency: boolean
}

export interface UpdateRules {
  readonly codes: StatusTable
}

/** How far ahead a clock of somebody else's may be. */
const AHEAD_MS = 60_000

/** A unit of which nothing is known yet: nobody who has not said what he does is sent. */
export function newUnit(force: string, callsign: string): Unit {
  return {
    ...{ callsign, force, type: 'response', skills: [], driver: 'response', crew: 1 },
    ...{ status: '', standing: 'unavailable', reluctance: 0, saidAt: 0 }
  }
}

/** The unit after what is said of it. Pure; the unit before is not changed. */
export function applyUpdate(
  before: Unit | undefined,
  update: UnitUpdate,
  { force, codes, now }: UpdateRules & { readonly force: string; readonly now: number }
): Updated {
  if (update.at > now + AHEAD_MS) return { kind: 'from-the-future' }
  const base = before ?? newUnit(force, update.callsign)
  const { place, at, status } = update
  const isMoved = place !== undefined && at >= (base.fix?.at ?? 0)
  const isSaid = saysMore(update) && at >= base.saidAt
  const meaning = status === undefined ? undefined : meaningOfCode(codes, status)
  // A signal that comes late still is one: an officer who asks for help is not out of date.
  const signal = status === undefined || meaning?.means !== 'signal' ? undefined : { code: status, ...wordsOf(meaning) }
  if (!isMoved && !isSaid && signal === undefined) return { kind: 'older' }
  const said = isSaid ? afterWord(base, update, meaning) : base
  const unit = isMoved ? { ...said, fix: { ...place, at } } : said
  return { kind: 'changed', unit, ...(signal === undefined ? {} : { signal }) }
}

/** Whether it says anything beside a place. */
function saysMore({ callsign: _, at: __, place: ___, ...rest }: UnitUpdate): boolean {
  return Object.values(rest).some(value => value !== undefined)
}

function afterWord(base: Unit, update: UnitUpdate, meaning: ReturnType<typeof meaningOfCode>): Unit {
  const { callsign: _, place: __, at, status, job, ...rest } = update
  const unit: Unit = { ...base, ...defined(rest), ...statusOf(status, meaning), saidAt: at }
  if (job === undefined) return unit
  const { job: ___, ...without } = unit
  return job === null ? without : { ...without, job }
}

function wordsOf({ words, isEmergency }: Extract<StatusMeaning, { means: 'signal' }>): Omit<Signal, 'code'> {
  return { words, isEmergency }
}

/** A code nobody knows makes it one that cannot be sent: better a call by radio than a unit that is not there. */
function statusOf(status: string | undefined, meaning: ReturnType<typeof meaningOfCode>): Partial<Unit> {
  if (status === undefined || meaning?.means === 'signal') return {}
  return meaning === undefined
    ? { status, standing: 'unavailable', reluctance: 0 }
    : { status, standing: meaning.means, reluctance: meaning.reluctance }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
