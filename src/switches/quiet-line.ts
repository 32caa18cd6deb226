/** What the record has of a line in one hour of the week. */
export interface PastHour {
  readonly calls: number
  /** How many of that hour the record covers. */
  readonly hours: number
}

/** By hour of the week in UTC, Monday 00:00 first; undefined where the record is too young. */
export type PastHours = (hourOfWeek: number) => PastHour | undefined

/**
 * A silence this unlikely is told: of one that no fault made, once in ten thousand hours. A busy line has more silences
 * in an hour than a quiet one, and so each of its own must be the less likely.
 */
export const CHANCE_PER_HOUR = 1e-4
/** What a running average must have against it where the record knows the hour: a burst of calls has an end too. */
const CHANCE_BY_RECORD = 1e-2
/** Arrivals of late that the running average is made of. */
const MAX_ARRIVALS = 500
const ARRIVALS_WITHIN_MS = 900_000
/** Fewer say nothing of a rate. */
const MIN_ARRIVALS = 8
const HOUR_MS = 3_600_000
const WEEK_HOURS = 168
/** 1970 began on a Thursday. */
const FIRST_MONDAY_HOURS = 4 * 24

export interface QuietLimits {
  /** No shorter silence is told. */
  readonly minMs: number
  /** A longer one is told of any line that ever had a call. */
  readonly maxMs: number
}

interface Arrival {
  readonly at: number
  /** Calls of all other lines by then. */
  readonly others: number
}

/**
 * Whether a line is quieter than it ever is: by what it brought in the same hour of earlier weeks, and by what it
 * brought of late beside the others. Rates are not known but counted, so a silence is judged by what such counts
 * foretell (a Poisson line with a Gamma prior), which asks for more where less was counted. Pure; times are handed in.
 */
export class QuietLine {
  readonly #limits: QuietLimits
  #arrivals: Arrival[] = []
  /** Since when nothing has come, on any gateway. */
  #since: number
  #hadCalls = false

  constructor(limits: QuietLimits, startedAt: number) {
    this.#limits = limits
    this.#since = startedAt
  }

  /** Since when nothing has come. */
  get since(): number {
    return this.#since
  }

  /** A call here; `others`: how many the other lines have had since the start. */
  note(at: number, others: number): void {
    this.#hadCalls = true
    this.#since = Math.max(this.#since, at)
    this.#arrivals.push({ at, others })
    if (this.#arrivals.length > MAX_ARRIVALS) this.#arrivals.shift()
  }

  /** A call at another gateway, as the record says. */
  noteElsewhere(at: number): void {
    this.#hadCalls = true
    this.#since = Math.max(this.#since, at)
  }

  isQuiet(now: number, others: number, past: PastHours): boolean {
    const silentMs = now - this.#since
    if (silentMs < this.#limits.minMs) return false
    const record = this.#byRecord(now, past)
    if (silentMs >= this.#limits.maxMs && (this.#hadCalls || record.hadCalls)) return true
    if (isUnlikely(record.log, record.perHour)) return true
    return (!record.isKnown || record.log < Math.log(CHANCE_BY_RECORD)) && this.#isUnlikelyOfLate(silentMs, now, others)
  }

  #byRecord(now: number, past: PastHours) {
    let [log, perHour, isKnown, hadCalls] = [0, 0, true, false]
    for (let from = this.#since; from < now; ) {
      const to = Math.min(now, (Math.floor(from / HOUR_MS) + 1) * HOUR_MS)
      const hour = past(hourOfWeek(from))
      if (hour === undefined || hour.hours === 0) isKnown = false
      else {
        log += hour.calls * Math.log(hour.hours / (hour.hours + (to - from) / HOUR_MS))
        perHour = Math.max(perHour, hour.calls / hour.hours)
        hadCalls ||= hour.calls > 0
      }
      // Beyond a week nothing new is said.
      from = to - this.#since > WEEK_HOURS * HOUR_MS ? now : to
    }
    return { log, perHour, isKnown, hadCalls }
  }

  /** Both by the clock and by the calls of the other lines: when all fall silent it is not this line. */
  #isUnlikelyOfLate(silentMs: number, now: number, others: number): boolean {
    const last = this.#arrivals.at(-1)
    if (last === undefined) return false
    this.#arrivals = this.#arrivals.filter(({ at }) => now - at < ARRIVALS_WITHIN_MS + silentMs)
    const first = this.#arrivals[0]
    const calls = this.#arrivals.length - 1
    if (first === undefined || calls < MIN_ARRIVALS) return false
    const [overMs, beside] = [last.at - first.at, last.others - first.others]
    if (overMs <= 0 || beside <= 0) return false
    const perHour = (calls / overMs) * HOUR_MS
    const byClock = calls * Math.log(overMs / (overMs + silentMs))
    const byOthers = calls * Math.log(beside / (beside + others - last.others))
    return isUnlikely(byClock, perHour) && isUnlikely(byOthers, perHour)
  }
}

function isUnlikely(logChance: number, perHour: number): boolean {
  return logChance < Math.log(CHANCE_PER_HOUR / Math.max(1, perHour))
}

export function hourOfWeek(at: number): number {
  return (Math.floor(at / HOUR_MS) + WEEK_HOURS - FIRST_MONDAY_HOURS) % WEEK_HOURS
}
