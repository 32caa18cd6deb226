import type { ForceId } from '../call/ids.ts'
import { HELMERT_GRID } from '../grid/national-grid.ts'
import type { UnitsPorts, UnitsResult } from '../http/units-routes.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { type Sender, senderOf } from '../operations/sender-tokens.ts'
import { TokenBucket } from '../operations/token-bucket.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import { toUpdate } from '../resources/unit-report.ts'
import type { UnitUpdate } from '../resources/unit-update.ts'
import type { Base } from './base.ts'
import type { Units } from './start-units.ts'

interface Parts {
  readonly senders: readonly Sender[]
  /** Undefined where no force has units. */
  readonly units: Pick<Units, 'book'> | undefined
  readonly batchesPerSecond: number
  /** A unit sends the code of an officer in danger. */
  readonly onEmergency: (force: string, callsign: string) => void
  readonly log: Pick<Log, 'debug'>
  readonly metrics: Pick<Metrics, 'unitReports'>
  readonly clock: Clock
}

/** A system that was busy elsewhere may catch up this much at once. */
const BURST_SECONDS = 2

/** With the alarm of an officer in danger, which stays until a person ends it. */
export function startUnitSenders(
  { config, loaded, log, metrics, clock }: Base,
  units: Units | undefined,
  alarms: Pick<AlarmBook, 'raise'>
): UnitsPorts {
  return makeUnitSenders({
    ...{ senders: loaded.senders ?? [], units, batchesPerSecond: config.records.batchesPerSecond },
    onEmergency: (force, callsign) => {
      const key = `officer-emergency:${force}:${callsign}`
      alarms.raise({ code: 'officer-emergency', key, force: force as ForceId, data: { callsign } })
    },
    ...{ log, metrics, clock }
  })
}

/** Who may say where units are, how often, and what becomes of it: into memory at once, and into the record a moment later. */
export function makeUnitSenders(parts: Parts): UnitsPorts {
  const { senders, units, batchesPerSecond, clock, metrics } = parts
  const rate = { perSecond: batchesPerSecond, burst: batchesPerSecond * BURST_SECONDS }
  const buckets = new Map(senders.map(sender => [sender, new TokenBucket(rate, clock.monotonicMs())]))
  const find = (token: string): Sender | Exclude<UnitsResult['kind'], 'taken' | 'too-many'> => {
    if (senders.length === 0) return 'off'
    const sender = senderOf(senders, token)
    if (sender === undefined) return 'unknown'
    if (!sender.kinds.includes('units')) return 'not-yours'
    return units?.book.index(sender.force) === undefined ? 'no-units' : sender
  }
  return {
    maySendUnits: token => {
      const sender = find(token)
      if (typeof sender === 'string') return sender
      return buckets.get(sender)?.take(clock.monotonicMs()) === true ? 'yes' : 'too-many'
    },
    takeUnits: (token, reports): UnitsResult => {
      const sender = find(token)
      if (typeof sender === 'string') return { kind: sender }
      const now = clock.now()
      const updates: UnitUpdate[] = []
      const refused: { row: number; text: string }[] = []
      for (const [at, report] of reports.entries()) {
        const read = toUpdate(report, { grid: HELMERT_GRID, now })
        if (read.kind === 'update') updates.push(read.update)
        else refused.push({ row: at + 1, text: read.why })
      }
      const taken = units?.book.take(sender.force, updates, now)
      if (taken === undefined) return { kind: 'no-units' }
      for (const { unit, signal } of taken.signals) {
        if (signal.isEmergency) parts.onEmergency(sender.force, unit.callsign)
      }
      const { changed, older, fromTheFuture, full } = taken
      const results = { changed, older, ahead: fromTheFuture, full, refused: refused.length }
      for (const [result, count] of Object.entries(results)) if (count > 0) metrics.unitReports.inc({ result }, count)
      if (fromTheFuture > 0) refused.push({ row: 0, text: `${fromTheFuture} are of a time that has not come` })
      if (full > 0) refused.push({ row: 0, text: `${full} are of units beyond as many as a force may have` })
      return { kind: 'taken', taken: changed, older, refused }
    }
  }
}
