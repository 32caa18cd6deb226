import type { CallId } from '../../src/call/ids.ts'
import { toBarePop } from '../../src/pop/bare-pop.ts'
import { cardRevision, makeCard } from '../../src/pop/card.ts'
import type { PopCard, PopEvent } from '../../src/pop/pop.ts'
import { anOffer, callAfter } from './call-events.ts'

/** The pop of a call of this name, as a log holds it. */
export function aPop(name = 'call-1', rev = 1): PopEvent {
  const call = callAfter(anOffer({ name }))
  return { type: 'call.pop', call: call.callId, rev, data: toBarePop(call, 'device') }
}

export function popIdOf(ev: PopEvent): string {
  return ev.type === 'call.pop' ? ev.data.popId : ''
}

/** The card of a call of this name, as a snapshot carries it. */
export function aCard(name = 'call-1'): PopCard {
  const call = callAfter(anOffer({ name }))
  return { call: call.callId as CallId, rev: cardRevision(makeCard(call)), pop: toBarePop(call, 'device'), panels: [] }
}
