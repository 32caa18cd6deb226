import type { CallRegistry } from '../call/call-registry.ts'
import { reasonOf } from '../operations/errors.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { addLateWord, confirmFix, laterChanges } from '../records/location-fixes.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import type { Base } from './base.ts'
import { type ConfirmCommand, makeConfirmFix } from './confirm-fix.ts'
import { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import type { Lookups } from './start-lookups.ts'

interface Parts {
  readonly registry: CallRegistry
  readonly courier: Pick<PopCourier, 'cards'>
  readonly take: TakeEvent
}

/** Where sources leave fixes that come after a call's first lookups. */
export function startLateFixes(
  { log, metrics, clock, releases, node }: Pick<Base, 'log' | 'metrics' | 'clock' | 'releases' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { registry, courier, take }: Parts
): LateFixBook {
  const book = new LateFixBook({
    record: (word, options) => addLateWord(pool, node, word, options),
    laterChanges: known => laterChanges(pool, known),
    cards: () => courier.cards(),
    ...{ registry, take, log, metrics, clock }
  })
  releases.push('late fixes', () => book.stop())
  return book
}

/** After a restart: what was recorded while nobody had the calls that were taken up. */
export async function catchUpLateFixes({ log }: Pick<Base, 'log'>, book: LateFixBook): Promise<void> {
  await book.reconcile().catch(thrown => log.debug('location.reconcile', { reason: reasonOf(thrown) }))
}

interface ConfirmParts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly lookups: Pick<Lookups, 'locate'>
  readonly fixes: LateFixBook
}

export function startConfirmFix(
  { log, clock, node }: Pick<Base, 'log' | 'clock' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { courier, lookups, fixes }: ConfirmParts
): ConfirmCommand {
  return makeConfirmFix({
    courier,
    locate: lookups.locate,
    confirm: confirming => confirmFix(pool, node, confirming),
    tell: (callId, change) => fixes.tell(callId, change),
    onDoubt: callId => fixes.doubt(callId),
    ...{ log, clock }
  })
}
