import type { DisclosurePorts } from '../http/disclosure-routes.ts'
import type { SignOnPorts } from '../http/sign-on-routes.ts'
import type { WatchedCallPorts } from '../http/watched-call-routes.ts'
import type { ToBarePop } from '../pop/card.ts'
import { mayOf } from '../pop/disclosure-rules.ts'
import { readOpenCall } from '../records/adoption.ts'
import { readCallRecord } from '../records/call-record.ts'
import { addDisclosure, extendPeek } from '../records/disclosures.ts'
import { findPastCalls, readLiveCalls } from '../records/watched-calls.ts'
import { makeAskCount } from './ask-count.ts'
import type { Base } from './base.ts'
import { makeDisclosureDesk } from './disclosure-desk.ts'
import { makeKeptPanels } from './kept-panels.ts'
import type { Stores } from './open-stores.ts'
import type { Delivery } from './start-delivery.ts'
import { makeWatchedCallDesk } from './watched-call-desk.ts'

/** Questions of one handler in a minute: more are no person's. */
const ASKED_PER_MINUTE = 60
/** A list and a card, each asked for every second or two. */
const ASKED_ON_PER_MINUTE = 180

/** Over the pool of what people search by hand: no call waits for any of it. */
export function startDisclosures(
  { config, log, clock }: Base,
  { searchPool: pool }: Pick<Stores, 'searchPool'>,
  { courier, signOns, memory, tail }: Pick<Delivery, 'courier' | 'signOns' | 'memory' | 'tail'>,
  toBarePop: ToBarePop
): DisclosurePorts & WatchedCallPorts & Pick<SignOnPorts, 'mayOf'> {
  const rules = config.disclosures
  const shared = {
    ...{ rules, log, now: () => clock.now() },
    add: (disclosure: Parameters<typeof addDisclosure>[1]) => addDisclosure(pool, disclosure),
    mayAsk: makeAskCount(clock, ASKED_PER_MINUTE)
  }
  return {
    ...makeDisclosureDesk({
      ...shared,
      read: callId => readCallRecord(pool, callId),
      panelsOf: makeKeptPanels({ courier, memory, tail })
    }),
    ...makeWatchedCallDesk({
      ...shared,
      ...{ courier, signOns, memory, toBarePop },
      readOpen: callId => readOpenCall(pool, callId),
      readLive: (forces, now) => readLiveCalls(pool, forces, now),
      findPast: (by, ask) => findPastCalls(pool, by, ask),
      extend: ask => extendPeek(pool, ask),
      mayAskOn: makeAskCount(clock, ASKED_ON_PER_MINUTE)
    }),
    mayOf: signOn => mayOf(signOn, rules)
  }
}
