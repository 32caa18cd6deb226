import { AskedTogether } from '../operations/asked-together.ts'
import { Fault } from '../operations/errors.ts'
import { pause } from '../operations/lifecycle.ts'
import { hasAnswered } from '../operations/postgres.ts'
import type { HandsParts } from '../pop/hands-in-record.ts'
import { type Hand, type HandAnswer, recordHands } from '../records/wrap-ups.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

/** A pop is on a screen before its call is in the record; a hand that is quicker than the journal waits this long for it. */
const AGAIN_AFTER_MS = [50, 100, 200, 400, 800]

/**
 * Who takes a call and who has written it up, in the record: what many handlers do in one moment with one statement.
 * Rejects with `record.no-call` where the journal has still not written the call: nobody has taken it then, and a card that
 * was closed before would be back after a restart.
 */
export function startHands(
  { clock, releases, node }: Pick<Base, 'clock' | 'releases' | 'node'>,
  { pool }: Pick<Stores, 'pool'>
): Pick<HandsParts, 'recordTaken' | 'recordClosed'> {
  const together = new AskedTogether<Hand, HandAnswer>({
    askAll: hands => recordHands(pool, node, hands),
    subjectOf: ({ callId }) => callId,
    mayBeOfOne: hasAnswered
  })
  releases.push('hands', () => together.stop())
  const record = async (hand: Hand): Promise<boolean> => {
    let answer = await together.ask(hand)
    for (const againMs of AGAIN_AFTER_MS) {
      if (answer !== 'unknown') break
      await pause(againMs)
      answer = await together.ask(hand)
    }
    if (answer === 'unknown') throw new Fault('record.no-call', {})
    return answer === 'done'
  }
  return {
    recordTaken: taking => record({ ...taking, did: 'taken' }),
    recordClosed: async ({ callId, handler, isLast }) => {
      await record({ callId, handler, did: isLast ? 'over' : 'closed', at: clock.now() })
    }
  }
}
