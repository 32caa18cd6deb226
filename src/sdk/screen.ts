import type { Ev, Snapshot } from '../delivery/protocol.ts'
import type { BarePop, Panel, PanelName, PopCard, PopEvent } from '../pop/pop.ts'

/** One call as a screen shows it. A panel that is not there has not been answered yet. */
export interface ScreenCard {
  readonly call: string
  readonly rev: number
  readonly pop: BarePop
  readonly panels: ReadonlyMap<PanelName, { readonly rev: number; readonly panel: Panel }>
}

/** Everything on the screen, in the order in which calls came. Immutable: each message makes the next one. */
export interface Screen {
  readonly cards: ReadonlyMap<string, ScreenCard>
  /** A snapshot of which more is to come; shown when it is whole. */
  readonly arriving?: ReadonlyMap<string, ScreenCard>
  /** Calls that left, with the revision they left at: what was overtaken must not bring them back. */
  readonly gone: ReadonlyMap<string, number>
}

/** Calls that left and are still remembered. */
const MAX_GONE = 500

export const EMPTY_SCREEN: Screen = { cards: new Map(), gone: new Map() }

/**
 * The screen after a message. Pure; a repeat, or a message that was overtaken by a newer one, changes nothing and
 * gives the same object back.
 */
export function reduce(screen: Screen, message: Ev | Snapshot): Screen {
  return message.t === 'snapshot' ? takeSnapshot(screen, message) : takeEvent(screen, message.ev)
}

function takeSnapshot(screen: Screen, { cards, more }: Snapshot): Screen {
  const arriving = new Map(screen.arriving ?? [])
  for (const card of cards) arriving.set(card.call, withPanels(arriving.get(card.call), card))
  if (more) return { ...screen, arriving }
  return { cards: arriving, gone: new Map() }
}

/** A card with many words comes in two, each with some of its panels. */
function withPanels(known: ScreenCard | undefined, { call, rev, pop, panels }: PopCard): ScreenCard {
  const all = new Map(known?.panels ?? [])
  for (const each of panels) all.set(each.panel.panel, each)
  return { call, rev, pop, panels: all }
}

function takeEvent(screen: Screen, event: PopEvent): Screen {
  const known = screen.cards.get(event.call)
  if ((screen.gone.get(event.call) ?? -1) >= event.rev && event.type !== 'call.panel') return screen
  switch (event.type) {
    case 'call.pop':
    case 'call.state':
      return known !== undefined && known.rev >= event.rev ? screen : put(screen, withPop(known, event))
    case 'call.panel':
      return known === undefined ? screen : takePanel(screen, known, event)
    case 'call.gone':
      return known !== undefined && known.rev > event.rev ? screen : remove(screen, event)
    default:
      // A newer gateway says more than this client knows.
      return screen
  }
}

function withPop(
  known: ScreenCard | undefined,
  { call, rev, data }: Extract<PopEvent, { type: 'call.pop' | 'call.state' }>
): ScreenCard {
  // Offered to many: nothing personal may stay on this screen.
  const panels = data.offer === 'device' ? (known?.panels ?? new Map()) : new Map()
  return { call, rev, pop: data, panels }
}

function takePanel(screen: Screen, card: ScreenCard, event: Extract<PopEvent, { type: 'call.panel' }>): Screen {
  const name = event.data.panel
  const known = card.panels.get(name)
  if (known !== undefined && known.rev >= event.rev) return screen
  const panels = new Map(card.panels).set(name, { rev: event.rev, panel: event.data })
  return put(screen, { ...card, panels })
}

function put(screen: Screen, card: ScreenCard): Screen {
  return { ...screen, cards: new Map(screen.cards).set(card.call, card) }
}

function remove(screen: Screen, { call, rev }: { readonly call: string; readonly rev: number }): Screen {
  const cards = new Map(screen.cards)
  cards.delete(call)
  const gone = new Map(screen.gone).set(call, rev)
  const [oldest] = gone.keys()
  if (gone.size > MAX_GONE && oldest !== undefined) gone.delete(oldest)
  return { ...screen, cards, gone }
}
