/*
 * A month is the day of its first, counted since 1970: whole numbers that the record compares, and nobody's time zone.
 */

const DAY_MS = 86_400_000
const YEAR = 12

/** The months that a source's counts are of. */
export interface CountedMonths {
  /** The last of the twelve. */
  readonly windowTo: number
  /** Of the twelve the ones that are held. */
  readonly now: readonly number[]
  /** Of these the ones whose like a year before is held too: only they can be compared. */
  readonly paired: readonly number[]
  /** Those of a year before. */
  readonly before: readonly number[]
}

/** The month of a time, in UTC. */
export function monthOf(at: number): number {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS
}

/** The day of a time, counted since 1970. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS)
}

/** So many months before, or after where negative. */
export function monthsBefore(month: number, count: number): number {
  const date = new Date(month * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count, 1) / DAY_MS
}

/** As 2025-10. */
export function writeMonth(month: number): string {
  return new Date(month * DAY_MS).toISOString().slice(0, 7)
}

/**
 * Which months are counted of a source that holds these. Published months are whole; of a force's own data the last one
 * still grows, so that the twelve end before it. Undefined where it holds nothing.
 */
export function countedMonths(held: readonly number[], isPublished: boolean): CountedMonths | undefined {
  if (held.length === 0) return undefined
  const last = Math.max(...held)
  const isOne = Math.min(...held) === last
  const windowTo = isPublished || isOne ? last : monthsBefore(last, 1)
  const has = new Set(held)
  const now = Array.from({ length: YEAR }, (_, back) => monthsBefore(windowTo, back)).filter(month => has.has(month))
  const paired = now.filter(month => has.has(monthsBefore(month, YEAR)))
  return { windowTo, now, paired, before: paired.map(month => monthsBefore(month, YEAR)) }
}
