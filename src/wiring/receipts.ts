import { type HandlerId, popCallId } from '../call/ids.ts'
import type { AckParts } from '../delivery/acknowledgements.ts'
import type { LinkParts } from '../delivery/console-link.ts'
import { BatchWriter } from '../journal/batch-writer.ts'
import { isPoison } from '../operations/postgres.ts'
import { isEntitled } from '../pop/address.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'
import { readCalls } from '../records/journal-rows.ts'
import { type AckRow, recordAcks, recordSeen, type SeenRow } from '../records/pop-deliveries.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

export interface Receipts extends Pick<AckParts, 'recordAck' | 'mayHaveSeen'>, Pick<LinkParts, 'recordSeen'> {
  /** Not in the record yet. */
  readonly pending: () => number
}

interface ReceiptParts {
  readonly signOns: Pick<SignOnDirectory, 'of'>
  /** A screen of this node has acknowledged these pops. */
  readonly onAcked: (popIds: readonly string[]) => void
}

/** Acknowledgements and paints go to the record in batches; those lost with us are sent again by the consoles. */
export function makeReceipts(
  { log, releases }: Pick<Base, 'log' | 'releases'>,
  { pool }: Pick<Stores, 'pool'>,
  { signOns, onAcked }: ReceiptParts
): Receipts {
  const make = <T>(name: string, write: (rows: readonly T[]) => Promise<void>) => {
    const writer = new BatchWriter<T>({
      write,
      isPoison,
      onFault: thrown => log.fault(`receipts.${name}`, thrown),
      onPoison: (_, thrown) => Promise.reject(thrown)
    })
    releases.push(`receipts (${name})`, () => writer.stop())
    return writer
  }
  const add = <T>(name: string, writer: BatchWriter<T>, row: T, onWritten = () => {}) => {
    if (writer.isFull()) log.error('receipts.full', { what: name, count: writer.pending })
    else writer.add(row).then(onWritten, thrown => log.fault(`receipts.${name}`, thrown))
  }
  const acks = make<AckRow>('ack', rows => recordAcks(pool, rows))
  const seen = make<SeenRow>('seen', rows => recordSeen(pool, rows))
  return {
    recordAck: (handler, popIds, at, onKept) => {
      onAcked(popIds)
      for (const popId of popIds) add('ack', acks, { popId, handler, at }, () => onKept(popId))
    },
    recordSeen: (handler, popId, paintMs, at) => add('seen', seen, { popId, handler, paintMs, at }),
    mayHaveSeen: async (handler: HandlerId, popIds) => {
      const signOn = signOns.of(handler)
      const callIds = popIds.map(popCallId).filter(callId => callId !== undefined)
      if (signOn === undefined || callIds.length === 0) return []
      const calls = await readCalls(pool, callIds)
      return calls.flatMap(call => (isEntitled(call, signOn) ? [call.popId] : []))
    },
    pending: () => acks.pending + seen.pending
  }
}
