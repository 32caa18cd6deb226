import type { Call } from '../call/call.ts'
import type { HandlerId } from '../call/ids.ts'
import { type Audience, isEntitled } from './address.ts'
import type { Card, ToBarePop } from './card.ts'
import { toPopCard } from './card-words.ts'
import { audienceAgain, desksOn, holderAtDesk, type Restored, restoredCard, withHands, withSteps } from './holders.ts'
import type { PopCard } from './pop.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

/** A call as its card would be by what the record knows, and whose screens it is on then. */
export interface RecordedCard {
  readonly card: Card
  readonly audience: Audience
}

export function recordedCard(
  call: Call,
  { takenBy, hands = [], steps = [] }: Restored,
  signOns: SignOnDirectory
): RecordedCard {
  const made = restoredCard(call, hands, takenBy)
  const card = withSteps(withHands(made, call, holderOf(made, call, signOns)), signOns, steps)
  return { card, audience: audienceAgain(card, signOns) }
}

interface Asked {
  readonly call: Call
  readonly known: Restored
  readonly handler: HandlerId
}

/** A call that another gateway has as this handler's screen shows it; undefined when it is not theirs. */
export function foreignCard(
  { call, known, handler }: Asked,
  { signOns, toBarePop }: { readonly signOns: SignOnDirectory; readonly toBarePop: ToBarePop }
): PopCard | undefined {
  const signOn = signOns.of(handler)
  if (signOn === undefined || !isEntitled(call, signOn)) return undefined
  const { card, audience } = recordedCard(call, known, signOns)
  if (!audience.has(handler)) return undefined
  return toPopCard({ ...card, audience, isUnheard: call.isUnheard === true }, handler, toBarePop)
}

/** Whether such a card is the handler's own, and not one that many were offered. */
export function isOwnCard(card: PopCard | undefined): boolean {
  return card?.pop.offer === 'device'
}

/** Who has the call: the switch's word counts when it is new; else whoever took it. */
export function holderOf(
  { call: before, takenBy }: Pick<Card, 'call' | 'takenBy'>,
  call: Call,
  signOns: SignOnDirectory
): HandlerId | undefined {
  const isNews = takenBy === undefined || before === call || desksOn(before) !== desksOn(call)
  return isNews ? (holderAtDesk(call, signOns, takenBy) ?? takenBy) : takenBy
}
