import type pg from 'pg'
import { HELMERT_GRID, makeNationalGrid, type NationalGrid } from '../grid/national-grid.ts'
import type { PushResult, RecordsPorts } from '../http/records-routes.ts'
import { type Ostn15, readOstn15 } from '../lookups/location/ostn15.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { placeFiles } from '../operations/place-files.ts'
import { type Sender, senderOf } from '../operations/sender-tokens.ts'
import { TokenBucket } from '../operations/token-bucket.ts'
import { pushRecords } from '../records/import/push-records.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

interface Parts {
  readonly senders: readonly Sender[]
  readonly batchesPerSecond: number
  readonly pool: pg.Pool
  readonly grid: Promise<NationalGrid>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'recordsPushed'>
  readonly clock: Clock
}

/** A system that was busy elsewhere may catch up this much at once. */
const BURST_SECONDS = 2

/**
 * Who may post records, how often, and what becomes of them; one line of log for each batch, without a word of what is
 * in it.
 */
export function makeRecordSenders(parts: Parts): RecordsPorts {
  const { senders, batchesPerSecond, clock, log, metrics } = parts
  const rate = { perSecond: batchesPerSecond, burst: batchesPerSecond * BURST_SECONDS }
  const buckets = new Map(senders.map(sender => [sender, new TokenBucket(rate, clock.monotonicMs())]))
  const find = (token: string, kind: string): Sender | 'off' | 'unknown' | 'not-yours' => {
    if (senders.length === 0) return 'off'
    const sender = senderOf(senders, token)
    if (sender === undefined) return 'unknown'
    return sender.kinds.some(each => each === kind) ? sender : 'not-yours'
  }
  return {
    mayPush: (token, kind) => {
      const sender = find(token, kind)
      if (typeof sender === 'string') return sender
      return buckets.get(sender)?.take(clock.monotonicMs()) === true ? 'yes' : 'too-many'
    },
    pushRecords: async (token, { kind, asOf, rows }): Promise<PushResult> => {
      const sender = find(token, kind)
      if (typeof sender === 'string') return { kind: sender }
      const { force, source } = sender
      const results = await pushRecords(parts.pool, { kind, force, source, asOf, rows }, await parts.grid)
      for (const { result } of results) metrics.recordsPushed.inc({ kind, result })
      log.info('records.pushed', { force, source, what: kind, count: results.length })
      return { kind: 'taken', rows: results }
    }
  }
}

/**
 * The grid is read once more than for the lookups, whose own comes when it comes: a place must not depend on when it
 * was sent.
 */
export function startRecordSenders(
  { config, loaded, log, metrics, clock }: Base,
  { recordsPool }: Pick<Stores, 'recordsPool'>
): RecordsPorts {
  const { senders = [] } = loaded
  const { ostn15 } = placeFiles(loaded)
  const isExact = senders.length > 0 && ostn15 !== undefined
  const grid = isExact ? readOstn15(ostn15).then(toGrid) : Promise.resolve(HELMERT_GRID)
  const { batchesPerSecond } = config.records
  return makeRecordSenders({ senders, batchesPerSecond, pool: recordsPool, grid, log, metrics, clock })
}

/** What is wrong with the file, the lookups say. */
function toGrid(read: Ostn15): NationalGrid {
  return read.kind === 'read' ? makeNationalGrid(read.shifts) : HELMERT_GRID
}
