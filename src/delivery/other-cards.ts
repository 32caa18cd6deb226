import { type BarePop, PANEL_NAMES, type PopCard, type PopEvent, type RevisedPanel } from '../pop/pop.ts'
import { generationOf } from '../pop/revision.ts'
import type { LogEntry } from '../pop/session-log.ts'

/*
 * The screen of a handler whose calls lie at several nodes. Three places know of them: this node's own cards, the
 * record, which has every open call and lags behind by what its writers hold, and the end of the handler's own log,
 * which has what was said last. Revisions decide between them, as they do on the screen.
 */

/** `changedAt`: epoch ms of the last that the record knows of the call. */
export type RecordedPop = PopCard & { readonly changedAt?: number }

/** What is known of calls that other nodes hold. */
export interface OtherCards {
  /** Open calls of other nodes by the record; undefined when it did not answer. */
  readonly recorded: readonly RecordedPop[] | undefined
  /** How many more the record has. */
  readonly left?: number
  /** The end of the handler's log, oldest first; undefined when Redis did not answer. */
  readonly tail: readonly LogEntry[] | undefined
  /** Epoch ms at which both were asked. */
  readonly askedAt: number
}

/** The record has an event this long after its log at the latest, unless it is away. */
const RECORD_LAG_MS = 30_000

type PopOrState = Extract<PopEvent, { type: 'call.pop' | 'call.state' }>
type Gone = Extract<PopEvent, { type: 'call.gone' }>

interface Shown {
  readonly rev: number
  readonly pop: PopCard['pop']
  readonly panels: ReadonlyMap<string, RevisedPanel>
}

/** Cards for one screen. `isPart`: to be made again soon, because who knows more has not answered, or may not be right. */
export interface Snapshot {
  readonly cards: readonly PopCard[]
  readonly isPart: boolean
  /** Calls of this screen that are not among the cards. */
  readonly left: number
}

/**
 * Whether `shown` may not be right: one that knows of other nodes' calls did not answer, panels of theirs are missing, or
 * the log alone has a call, whose node may have died before it was recorded.
 */
function isPart(own: readonly PopCard[], { recorded, tail }: OtherCards, shown: readonly PopCard[]): boolean {
  if (recorded === undefined || tail === undefined) return true
  const theirs = new Set(recorded.map(({ call }) => call))
  const ours = new Set(own.map(({ call }) => call))
  return shown.some(card => (theirs.has(card.call) ? lacksPanels(card) : !ours.has(card.call)))
}

/** Of somebody's own call, whose answers have not all come, or were lost with Redis. */
export function lacksPanels({ pop, panels }: PopCard): boolean {
  if (pop.offer !== 'device') return false
  const has = new Set<string>(panels.map(({ panel }) => panel.panel))
  return PANEL_NAMES.some(name => !has.has(name))
}

/** All cards of one handler, at most `max`, live ones before ended ones, newest last. */
export function mergeCards(own: readonly PopCard[], others: OtherCards, max: number): Snapshot {
  const shown = new Map<string, Shown>()
  for (const card of [...(others.recorded ?? []), ...own]) put(shown, card)
  const since = others.recorded === undefined ? 0 : others.askedAt - RECORD_LAG_MS
  const gone = new Map<string, number>()
  const recorded = new Map((others.recorded ?? []).map(card => [card.call, card]))
  for (const { ev, receivedAt } of others.tail ?? []) {
    if (ev.type === 'call.panel') {
      const card = shown.get(ev.call)
      if (card !== undefined)
        shown.set(ev.call, { ...card, panels: withPanel(card.panels, { rev: ev.rev, panel: ev.data }) })
    } else if (ev.type === 'call.gone') {
      if (isRecordAhead(recorded.get(ev.call), ev, receivedAt)) continue
      gone.set(ev.call, ev.rev)
      if ((shown.get(ev.call)?.rev ?? -1) <= ev.rev) shown.delete(ev.call)
    } else if (ev.type === 'call.pop' || ev.type === 'call.state') {
      const isNews = shown.has(ev.call) || receivedAt >= since
      if (isNews && ev.rev > (gone.get(ev.call) ?? -1)) {
        put(shown, { call: ev.call, rev: ev.rev, pop: lastPop(shown.get(ev.call), ev), panels: [] })
      }
    }
  }
  const cards = newest(shown, max)
  const left = shown.size - cards.length + (others.left ?? 0)
  return { cards, isPart: isPart(own, others, cards), left }
}

/**
 * The words of a log's entry, unless the call has ended by what is known: the record counts no messages, and may be ahead of
 * a log whose node cannot reach Redis. What comes after that entry still follows it.
 */
function lastPop(known: Shown | undefined, { rev, data }: PopOrState): BarePop {
  const hasEnded = known?.pop.state === 'released' && generationOf(rev) <= generationOf(known.rev)
  return hasEnded ? known.pop : data
}

/**
 * Whether the record, which counts no messages, knows of a later change than the one by which the card left: the log of
 * a node that cannot reach Redis does not say yet that the call came back. A call that has ended comes back to nobody who
 * has closed it, whatever the clocks of two nodes say of what was first.
 */
function isRecordAhead(recorded: RecordedPop | undefined, { rev, data }: Gone, receivedAt: number): boolean {
  if (recorded?.changedAt === undefined || generationOf(recorded.rev) !== generationOf(rev)) return false
  if (data.why === 'closed' && recorded.pop.state === 'released') return false
  return recorded.changedAt > receivedAt
}

function put(shown: Map<string, Shown>, { call, rev, pop, panels }: PopCard): void {
  const known = shown.get(call)
  const all = panels.reduce(withPanel, known?.panels ?? new Map())
  if (known !== undefined && known.rev > rev) shown.set(call, { ...known, panels: all })
  else shown.set(call, { rev, pop, panels: all })
}

function withPanel(
  panels: ReadonlyMap<string, RevisedPanel>,
  revised: RevisedPanel
): ReadonlyMap<string, RevisedPanel> {
  const known = panels.get(revised.panel.panel)
  return known !== undefined && known.rev >= revised.rev ? panels : new Map(panels).set(revised.panel.panel, revised)
}

function newest(shown: ReadonlyMap<string, Shown>, max: number): readonly PopCard[] {
  const cards = [...shown].map(
    ([call, { rev, pop, panels }]): PopCard => ({
      call,
      rev,
      pop,
      // Offered to many, a call shows nothing of a person.
      panels: pop.offer === 'device' ? [...panels.values()] : []
    })
  )
  cards.sort((one, other) => one.pop.offeredAt - other.pop.offeredAt)
  const isEnded = ({ pop }: PopCard) => pop.state === 'released'
  return [...cards.filter(isEnded), ...cards.filter(card => !isEnded(card))].slice(-max)
}
