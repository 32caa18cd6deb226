import { isSynthetic } from '../call/synthetic.ts'
import type { ConsolePresence } from '../delivery/console-presence.ts'
import type { DeskPorts, DeskState } from '../http/desk-routes.ts'
import type { Clock } from '../operations/lifecycle.ts'
import { type RoutingReader, senderOf } from '../operations/sender-tokens.ts'
import { TokenBucket } from '../operations/token-bucket.ts'
import type { SignOn } from '../pop/address.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'

interface Parts {
  readonly readers: readonly RoutingReader[]
  readonly asksPerSecond: number
  readonly signOns: Pick<SignOnDirectory, 'all'>
  readonly presence: Pick<ConsolePresence, 'of'>
  readonly clock: Clock
}

/** Whoever was away may ask this much at once. */
const BURST_SECONDS = 2

/**
 * What routing may be told of screens: of the desks of its force where somebody is signed on. Answered from memory, also
 * while both stores are away.
 */
export function makeRoutingDesk({ readers, asksPerSecond, signOns, presence, clock }: Parts): DeskPorts {
  const rate = { perSecond: asksPerSecond, burst: asksPerSecond * BURST_SECONDS }
  const buckets = new Map(readers.map(reader => [reader, new TokenBucket(rate, clock.monotonicMs())]))
  const toState = ({ handler, position, devices }: SignOn): DeskState => {
    const { attention, sinceAt } = presence.of(handler)
    return {
      ...{ position, devices: [...devices], state: attention, mayRoute: attention === 'live' },
      ...(sinceAt === 0 ? {} : { since: sinceAt })
    }
  }
  return {
    deskStates: token => {
      if (readers.length === 0) return 'off'
      const reader = senderOf(readers, token)
      if (reader === undefined) return 'unknown'
      if (buckets.get(reader)?.take(clock.monotonicMs()) !== true) return 'too-many'
      const theirs = [...signOns.all()].filter(({ handler, force }) => force === reader.force && !isSynthetic(handler))
      theirs.sort((one, other) => one.position.localeCompare(other.position))
      return { force: reader.force, at: clock.now(), desks: theirs.map(toState) }
    }
  }
}
