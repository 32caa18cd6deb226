import type { LateFixes } from '../lookups/location/late-fix.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { openCallsOfNumbers } from '../records/calls-by-number.ts'
import { AmlDesk } from './aml-desk.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

interface Parts {
  readonly courier: Pick<PopCourier, 'cards'>
  readonly fixes: Pick<LateFixes, 'add'>
}

/** Takes places that phones send of themselves; does nothing where no key is set. */
export function startAml(
  { config, loaded, log, metrics, clock, releases }: Base,
  { pool }: Stores,
  parts: Parts
): AmlDesk {
  const { windowSeconds, keepSeconds, lines } = config.aml
  const desk = new AmlDesk({
    keys: loaded.amlKeys ?? [],
    windowMs: windowSeconds * 1_000,
    keepMs: keepSeconds * 1_000,
    cards: () => parts.courier.cards(),
    findCalls: numbers => openCallsOfNumbers(pool, numbers, lines),
    fixes: parts.fixes,
    ...{ lines, log, metrics, clock }
  })
  releases.push('aml', () => desk.stop())
  return desk
}
