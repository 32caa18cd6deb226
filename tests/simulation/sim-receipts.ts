import type pg from 'pg'
import type { HandlerId } from '../../src/call/ids.ts'
import { BatchWriter } from '../../src/journal/batch-writer.ts'
import { isPoison } from '../../src/operations/postgres.ts'
import { type AckRow, recordAcks, recordSeen, type SeenRow } from '../../src/records/pop-deliveries.ts'
import type { Base } from '../../src/wiring/base.ts'

/** Acknowledgements and paints on their way to the record, as wiring/start-http.ts sends them. */
export function makeReceipts({ log }: Base, pool: pg.Pool) {
  const make = <T>(write: (rows: readonly T[]) => Promise<void>) =>
    new BatchWriter<T>({
      write,
      isPoison,
      onFault: thrown => log.fault('receipts', thrown),
      onPoison: (_, thrown) => Promise.reject(thrown)
    })
  const acks = make<AckRow>(rows => recordAcks(pool, rows))
  const seen = make<SeenRow>(rows => recordSeen(pool, rows))
  const put = <T>(writer: BatchWriter<T>, row: T) => void writer.add(row).catch(thrown => log.fault('receipts', thrown))
  return {
    pending: () => acks.pending + seen.pending,
    recordAck: (handler: HandlerId, popIds: readonly string[], at: number) => {
      for (const popId of popIds) put(acks, { popId, handler, at })
    },
    recordSeen: (handler: HandlerId, popId: string, paintMs: number, at: number) =>
      put(seen, { popId, handler, paintMs, at })
  }
}
