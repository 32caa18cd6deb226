import { Fault, reasonOf } from '../operations/errors.ts'
import { interval, within } from '../operations/lifecycle.ts'
import type { AlarmCauses } from '../pop/alarm-causes.ts'
import { knownMonths, MONTHLY_TABLES, monthAt, monthsBetween } from '../records/month-parts.ts'
import { makeMonths } from '../records/months.ts'
import { retentionOf, runRetention } from '../records/retention.ts'
import { lastRunAt } from '../records/retention-runs.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

/** Beside this month. */
const MONTHS_AHEAD = 2
/** A start waits no longer for its months: without them calls are kept too. */
const FIRST_WITHIN_MS = 3_000
const LOOK_EVERY_MS = 600_000
const HOUR_MS = 3_600_000
/** A run begins in the hours after `retention.fromHour`; one that was missed for two nights, at any hour. */
const NIGHT_MS = 4 * HOUR_MS
const MISSED_MS = 48 * HOUR_MS

/**
 * What the record needs beside calls: the parts of the months to come, and that what is older than its time goes. Every
 * gateway looks now and then; one of them does it.
 */
export class Upkeep {
  readonly #base: Base
  readonly #stores: Pick<Stores, 'upkeepPool'>
  readonly #causes: Pick<AlarmCauses, 'onUpkeep'>
  #isLooking = false
  #isStopped = false

  constructor(base: Base, stores: Pick<Stores, 'upkeepPool'>, causes: Pick<AlarmCauses, 'onUpkeep'>) {
    this.#base = base
    this.#stores = stores
    this.#causes = causes
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Never rejects; one at a time. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    try {
      await this.#say('months', makeMonthsAhead(this.#base, this.#stores))
      if (await this.#isDue()) await this.#say('retention', this.#run())
    } finally {
      this.#isLooking = false
    }
  }

  /** Why it is not done goes to the log and to the supervisors; a record that is away is told of elsewhere. */
  async #say(what: 'months' | 'retention', work: Promise<Fault | undefined>): Promise<void> {
    const { log } = this.#base
    try {
      const fault = await work
      if (fault !== undefined && what === 'months') log.fault('record.no-month', fault)
      else if (fault !== undefined) log.fault('retention.failed', fault)
      this.#causes.onUpkeep(what, fault?.message)
    } catch (thrown) {
      log.debug('upkeep.later', { what, reason: reasonOf(thrown) })
    }
  }

  async #isDue(): Promise<boolean> {
    const { config, clock } = this.#base
    if (!config.retention.isOn || this.#isStopped) return false
    try {
      return isRunDue(clock.now(), await lastRunAt(this.#stores.upkeepPool), config.retention.fromHour)
    } catch (thrown) {
      this.#base.log.debug('upkeep.later', { what: 'retention', reason: reasonOf(thrown) })
      return false
    }
  }

  async #run(): Promise<Fault | undefined> {
    const { config, clock, log, metrics, node } = this.#base
    const began = clock.monotonicMs()
    const plan = { ...retentionOf(config), now: clock.now(), by: node, isStopped: () => this.#isStopped }
    const report = await runRetention(this.#stores.upkeepPool, plan)
    if (report === undefined) return undefined
    metrics.retentionHeldBack.reset()
    for (const { kind, deleted, heldBack } of report.gone) {
      metrics.retentionDeleted.inc({ kind }, deleted)
      metrics.retentionHeldBack.inc({ kind }, heldBack)
    }
    const count = report.gone.reduce((sum, { deleted }) => sum + deleted, 0)
    log.info('retention.done', { count, tookMs: Math.round(clock.monotonicMs() - began) })
    const [first] = report.failed
    return first === undefined ? undefined : new Fault('retention.failed', { ...first })
  }
}

/** The parts of this month and of the next ones. Answers why there are none for the next; rejects as the record does. */
export async function makeMonthsAhead(
  { clock, log, metrics }: Pick<Base, 'clock' | 'log' | 'metrics'>,
  { upkeepPool }: Pick<Stores, 'upkeepPool'>
): Promise<Fault | undefined> {
  const now = clock.now()
  const months = monthsBetween(now, monthAt(now).from + MONTHS_AHEAD * 31 * 24 * HOUR_MS)
  const isMissing = async () => {
    const known = await Promise.all(MONTHLY_TABLES.map(table => knownMonths(upkeepPool, table)))
    for (const [place, table] of MONTHLY_TABLES.entries()) {
      metrics.monthsAhead.set({ table }, known[place]?.filter(({ from }) => from > now).length ?? 0)
    }
    const next = months[1]?.name
    return {
      any: known.some(each => months.some(month => !each.some(({ name }) => name === month.name))),
      next: known.some(each => !each.some(({ name }) => name === next))
    }
  }
  if (!(await isMissing()).any) return undefined
  const { made, why } = await makeMonths(upkeepPool, months)
  if (made.length > 0) log.info('record.months', { what: made.join(', ') })
  // The month that has begun may stay with what has none; the next one must not.
  const { next } = await isMissing()
  return next ? new Fault('record.no-month', { what: months[1]?.name ?? '', reason: why ?? '' }) : undefined
}

/** Before the first call, where the record answers soon. */
export async function firstMonths(base: Base, stores: Stores): Promise<void> {
  const made = makeMonthsAhead(base, stores).catch(thrown => {
    base.log.debug('upkeep.later', { what: 'months', reason: reasonOf(thrown) })
  })
  await within(FIRST_WITHIN_MS, made)
}

/** Looks every ten minutes, and now. */
export function startUpkeep(base: Base, stores: Stores, causes: AlarmCauses): void {
  const upkeep = new Upkeep(base, stores, causes)
  const stop = interval(() => void upkeep.look(), LOOK_EVERY_MS)
  base.releases.push('upkeep of the record', () => {
    stop()
    upkeep.stop()
  })
  void upkeep.look()
}

/** In the night, once; at any hour when the last two nights had none. A record that never had a run waits for a night. */
export function isRunDue(now: number, lastAt: number | undefined, fromHour: number): boolean {
  const day = Math.floor(now / (24 * HOUR_MS)) * 24 * HOUR_MS
  const today = day + fromHour * HOUR_MS
  const began = now >= today ? today : today - 24 * HOUR_MS
  if (now < began + NIGHT_MS) return lastAt === undefined || lastAt < began
  return lastAt !== undefined && now - lastAt > MISSED_MS
}
