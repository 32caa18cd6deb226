import type { Ev, Snapshot } from '../delivery/protocol.ts'
import type { BarePop, BuiltInPanel, OtherPanel, RevisedPanel } from '../pop/pop.ts'
import { generationOf, isByRecord } from '../pop/revision.ts'
import { boardOf, reduceBoard, type ScreenBoard } from './board.ts'

export type Panels = { readonly [name in BuiltInPanel]?: RevisedPanel } & { readonly [name: OtherPanel]: RevisedPanel }

/** One call on the screen. A panel that is not there is pending. */
export interface ScreenCard {
  readonly call: string
  readonly rev: number
  readonly pop: BarePop
  readonly panels: Panels
}

/** Everything a handler's screen shows, and what it must remember so that a late repeat changes nothing. */
export interface Screen {
  /** By call, in the order of their first pop. */
  readonly cards: ReadonlyMap<string, ScreenCard>
  /** Calls that left, with the revision they left by: an older pop of theirs must not bring them back. */
  readonly gone: ReadonlyMap<string, number>
  /** Panels of calls that are not, or not yet, this handler's own: never shown, kept for the pop that may follow. */
  readonly early: ReadonlyMap<string, Panels>
  /** Calls that the last snapshot had no room for. */
  readonly left?: number
  /** A supervisor's alarms and ledger; undefined on a handler's screen. */
  readonly board?: ScreenBoard
}

export const EMPTY_SCREEN: Screen = { cards: new Map(), gone: new Map(), early: new Map() }

/** Ended calls nobody closed; the oldest leave the screen first and stay in the record. Live ones are never cut. */
const MAX_ENDED = 1_000
const MAX_GONE = 2_000
const MAX_EARLY = 200

/**
 * The next screen. Revisions decide, not arrival: of a card the highest of pop, state and gone holds, of a panel the
 * highest of its own row, so that a repeat, or a message that took another way, ends in the same screen. A snapshot is
 * taken for whole: the client has put its parts together.
 */
export function reduce(screen: Screen, message: Snapshot | Ev): Screen {
  if (message.t === 'snapshot') return fromSnapshot(screen, message)
  const { ev } = message
  switch (ev.type) {
    case 'call.pop':
    case 'call.state':
      return putCard(screen, ev.call, ev.rev, ev.data)
    case 'call.panel':
      return putPanel(screen, ev.call, { rev: ev.rev, panel: ev.data })
    case 'call.gone':
      return takeAway(screen, ev.call, ev.rev)
    case 'alarm.raised':
    case 'alarm.ended':
    case 'ledger.entry':
    case 'handover.changed':
      return { ...screen, board: reduceBoard(screen.board, ev) }
    default:
      // A kind of event that is newer than this client.
      return screen
  }
}

/**
 * What had left stays away: a log that Redis takes again after it was away still has what was said before. Of a partial
 * one, made while the record was away, revisions decide: the screen may know more. Of a call's end it may in any.
 */
function fromSnapshot(screen: Screen, snapshot: Snapshot): Screen {
  const isPartial = snapshot.partial === true
  const shown = new Map(isPartial ? screen.cards : [])
  for (const { call, rev, pop, panels } of snapshot.cards) {
    const known = shown.get(call)
    if (isPartial && (known?.rev ?? screen.gone.get(call) ?? -1) > rev) continue
    // A card with many words may come in two, each with some of its panels.
    const own = pop.offer === 'device' ? panels.reduce(withPanel, known?.panels ?? {}) : {}
    shown.set(call, withKnownEnd({ call, rev, pop, panels: own }, screen.cards.get(call)))
  }
  const gone = new Map([...screen.gone].filter(([call]) => !shown.has(call)))
  const board = boardOf(snapshot)
  const { left } = snapshot
  return {
    ...{ ...EMPTY_SCREEN, cards: shown, gone },
    ...(left === undefined ? {} : { left }),
    ...(board === undefined ? {} : { board })
  }
}

function putCard(screen: Screen, call: string, rev: number, pop: BarePop): Screen {
  const known = screen.cards.get(call)
  const lastRev = known?.rev ?? screen.gone.get(call) ?? -1
  if (rev <= lastRev) return screen
  // Offered to many, a call shows nothing of a person; what it showed while it was this handler's own goes.
  const isOwn = pop.offer === 'device'
  const early = isOwn ? without(screen.early, call) : screen.early
  const panels = isOwn ? merged(known?.panels ?? {}, screen.early.get(call)) : {}
  const cards = new Map(screen.cards).set(call, withKnownEnd({ call, rev, pop, panels }, known))
  return { ...screen, cards: withoutOldestEnded(cards), gone: without(screen.gone, call), early }
}

/**
 * In one generation a call ends once. The record counts no messages and may be behind the gateway that has the call, or
 * ahead of a log: between it and another, of which one has the end, the end holds, and the higher number, so that what is
 * said next still follows.
 */
function withKnownEnd(card: ScreenCard, known: ScreenCard | undefined): ScreenCard {
  const hasEnded = known?.pop.state === 'released' && generationOf(known.rev) === generationOf(card.rev)
  if (!hasEnded || !(isByRecord(known.rev) || isByRecord(card.rev))) return card
  // Two gateways may have had one call: what began after the end at one goes on at the other.
  const { state, offeredAt, answeredAt = offeredAt } = card.pop
  if (state !== 'released' && answeredAt > (known.pop.releasedAt ?? Infinity)) return card
  const rev = Math.max(known.rev, card.rev)
  if (state === 'released') return { ...card, rev }
  return { ...known, rev, panels: merged(known.panels, card.panels) }
}

function putPanel(screen: Screen, call: string, revised: RevisedPanel): Screen {
  const card = screen.cards.get(call)
  if (card === undefined && screen.gone.has(call)) return screen
  if (card?.pop.offer !== 'device') {
    const early = bounded(screen.early, call, withPanel(screen.early.get(call) ?? {}, revised), MAX_EARLY)
    return { ...screen, early }
  }
  const panels = withPanel(card.panels, revised)
  return panels === card.panels ? screen : { ...screen, cards: new Map(screen.cards).set(call, { ...card, panels }) }
}

function takeAway(screen: Screen, call: string, rev: number): Screen {
  const lastRev = screen.cards.get(call)?.rev ?? screen.gone.get(call) ?? -1
  if (rev <= lastRev) return screen
  return {
    ...screen,
    cards: without(screen.cards, call),
    gone: bounded(screen.gone, call, rev, MAX_GONE),
    early: without(screen.early, call)
  }
}

function withPanel(panels: Panels, revised: RevisedPanel): Panels {
  const known = panels[revised.panel.panel]
  return known !== undefined && known.rev >= revised.rev ? panels : { ...panels, [revised.panel.panel]: revised }
}

function merged(panels: Panels, others: Panels = {}): Panels {
  return Object.values<RevisedPanel>(others).reduce(withPanel, panels)
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map
  const next = new Map(map)
  next.delete(key)
  return next
}

/** The entry put last, the oldest forgotten when there are more than `max`. */
function bounded<T>(map: ReadonlyMap<string, T>, key: string, value: T, max: number): ReadonlyMap<string, T> {
  const next = new Map(map)
  next.delete(key)
  next.set(key, value)
  const [oldest] = next.keys()
  if (next.size > max && oldest !== undefined) next.delete(oldest)
  return next
}

function withoutOldestEnded(cards: Map<string, ScreenCard>): ReadonlyMap<string, ScreenCard> {
  if (cards.size <= MAX_ENDED) return cards
  const ended = [...cards.values()].filter(card => card.pop.state === 'released')
  for (const { call } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) cards.delete(call)
  return cards
}
