import type pg from 'pg'
import { REPRESENTED_WITHIN_MS } from '../call/correlate.ts'
import { Fault, faultCode, reasonOf } from '../operations/errors.ts'
import { within } from '../operations/lifecycle.ts'
import { ALARMS } from '../pop/alarm-catalogue.ts'
import {
  type AlertRow,
  type ConsoleRow,
  type HourRow,
  type MostAlertsRow,
  TARGET,
  type WaitingRow
} from '../pop/wallboard-figures.ts'
import { type KnownStanding, readStandings } from '../records/process-standings.ts'
import {
  countAlerts,
  countConsoles,
  countLastHour,
  countWaiting,
  mostAlertsOfOne
} from '../records/wallboard-counts.ts'
import type { Base } from './base.ts'

export type Counted<T> =
  | { readonly kind: 'counted'; readonly value: T }
  | { readonly kind: 'not-counted'; readonly why: string }

/** Of all forces. */
export interface Counts {
  /** When they were begun, epoch ms. */
  readonly at: number
  readonly waiting: Counted<readonly WaitingRow[]>
  readonly lastHour: Counted<readonly HourRow[]>
  readonly consoles: Counted<readonly ConsoleRow[]>
  readonly alerts: Counted<{ readonly rows: readonly AlertRow[]; readonly most: readonly MostAlertsRow[] }>
  readonly standings: Counted<readonly KnownStanding[]>
}

/** However many wallboards ask, the record is asked this often at most, and rests so many times as long as it took. */
const FRESH_MS = 2_000
const RESTS = 4
const RESTS_MAX_MS = 3_000
const HOUR_MS = 3_600_000
const NOT_FOR_SUPERVISORS = Object.entries(ALARMS).flatMap(([code, { hears }]) =>
  hears === 'administrators' ? [code] : []
)

/** Counts for the wallboards, and for nobody while none asks: over a pool that no call waits for, one count at a time. */
export class WallboardCounts {
  readonly #base: Base
  readonly #pool: pg.Pool
  readonly #withinMs: number
  #kept: { readonly counts: Counts; readonly begunAt: number; readonly tookMs: number } | undefined
  #underWay: Promise<unknown> | undefined
  readonly #broken = new Set<string>()

  constructor(base: Base, { pool, withinMs }: { readonly pool: pg.Pool; readonly withinMs: number }) {
    this.#base = base
    this.#pool = pool
    this.#withinMs = withinMs
  }

  /** Never rejects. */
  async read(): Promise<{ readonly counts: Counts; readonly ageMs: number }> {
    const { clock } = this.#base
    if (!this.#isFresh()) {
      this.#underWay ??= this.#count().finally(() => {
        this.#underWay = undefined
      })
      await within(this.#withinMs, this.#underWay)
    }
    const kept = this.#kept
    const isLate = this.#underWay !== undefined && !this.#isFresh()
    if (kept === undefined || isLate) return { counts: notCounted(clock.now()), ageMs: 0 }
    return { counts: kept.counts, ageMs: Math.max(0, clock.monotonicMs() - kept.begunAt) }
  }

  #isFresh(): boolean {
    if (this.#kept === undefined) return false
    const { begunAt, tookMs } = this.#kept
    const rest = Math.max(FRESH_MS, tookMs + Math.min(RESTS_MAX_MS, RESTS * tookMs))
    return this.#base.clock.monotonicMs() - begunAt < rest
  }

  async #count(): Promise<void> {
    const { config, clock, metrics } = this.#base
    const [now, begunAt, pool] = [clock.now(), clock.monotonicMs(), this.#pool]
    const sinceAt = now - config.http.sessionHours * HOUR_MS
    // One after the other: a link of the pool is all they take.
    const waiting = await this.#try('waiting', () =>
      countWaiting(pool, { now, unackedMs: config.escalation.unackedMs })
    )
    const lastHour = await this.#try('last hour', () =>
      countLastHour(pool, { now, targetMs: TARGET.withinMs, representedWithinMs: REPRESENTED_WITHIN_MS })
    )
    const consoles = await this.#try('consoles', () => countConsoles(pool, { now, sinceAt }))
    const alerts = await this.#try('alerts', async () => ({
      rows: await countAlerts(pool, { now, without: NOT_FOR_SUPERVISORS }),
      most: await mostAlertsOfOne(pool, now)
    }))
    const standings = await this.#try('processes', () => readStandings(pool))
    const tookMs = clock.monotonicMs() - begunAt
    metrics.wallboardSeconds.observe(tookMs / 1_000)
    this.#kept = { counts: { at: now, waiting, lastHour, consoles, alerts, standings }, begunAt, tookMs }
  }

  /** That the record is away others have told; what else it says is told once, until it is over. */
  async #try<T>(what: string, count: () => Promise<T>): Promise<Counted<T>> {
    const { log } = this.#base
    try {
      const value = await count()
      this.#broken.delete(what)
      return { kind: 'counted', value }
    } catch (thrown) {
      if (faultCode(thrown) === 'record.away') return AWAY
      const fault = new Fault('wallboard.not-counted', { reason: reasonOf(thrown) }, thrown)
      if (!this.#broken.has(what)) log.fault('wallboard.not-counted', fault, { what })
      this.#broken.add(what)
      return { kind: 'not-counted', why: fault.code }
    }
  }
}

const AWAY = { kind: 'not-counted', why: 'record.away' } as const

function notCounted(at: number): Counts {
  return { at, waiting: AWAY, lastHour: AWAY, consoles: AWAY, alerts: AWAY, standings: AWAY }
}
