import { type Call, devicesOf, type Leg } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { type Audience, address, devicesAskedToo, isEntitled, isSentOn, type Offer, type SignOn } from './address.ts'
import { type Card, makeCard } from './card.ts'
import { fromWords } from './escalation-words.ts'
import { isAnswer } from './panel.ts'
import { type EscalatedWords, PANEL_NAMES } from './pop.ts'
import type { SignOnDirectory } from './sign-on-directory.ts'

const NOBODY: ReadonlySet<HandlerId> = new Set()

type Holding = Pick<Card, 'call' | 'audience' | 'takenBy' | 'had' | 'closed' | 'escalated'>
type SignOns = Pick<SignOnDirectory, 'of' | 'near' | 'all'>

/** `from`: who had it, as the taker saw it. */
export interface Taking {
  readonly callId: CallId
  readonly handler: HandlerId
  readonly from?: HandlerId
  readonly at: number
}

/** A handler's part is written up; `isLast`: nobody else's is left, and the contact is over. */
export interface Closing {
  readonly callId: CallId
  readonly handler: HandlerId
  readonly isLast: boolean
}

/** What the record knows of a call beside the call itself. */
export interface Restored {
  readonly takenBy?: HandlerId
  /** Everybody's part in it, and who has written theirs up. */
  readonly hands?: readonly { readonly handler: HandlerId; readonly isClosed: boolean }[]
  /** Whom it was passed on to because those who had it did nothing, oldest first. */
  readonly steps?: readonly { readonly kind: EscalatedWords['why']; readonly handler: HandlerId; readonly at: number }[]
  /** It had settled long before, so that its screens know it. */
  readonly isOld?: boolean
  /** Nobody has heard of it since its node died. */
  readonly isUnheard?: boolean
}

/** The desks that have the call, as one text: by this it is told whether the switch has said something new. */
export function desksOn({ legs }: Call): string {
  return legs.flatMap(leg => (isOn(leg) ? [leg.device] : [])).join()
}

/**
 * Who has the call by the word of the switch: the person at the desk that has it. Whoever is known to have it keeps it
 * as long as theirs is one of several such desks.
 */
export function holderAtDesk(call: Call, signOns: Pick<SignOns, 'near'>, takenBy?: HandlerId): HandlerId | undefined {
  if (call.answeredAt === undefined || call.state === 'released') return undefined
  const on = call.legs.filter(isOn)
  let first: HandlerId | undefined
  for (const signOn of signOns.near(on.flatMap(({ device }) => device ?? []))) {
    if (!on.some(leg => sitsAt(signOn, leg)) || !isEntitled(call, signOn)) continue
    if (signOn.handler === takenBy) return takenBy
    first ??= signOn.handler
  }
  return first
}

/** Everybody who had the call at a desk of theirs, now or before; each of them writes it up. */
export function handlersWhoHad({ legs }: Call): readonly HandlerId[] {
  return legs.flatMap(({ handler, answeredAt }) => (handler === undefined || answeredAt === undefined ? [] : [handler]))
}

/**
 * On whose screens the card may stand: of one taken up from the record nobody here knows whom the gateway before showed
 * it to, only who may have seen it.
 */
export function mayHaveIt({ call, audience, isTakenUp }: Card, signOns: Iterable<SignOn>): readonly HandlerId[] {
  if (isTakenUp !== true) return [...audience.keys()]
  const entitled = [...signOns].flatMap(signOn => (isEntitled(call, signOn) ? [signOn.handler] : []))
  return [...new Set([...audience.keys(), ...entitled])]
}

/** The card of a call that this handler had or was shown, by the record, before they put it away at another gateway. */
export function putAway(card: Card, handler: HandlerId): Card {
  const audience = new Map(card.audience).set(handler, card.audience.get(handler) ?? 'handed')
  return { ...card, audience, had: new Set([...card.had, handler]) }
}

/** Those who had it and have not written it up. */
export function toWriteUp({ had, closed }: Pick<Card, 'had' | 'closed'>): readonly HandlerId[] {
  return [...had].filter(handler => !closed.has(handler))
}

/**
 * Whose screens show the call. While it lives: whoever is entitled now, and those who had it until they have written it
 * up. Once it has ended: whoever had it then, whether signed on or not, because the card waits for them.
 */
export function audienceOf(card: Holding, signOns: SignOns): Audience {
  const { call, closed } = card
  const takenBy = card.takenBy === undefined || closed.has(card.takenBy) ? undefined : card.takenBy
  if (call.state === 'released') return new Map([...endedAudience(card, signOns)])
  const audience = new Map(addressAmong(call, signOns, takenBy, card.escalated?.to))
  for (const handler of card.had) {
    const signOn = signOns.of(handler)
    const isWritingUp = signOn !== undefined && !closed.has(handler) && isEntitled(call, signOn)
    if (!isWritingUp || isAtDesk(audience.get(handler))) continue
    audience.set(handler, handler === takenBy ? 'device' : 'handed')
  }
  return audience
}

/** By those whom the call names alone, where one of them has it: only what is nobody's is offered to all. */
export function addressAmong(
  call: Call,
  signOns: SignOns,
  takenBy?: HandlerId,
  escalatedTo: ReadonlySet<HandlerId> = new Set()
): Audience {
  if (!isSentOn(call, takenBy)) {
    const named = takenBy === undefined ? escalatedTo : [takenBy]
    const devices = [...devicesOf(call), ...devicesAskedToo(call)]
    const near = address(call, signOns.near(devices, named), takenBy, escalatedTo)
    if ([...near.values()].some(isAtDesk)) return near
  }
  return address(call, signOns.all(), takenBy, escalatedTo)
}

/** The same after people have come and gone: an ended call that nobody had is shown to whoever is new on its line too. */
export function audienceAgain(card: Holding, signOns: SignOns): Audience {
  const isNobodys = card.call.state === 'released' && card.had.size === 0
  return isNobodys ? new Map([...addressAmong(card.call, signOns), ...card.audience]) : audienceOf(card, signOns)
}

/** A handler who may not see the call any more has no card of it; one who is away is asked when they come back. */
function endedAudience(card: Holding, signOns: Pick<SignOns, 'of'>): [HandlerId, Offer][] {
  const { call, takenBy, closed, audience } = card
  const may = (handler: HandlerId) => {
    const signOn = signOns.of(handler)
    return signOn === undefined || isEntitled(call, signOn)
  }
  const kept = [...audience].map(([handler, offer]): [HandlerId, Offer] => [
    handler,
    offer === 'rings' ? 'device' : offer
  ])
  const had = toWriteUp(card).map((handler): [HandlerId, Offer] => [handler, handler === takenBy ? 'device' : 'handed'])
  // On whose desk it rang when it ended: a node that takes the call up has no other word of them.
  const rang = call.legs.flatMap(({ handler, sinceAt }): [HandlerId, Offer][] =>
    handler !== undefined && sinceAt === call.releasedAt ? [[handler, 'device']] : []
  )
  return [...new Map([...rang, ...kept, ...had])].filter(([handler]) => !closed.has(handler) && may(handler))
}

/** Whether this person may take the call: nobody has it, its holder is gone, has sent it on, or it rings at their desk. */
export function mayTake(
  { call, takenBy }: Pick<Card, 'call' | 'takenBy'>,
  signOn: SignOn,
  isHolderIn: boolean
): boolean {
  if (takenBy === undefined || !isHolderIn) return true
  return devicesAskedToo(call).some(device => signOn.devices.includes(device)) || isSentOn(call, takenBy)
}

/** The card with whoever has the call, and whoever had it; who has it again has it to write up again. */
export function withHands(card: Card, call: Call, takenBy: HandlerId | undefined): Card {
  const had = new Set([...card.had, ...handlersWhoHad(call), ...(takenBy === undefined ? [] : [takenBy])])
  if (takenBy === undefined) return { ...card, had }
  const isAgain = takenBy !== card.takenBy && card.closed.has(takenBy)
  const closed = isAgain ? new Set([...card.closed].filter(handler => handler !== takenBy)) : card.closed
  return { ...card, had, closed, takenBy }
}

/** A card as the record knows it; nobody has heard of its call since. */
export function restoredCard(call: Call, hands: NonNullable<Restored['hands']>, takenBy: HandlerId | undefined): Card {
  return {
    ...makeCard(call),
    isUnheard: true,
    had: new Set(hands.map(({ handler }) => handler)),
    closed: new Set(hands.flatMap(({ handler, isClosed }) => (isClosed ? [handler] : []))),
    ...(takenBy === undefined ? {} : { takenBy })
  }
}

/**
 * The card by the record, of a call whose card is here already: the screens that have it are known, and, where nobody
 * else had the call in between, what was done here since the record was read.
 */
export function withOwn(recorded: Card, here: Card | undefined): Card {
  if (here === undefined) return recorded
  const { panels, audience, popped, passedTo = NOBODY } = here
  const card: Card = { ...recorded, panels, audience, popped, passedTo }
  if (here.call.generation !== recorded.call.generation - 1) return card
  const had = new Set([...card.had, ...here.had])
  const takenBy = card.takenBy ?? here.takenBy
  const closed = new Set([...card.closed, ...here.closed])
  return { ...card, had, closed, ...(takenBy === undefined ? {} : { takenBy }) }
}

/**
 * The card on the screens where it stood when it was let go of here, or may stand though its handler has put it away,
 * because nobody had the call then who could say so; as far as it must leave them. To those who have it still it is
 * shown as to anybody.
 */
export function withLeft(card: Card, left: Audience, audience: Audience): Card {
  const closed = [...card.closed].map((handler): [HandlerId, Offer] => [handler, 'handed'])
  const gone = [...new Map([...closed, ...left])].filter(([handler]) => !audience.has(handler))
  return gone.length === 0 ? card : { ...card, audience: new Map([...card.audience, ...gone]) }
}

/** The card with handlers to whom it was passed on; undefined where that changes nothing, because they have it or it is over. */
export function passedOn(card: Card | undefined, to: readonly HandlerId[], words: EscalatedWords): Card | undefined {
  const known = card?.escalated?.to ?? new Set<HandlerId>()
  if (card === undefined || isEnded(card) || to.every(handler => known.has(handler))) return undefined
  return { ...card, escalated: { words, to: new Set([...known, ...to]) } }
}

/** The card with those whom it was passed on to by the record. */
export function withSteps(card: Card, signOns: SignOns, steps: NonNullable<Restored['steps']>): Card {
  const last = steps.at(-1)
  if (last === undefined) return card
  const from = fromWords({ audience: audienceAgain(card, signOns) }, handler => signOns.of(handler))
  const words = { from, why: last.kind, at: last.at }
  const to = steps.map(({ handler }) => handler)
  return passedOn(card, to, words) ?? card
}

/** Heard of by this process, and without an answer of every lookup. */
export function lacksPanels({ panels, isUnheard }: Card): boolean {
  return isUnheard !== true && PANEL_NAMES.some(name => !panels.has(name))
}

/** Its notes were asked for, and there was no answer. */
export function lacksNotes({ panels }: Card): boolean {
  const notes = panels.get('notes')
  return notes !== undefined && !isAnswer(notes.panel)
}

/** Ended, or not heard of since a restart. */
export function isOver(card: Card): boolean {
  return isEnded(card) || card.isUnheard === true
}

export function isEnded(card: Card): boolean {
  return card.call.state === 'released'
}

/** So many of these cards at most: live calls before ended ones when there are more. */
export function newestLast(cards: readonly Card[], max: number): readonly Card[] {
  return [...cards.filter(card => isEnded(card)), ...cards.filter(card => !isEnded(card))].slice(-max)
}

export function isSameAudience(one: Audience, other: Audience): boolean {
  return one.size === other.size && [...one].every(([handler, offer]) => other.get(handler) === offer)
}

function isAtDesk(offer: Offer | undefined): boolean {
  return offer === 'device' || offer === 'rings'
}

function isOn({ device, state }: Leg): boolean {
  return device !== undefined && (state === 'connected' || state === 'held')
}

function sitsAt({ devices }: SignOn, { device }: Leg): boolean {
  return device !== undefined && devices.includes(device)
}
