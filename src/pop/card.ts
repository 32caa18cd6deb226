import type { Call } from '../call/call.ts'
import type { HandlerId } from '../call/ids.ts'
import { type Audience, isOwnOffer, type Offer } from './address.ts'
import { withCard } from './card-words.ts'
import type { BarePop, EscalatedWords, PanelName, RevisedPanel } from './pop.ts'
import { revisionOf } from './revision.ts'
import type { Send } from './screen-sender.ts'

/** What the screens show of one call. Immutable, like the call: each step gives the next card and what to send. */
export interface Card {
  readonly call: Call
  /** Who has it on the screen now. */
  readonly audience: Audience
  /** Everyone it was ever popped at: the first pop and a later one must not share an event id. */
  readonly popped: ReadonlySet<HandlerId>
  readonly panels: ReadonlyMap<PanelName, RevisedPanel>
  readonly takenBy?: HandlerId
  /** Whom it was passed on to because those who had it did nothing. */
  readonly escalated?: { readonly words: EscalatedWords; readonly to: ReadonlySet<HandlerId> }
  /** Those of them who have had the pop that it was passed on with: they get no second one for that. */
  readonly passedTo?: ReadonlySet<HandlerId>
  /** Everybody who had the call as their own; each of them writes up their part. */
  readonly had: ReadonlySet<HandlerId>
  /** Those of them, and of those it was only shown to, who have closed their card. */
  readonly closed: ReadonlySet<HandlerId>
  /** Taken up from the record after a restart, and no switch has said anything of it since: it may be long over. */
  readonly isUnheard?: boolean
  /** Taken up from the record: who had its first pop before that is not known here. */
  readonly isTakenUp?: boolean
  /** The revision at which screens may have lost its panels: what was said of them before is to be said again. */
  readonly againRev?: number
  /** Rises with each message about the card; together with the call's generation it makes the revision. */
  readonly changes: number
}

export interface Step {
  readonly card: Card
  readonly sends: readonly Send[]
}

/** Makes the words of a pop; `pop/bare-pop.ts` in the gateway. */
export type ToBarePop = (call: Call, offer: Offer) => BarePop

export function makeCard(call: Call): Card {
  return {
    call,
    audience: new Map(),
    popped: new Set(),
    had: new Set(),
    closed: new Set(),
    panels: new Map(),
    changes: 0
  }
}

/**
 * The call moved, or who is entitled to it did. New on a screen: a pop. Already there: the new state. Offered to many
 * and now somebody's own: a pop again, with its panels. No longer theirs: gone.
 */
export function readdress(card: Card, call: Call, audience: Audience, at: number, toBarePop: ToBarePop): Step {
  const rev = revision(call, card.changes + 1)
  const toPop: HandlerId[] = []
  const toTell: HandlerId[] = []
  for (const [handler, offer] of audience) {
    if (isNewTo(card.audience.get(handler), offer)) toPop.push(handler)
    else toTell.push(handler)
  }
  const gone = [...card.audience.keys()].filter(handler => !audience.has(handler))
  const isOwnAgain = toPop.some(handler => !isFirstAt(card, handler) && isOwnOffer(audience.get(handler) ?? 'queue'))
  const next: Card = {
    ...card,
    ...(isOwnAgain ? { againRev: rev } : {}),
    call,
    audience,
    popped: toPop.length === 0 ? card.popped : new Set([...card.popped, ...toPop]),
    ...(card.escalated === undefined
      ? {}
      : { passedTo: new Set(whoHasIt(card.escalated.to, audience, card.passedTo)) }),
    changes: card.changes + 1
  }
  const words = (offer: Offer) => withCard(toBarePop(call, offer), next, offer)
  const sends = [
    ...pops(card, call, audience, toPop, { rev, at, words }),
    ...byOffer(toTell, audience).map(
      ([offer, handlers]): Send => ({
        handlers,
        eventId: `state:${call.callId}:${rev}`,
        receivedAt: at,
        ev: { type: 'call.state', call: call.callId, rev, data: words(offer) }
      })
    ),
    ...(gone.length === 0 ? [] : [goneSend(call, gone, 'taken-elsewhere', rev, at)])
  ]
  return { card: next, sends }
}

function whoHasIt(to: ReadonlySet<HandlerId>, audience: Audience, before: Iterable<HandlerId> = []): HandlerId[] {
  return [...before, ...[...to].filter(handler => audience.has(handler))]
}

/**
 * By the record these handlers may have it already: its first pop, which a log that has that takes for a repeat, and
 * then its state everywhere, which rings nowhere.
 */
export function readdressAgain(card: Card, audience: Audience, at: number, toBarePop: ToBarePop): Step {
  const first = readdress({ ...card, isTakenUp: false }, card.call, audience, at, toBarePop)
  // From here on a pop is a pop again: a log that has the first one from before would take it for a repeat.
  const again = readdress({ ...first.card, isTakenUp: true }, card.call, audience, at, toBarePop)
  // The gateway before may have shown it to its own handler as everybody's, without panels. Once it has ended nobody does.
  const lost = card.call.state === 'released' ? {} : { againRev: cardRevision(again.card) }
  return { card: { ...again.card, ...lost }, sends: [...first.sends, ...again.sends] }
}

/** All that is to be shown of it, said again to screens that may have been shown less: no new pop, nobody is rung. */
export function sayAgain(card: Card, at: number, toBarePop: ToBarePop): Step {
  const step = readdress(card, card.call, card.audience, at, toBarePop)
  const owners = ownersOf(card)
  const again = `:${cardRevision(step.card)}`
  const panels = owners.length === 0 ? [] : [...card.panels.values()]
  return { ...step, sends: [...step.sends, ...panels.map(panel => panelSend(card.call, owners, panel, at, again))] }
}

/** The screen shows more or less of the call than before, or the call comes to this desk again. */
function isNewTo(before: Offer | undefined, offer: Offer): boolean {
  if (before === undefined || isOwnOffer(before) !== isOwnOffer(offer)) return true
  return offer === 'rings' && before === 'handed'
}

/** A lookup's answer. Kept for whoever sees the call later; sent only to those whose call it is. */
export function putPanel(card: Card, revised: RevisedPanel, at: number): Step {
  const known = card.panels.get(revised.panel.panel)
  if (known !== undefined && known.rev >= revised.rev) return { card, sends: [] }
  const panels = new Map(card.panels).set(revised.panel.panel, revised)
  const owners = ownersOf(card)
  const again = card.againRev === undefined ? '' : `:${card.againRev}`
  const sends = owners.length === 0 ? [] : [panelSend(card.call, owners, revised, at, again)]
  return { card: { ...card, panels }, sends }
}

/** The written-up card leaves the screens of all who may have it. */
export function closeCard(card: Card, handlers: readonly HandlerId[], at: number): readonly Send[] {
  return handlers.length === 0
    ? []
    : [goneSend(card.call, handlers, 'closed', revision(card.call, card.changes + 1), at)]
}

/** It leaves the screens of those whose it is not any more. */
export function leave(card: Card, handlers: readonly HandlerId[], at: number): readonly Send[] {
  return handlers.length === 0
    ? []
    : [goneSend(card.call, handlers, 'taken-elsewhere', revision(card.call, card.changes + 1), at)]
}

/** One handler has written up their part: the card leaves their screen and stays on the others. */
export function closeFor(card: Card, handler: HandlerId, at: number): Step {
  const audience = new Map(card.audience)
  audience.delete(handler)
  const changes = card.changes + 1
  const closed = new Set([...card.closed, handler])
  const sends = card.audience.has(handler)
    ? [goneSend(card.call, [handler], 'closed', revision(card.call, changes), at)]
    : []
  return { card: { ...card, audience, closed, changes }, sends }
}

/** The revision a snapshot of the card carries. */
export function cardRevision(card: Card): number {
  return revision(card.call, card.changes)
}

function ownersOf({ audience }: Card): readonly HandlerId[] {
  return [...audience].flatMap(([handler, offer]) => (isOwnOffer(offer) ? [handler] : []))
}

interface Wording {
  readonly rev: number
  readonly at: number
  readonly words: (offer: Offer) => BarePop
}

function pops(card: Card, call: Call, audience: Audience, handlers: HandlerId[], wording: Wording): Send[] {
  const { rev, at, words } = wording
  const sends: Send[] = []
  // The first pop, and the one that it was passed on with, have the same id whoever sends them, so that a restart or a
  // second node cannot ring twice.
  const idOf = (handler: HandlerId) => {
    if (card.escalated?.to.has(handler) === true && card.passedTo?.has(handler) !== true) return ':passed-on'
    return isFirstAt(card, handler) ? '' : `:${rev}`
  }
  for (const again of ['', ':passed-on', `:${rev}`]) {
    const these = handlers.filter(handler => idOf(handler) === again)
    for (const [offer, group] of byOffer(these, audience)) {
      sends.push({
        handlers: group,
        eventId: `pop:${call.callId}${again}`,
        receivedAt: at,
        ev: { type: 'call.pop', call: call.callId, rev, data: words(offer) }
      })
      if (!isOwnOffer(offer)) continue
      // A screen that lost the card lost its panels too: they go again, under ids of their own.
      for (const panel of card.panels.values()) sends.push(panelSend(call, group, panel, at, again))
    }
  }
  return sends
}

function isFirstAt({ isTakenUp, popped }: Card, handler: HandlerId): boolean {
  return isTakenUp !== true && !popped.has(handler)
}

function panelSend(
  call: Call,
  handlers: readonly HandlerId[],
  { rev, panel }: RevisedPanel,
  at: number,
  again = ''
): Send {
  return {
    handlers,
    eventId: `panel:${call.callId}:${panel.panel}:${rev}${again}`,
    receivedAt: at,
    ev: { type: 'call.panel', call: call.callId, rev, data: panel }
  }
}

function goneSend(
  call: Call,
  handlers: readonly HandlerId[],
  why: 'taken-elsewhere' | 'closed',
  rev: number,
  at: number
): Send {
  return {
    handlers,
    eventId: `gone:${call.callId}:${rev}`,
    receivedAt: at,
    ev: { type: 'call.gone', call: call.callId, rev, data: { why } }
  }
}

function byOffer(handlers: readonly HandlerId[], audience: Audience): [Offer, HandlerId[]][] {
  const groups = new Map<Offer, HandlerId[]>()
  for (const handler of handlers) {
    const offer = audience.get(handler)
    if (offer === undefined) continue
    const group = groups.get(offer)
    if (group === undefined) groups.set(offer, [handler])
    else group.push(handler)
  }
  return [...groups]
}

function revision(call: Call, changes: number): number {
  return revisionOf(call.generation, changes)
}
