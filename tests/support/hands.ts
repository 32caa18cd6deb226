import type pg from 'pg'
import { Fault } from '../../src/operations/errors.ts'
import type { Closing, Taking } from '../../src/pop/holders.ts'
import { type Hand, recordHands } from '../../src/records/wrap-ups.ts'

/** One hand in a statement of its own, as a gateway has it that is asked nothing else in that moment. */
export function recordTaken(pool: pg.Pool, node: string, taking: Taking): Promise<boolean> {
  return record(pool, node, { ...taking, did: 'taken' })
}

export async function recordClosed(pool: pg.Pool, node: string, closing: Closing, at: number): Promise<void> {
  const { callId, handler, isLast } = closing
  await record(pool, node, { callId, handler, did: isLast ? 'over' : 'closed', at })
}

async function record(pool: pg.Pool, node: string, hand: Hand): Promise<boolean> {
  const [answer] = await recordHands(pool, node, [hand])
  if (answer === 'unknown') throw new Fault('record.no-call', {})
  return answer === 'done'
}
