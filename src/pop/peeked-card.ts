import { type Card, cardRevision, type ToBarePop } from './card.ts'
import { withCard } from './card-words.ts'
import type { PopCard, RevisedPanel } from './pop.ts'

/** A live call as somebody reads it along who does not have it: as on the screen of whoever has it, with all its panels. */
export function toPeekedCard(card: Card, panels: Iterable<RevisedPanel>, toBarePop: ToBarePop): PopCard {
  return {
    call: card.call.callId,
    rev: cardRevision(card),
    pop: withCard(toBarePop(card.call, 'device'), card, 'device'),
    panels: [...panels]
  }
}
