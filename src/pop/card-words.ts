import type { Leg } from '../call/call.ts'
import type { HandlerId } from '../call/ids.ts'
import { isOwnOffer, isSentOn, type Offer } from './address.ts'
import { type Card, cardRevision, type ToBarePop } from './card.ts'
import type { BarePop, PopCard } from './pop.ts'

/** The words of a pop with what only the card knows, as those handlers read it who have this offer. */
export function withCard(pop: BarePop, card: Card, offer: Offer): BarePop {
  const { call, takenBy, escalated, isUnheard } = card
  const said: BarePop = isUnheard === true && pop.state !== 'released' ? { ...pop, unheard: true } : pop
  if (offer === 'rings') return ringing(said, card)
  const isFree = takenBy === undefined || (offer === 'queue' && isSentOn(call, takenBy))
  return {
    ...said,
    ...(isFree ? {} : { takenBy }),
    ...(offer === 'escalated' && escalated !== undefined ? { escalated: escalated.words } : {}),
    ...handedOver(card, offer)
  }
}

/** At this desk it rings, whatever it does at the one that has it. */
function ringing(pop: BarePop, { call }: Card): BarePop {
  if (call.state === 'released') return pop
  const { answeredAt: _, ...unanswered } = pop
  const device = call.legs.find(leg => leg.state === 'alerting')?.device
  return { ...unanswered, state: 'alerting', ...(device === undefined ? {} : { device }) }
}

/** For whoever sent the call on: where it went, and whether somebody has it there. */
function handedOver({ call, takenBy }: Card, offer: Offer): Pick<BarePop, 'handedOverTo' | 'wrapUp'> {
  if (offer === 'handed') {
    const to = call.legs.find(leg => isOn(leg)) ?? call.legs.findLast(leg => leg.handler === takenBy)
    return {
      handedOverTo: {
        ...(to?.device === undefined ? {} : { device: to.device }),
        ...(takenBy === undefined ? {} : { handler: takenBy }),
        answered: true,
        at: to?.sinceAt ?? call.offeredAt
      },
      ...(call.state === 'released' ? {} : { wrapUp: true })
    }
  }
  const from = call.legs.find(leg => leg.state === 'handing-over')
  if (offer !== 'device' || from === undefined) return {}
  const device = call.legs.find(leg => leg.state === 'alerting')?.device
  return { handedOverTo: { ...(device === undefined ? {} : { device }), answered: false, at: from.sinceAt } }
}

function isOn({ device, state }: Leg): boolean {
  return device !== undefined && (state === 'connected' || state === 'held')
}

/** The card as a handler's snapshot carries it: the panels are for whoever has the call. */
export function toPopCard(card: Card, handler: HandlerId, toBarePop: ToBarePop): PopCard {
  const offer = card.audience.get(handler) ?? 'queue'
  return {
    call: card.call.callId,
    rev: cardRevision(card),
    pop: withCard(toBarePop(card.call, offer), card, offer),
    panels: isOwnOffer(offer) ? [...card.panels.values()] : []
  }
}
