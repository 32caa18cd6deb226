import type { Call } from '../call/call.ts'
import { cleanText, formatNumber } from '../call/cli.ts'
import type { CallerHistory, EarlierContact, RepeatCalls } from '../lookups/caller-history.ts'
import type { Person } from '../lookups/caller-identity.ts'
import type { Located } from '../lookups/location/location-lookup.ts'
import type { Answer } from '../lookups/run-lookups.ts'
import { toFixItem, toStateItems } from './fix-item.ts'
import { toFaultItem, toVehicleItem } from './location-notes.ts'
import type { Panel, PanelItem, PanelStatus } from './pop.ts'

const MAX_ITEMS = 20
const TITLE_MAX = 300
const DETAIL_MAX = 1_000
/** A panel goes in one message, with room for what is around it; what does not fit is counted as more. */
const ITEMS_MAX_BYTES = 32 * 1024
const HOUR_MS = 3_600_000

/** A lookup's answer in the words of the screen. Texts of sources are cleaned and cut; nothing is judged here. */
export function toPanel({ lookup, outcome, tookMs }: Answer, call: Call): Panel {
  const base = {
    panel: lookup.name,
    source: lookup.source,
    tookMs: Math.round(tookMs * 10) / 10,
    sinceOfferedMs: 0
  }
  switch (outcome.kind) {
    case 'found': {
      const { items, total, repeat } = toItems(lookup.name, outcome.value, call)
      const shown = within(items.slice(0, MAX_ITEMS))
      const found = { items: shown, more: Math.max(0, total - shown.length) }
      return { ...base, status: 'found', asOf: outcome.asOf, ...found, ...(repeat === undefined ? {} : { repeat }) }
    }
    case 'failed':
      return { ...base, status: 'failed', items: [], more: 0, why: outcome.fault }
    case 'not-asked':
      return { ...base, status: 'not-asked', items: [], more: 0, why: outcome.why }
    default:
      return { ...base, status: outcome.kind, items: [], more: 0 }
  }
}

/**
 * A later run beats an earlier one; within a run an answer beats the want of one, so that a job that ran again after
 * a crash may still replace "late".
 */
export function panelRevision(run: number, status: PanelStatus): number {
  const isAnswer = status === 'found' || status === 'none' || status === 'not-asked'
  return run * 2 + (isAnswer ? 1 : 0)
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

interface Items {
  readonly items: PanelItem[]
  readonly total: number
  readonly repeat?: Panel['repeat']
}

function toItems(name: Panel['panel'], value: unknown, call: Call): Items {
  if (name === 'identity') {
    const people = value as readonly Person[]
    return { items: people.map(person => toPersonItem(person, call)), total: people.length }
  }
  if (name === 'history') {
    const { items, total, repeat } = value as CallerHistory
    const contacts = { items: items.map(item => toContactItem(item, call)), total }
    return repeat === undefined ? contacts : { ...contacts, repeat: toRepeat(repeat) }
  }
  const located = value as Located
  const vehicle = located.vehicle === undefined ? [] : [toVehicleItem(located.vehicle)]
  const states = toStateItems(located.states)
  const fixes = located.fixes.map(toFixItem)
  const doubts = addressDoubts(fixes, call)
  const notes = [...doubts, ...vehicle, ...states, ...(located.faults ?? []).map(toFaultItem)].slice(0, MAX_ITEMS)
  // Many places must not push out what is said beside them.
  return { items: [...fixes.slice(0, MAX_ITEMS - notes.length), ...notes], total: fixes.length + notes.length }
}

/** An address is on record for a number; of one that the caller only shows, it may be anybody's. */
function addressDoubts(fixes: readonly PanelItem[], { cli }: Call): readonly PanelItem[] {
  const isHeld = fixes.some(({ fields }) => fields?.['source'] === 'address on record')
  const [network, shown] = [cli.network?.e164, cli.presentation?.e164]
  if (!isHeld || shown === undefined || network === shown) return []
  const title =
    network === undefined
      ? 'The address on record is of the number the caller shows, which is not verified.'
      : 'The address on record may be of the number the caller shows, which is not verified.'
  return [{ kind: 'note', title, fields: { unverified: true } }]
}

function toPersonItem({ name, relation, born, e164, source, asOf }: Person, call: Call): PanelItem {
  return {
    kind: 'person',
    title: cut(name, TITLE_MAX),
    detail: cut(relation, DETAIL_MAX),
    at: asOf,
    fields: {
      source: cut(source, 80),
      ...(born === undefined ? {} : { born: cut(born, 20) }),
      ...numberMatched(e164, call)
    }
  }
}

function toContactItem(contact: EarlierContact, call: Call): PanelItem {
  const { incident } = contact
  return {
    kind: incident === undefined ? 'contact' : 'incident',
    title: cut(incident?.type ?? `${contact.line} call`, TITLE_MAX),
    ...(contact.summary === undefined ? {} : { detail: cut(contact.summary, DETAIL_MAX) }),
    at: contact.offeredAt,
    fields: {
      line: contact.line,
      ...(contact.result === undefined ? {} : { result: cut(contact.result, 80) }),
      ...(incident === undefined ? {} : { reference: cut(incident.reference, 40), status: cut(incident.status, 40) }),
      ...numberMatched(contact.e164, call),
      ...(contact.isNetwork ? {} : { wasUnverified: true })
    }
  }
}

/** The number that led here: what is held of one says nothing of whoever shows the other, or only shows it. */
function numberMatched(e164: string, { cli }: Call): NonNullable<PanelItem['fields']> {
  const [network, shown] = [cli.network?.e164, cli.presentation?.e164]
  const isNetwork = network === e164
  const areTwo = network !== undefined && shown !== undefined && network !== shown
  return {
    matched: isNetwork ? 'network' : 'presentation',
    ...(areTwo ? { number: formatNumber(e164) } : {}),
    ...(isNetwork ? {} : { unverified: true })
  }
}

function toRepeat({ count, withinMs, isVouchedFor }: RepeatCalls): NonNullable<Panel['repeat']> {
  return { count, withinHours: Math.round(withinMs / HOUR_MS), unverified: !isVouchedFor }
}

function cut(text: string, max: number): string {
  const clean = cleanText(text)
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`
}
