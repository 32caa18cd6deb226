import { formatNumber } from '../call/cli.ts'
import { type AskedCall, isNoneOf } from '../lookups/caller-words.ts'
import { BUILT_IN_NAMES, type BuiltInName, COULD_NOT_ASK, type SourceName } from '../lookups/lookup.ts'
import { numbersAsked } from '../lookups/numbers-asked.ts'
import type { Answer } from '../lookups/run-lookups.ts'
import { toHistoryItems } from './contact-item.ts'
import { toCrimeItems } from './crime-items.ts'
import { NO_LINKS, type ToLink } from './deep-link.ts'
import { toIncidentItems } from './incident-items.ts'
import { toLocationItems } from './location-items.ts'
import { toWarningItems } from './marker-items.ts'
import { toNoteItems } from './note-items.ts'
import { toOtherItems } from './other-items.ts'
import { MAX_ITEMS, type ToItems } from './panel-items.ts'
import { toPeopleItems } from './person-item.ts'
import type { Panel, PanelItem, SaidOfCaller } from './pop.ts'
import { toUnitItems } from './unit-items.ts'

/** A panel goes in one message, with room for what is around it; what does not fit is counted as more. */
const ITEMS_MAX_BYTES = 32 * 1024

/** Who writes the answers of each lookup; which type a lookup answers with is its own, and its writer's. */
const WRITERS: Readonly<Record<BuiltInName, ToItems<never>>> = {
  warnings: toWarningItems,
  identity: toPeopleItems,
  location: toLocationItems,
  'incidents-nearby': toIncidentItems,
  history: toHistoryItems,
  crimes: toCrimeItems,
  notes: toNoteItems,
  units: toUnitItems
}

/** What the config declares is written by its own mapping already. */
function writerOf(name: SourceName): ToItems<never> {
  return BUILT_IN_NAMES.find(known => known === name) === undefined ? toOtherItems : WRITERS[name as BuiltInName]
}

/** A lookup's answer in the words of the screen. Texts of sources are cleaned and cut; nothing is judged here. */
export function toPanel(
  { lookup, outcome, tookMs, isOfIncident = false }: Answer,
  call: AskedCall,
  toLink: ToLink = NO_LINKS
): Panel {
  const without = outcome.kind === 'not-asked' ? [] : (lookup.without?.(call) ?? [])
  const base = {
    panel: lookup.name,
    source: lookup.source,
    tookMs: Math.round(tookMs * 10) / 10,
    sinceOfferedMs: 0,
    ...(isOfIncident ? { place: 'incident' as const } : {}),
    ...(lookup.goesByCaller === true ? saidOfCaller(call) : {}),
    ...(without.length === 0 ? {} : { without: [...without] })
  }
  switch (outcome.kind) {
    case 'found': {
      const { items, notes = [], total, ...marks } = writerOf(lookup.name)(outcome.value as never, call, toLink)
      const shown = within([...notes, ...items.slice(0, MAX_ITEMS)])
      const more = Math.max(0, total + notes.length - shown.length)
      return { ...base, status: 'found', asOf: outcome.asOf, items: shown, more, ...marks }
    }
    case 'none': {
      const age = outcome.asOf === undefined ? {} : { asOf: outcome.asOf }
      const none: Panel = { ...base, status: 'none', ...age, items: [], more: 0 }
      if (outcome.value === undefined) return none
      const { crimes } = writerOf(lookup.name)(outcome.value as never, call, toLink)
      return crimes === undefined ? none : { ...none, crimes }
    }
    case 'failed':
      return { ...base, status: 'failed', items: [], more: 0, why: outcome.fault }
    case 'not-asked':
      return { ...base, status: 'not-asked', items: [], more: 0, why: outcome.why }
    default:
      return { ...base, status: outcome.kind, items: [], more: 0 }
  }
}

function saidOfCaller(call: AskedCall): { readonly caller?: SaidOfCaller } {
  const { words } = call
  if (words === undefined) return {}
  if (words === 'unread') return { caller: { unread: true } }
  const { number, none } = words
  const said: SaidOfCaller = {
    ...(number === undefined
      ? {}
      : { number: { display: formatNumber(number.number.e164 ?? ''), by: number.by, at: number.at } }),
    ...(none !== undefined && isNoneOf(call, numbersAsked(call)) ? { none: { by: none.by, at: none.at } } : {})
  }
  return said.number === undefined && said.none === undefined ? {} : { caller: said }
}

/**
 * A later run beats an earlier one; within a run an answer beats the want of one, so that a job that ran again after
 * a crash may still replace "late".
 */
export function panelRevision(run: number, panel: Pick<Panel, 'status' | 'why'>): number {
  return run * 2 + (isAnswer(panel) ? 1 : 0)
}

/** Longer than any call: seconds. */
const MOMENTS = 1_000_000

/**
 * Of the panel that is written anew while nothing of the call changes, because units move: within a run the later one wins,
 * `atMs` being its time since the call was offered. All revisions of that panel are of this sort.
 */
export function unitsRevision(run: number, panel: Pick<Panel, 'status' | 'why'>, atMs: number): number {
  const moment = Math.min(MOMENTS - 1, Math.max(0, Math.floor(atMs / 1_000)))
  return panelRevision(run, panel) * MOMENTS + moment
}

/** The run of the lookups that a panel of this revision came by. */
export function runOfRevision(panel: Panel['panel'], rev: number): number {
  return Math.floor((panel === 'units' ? Math.floor(rev / MOMENTS) : rev) / 2)
}

/** All there is to be had, as things stand. */
export function isAnswer({ status, why }: Pick<Panel, 'status' | 'why'>): boolean {
  return status === 'found' || status === 'none' || (status === 'not-asked' && !COULD_NOT_ASK.has(why))
}

/** The panel of a job that used up its tries. */
export function failedPanel(name: Panel['panel'], source: string): Panel {
  return { panel: name, status: 'failed', source, sinceOfferedMs: 0, items: [], more: 0, why: 'queue.job-failed' }
}

function within(items: readonly PanelItem[]): PanelItem[] {
  const kept: PanelItem[] = []
  let bytes = 0
  for (const item of items) {
    bytes += Buffer.byteLength(JSON.stringify(item))
    if (bytes > ITEMS_MAX_BYTES) break
    kept.push(item)
  }
  return kept
}
