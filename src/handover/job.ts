import { NOTE_SUBJECTS } from '../lookups/call-notes.ts'
import type { Assessed, HandoverJob, HandoverPlace } from '../pop/handover.ts'
import type { BarePop, PanelItem, PanelName, RevisedPanel } from '../pop/pop.ts'
import type { OfferedUnit } from './handover-record.ts'

/** The card of a call as its handler has it. */
export interface CardShown {
  readonly pop: Pick<BarePop, 'number' | 'access' | 'offeredAt'>
  readonly panels: readonly RevisedPanel[]
}

const MAX_WARNINGS = 10
const MAX_OFFERED = 50

/** What is handed over, as the card says it at this moment. */
export function toJob({ pop, panels }: CardShown): HandoverJob {
  const { number, access, offeredAt } = pop
  const places = placesOf(itemsOf(panels, 'location'))
  const warnings = panelOf(panels, 'warnings')
  const markers = itemsOf(panels, 'warnings').filter(({ kind }) => kind === 'marker')
  const assessment = assessmentOf(itemsOf(panels, 'notes'))
  return {
    ...{ number, access, offeredAt },
    ...places,
    warnings: [...new Set(markers.map(({ title }) => title))].slice(0, MAX_WARNINGS),
    warningCount: markers.length + (warnings?.more ?? 0),
    warningsStatus: warnings?.status ?? 'pending',
    ...(assessment.length === 0 ? {} : { assessment })
  }
}

/** In the order in which it is asked; an aspect that was taken back has no text. */
function assessmentOf(items: readonly PanelItem[]): Assessed[] {
  return NOTE_SUBJECTS.flatMap(about => {
    const item = items.find(({ kind, fields }) => kind === 'assessment' && fields?.['about'] === about)
    const { detail: text, title: by, at } = item ?? {}
    return text === undefined || by === undefined || at === undefined ? [] : [{ about, text, by, at }]
  })
}

/** The units that the card offered, in its order; none where nothing recommends any. */
export function toOffered({ panels }: Pick<CardShown, 'panels'>): readonly OfferedUnit[] {
  return toOfferedUnits(itemsOf(panels, 'units'))
}

/** Of the items of a units panel those that offer one. */
export function toOfferedUnits(items: readonly PanelItem[]): readonly OfferedUnit[] {
  return items
    .filter(({ kind }) => kind === 'unit')
    .slice(0, MAX_OFFERED)
    .map(({ title, detail, fields }) => ({ callsign: String(fields?.['callsign'] ?? title), words: detail ?? '' }))
}

/** What a handler has chosen that the call is about; undefined where nobody has. */
export function typeOf({ panels }: Pick<CardShown, 'panels'>): string | undefined {
  const type = itemsOf(panels, 'units').find(({ kind }) => kind === 'job')?.fields?.['type']
  return typeof type === 'string' ? type : undefined
}

function panelOf(panels: readonly RevisedPanel[], name: PanelName) {
  return panels.find(({ panel }) => panel.panel === name)?.panel
}

function itemsOf(panels: readonly RevisedPanel[], name: PanelName): readonly PanelItem[] {
  return panelOf(panels, name)?.items ?? []
}

/**
 * Where the incident is, where a handler has said so; else where the caller is: the place that somebody has confirmed, or
 * the best there is, which the panel has first.
 */
function placesOf(items: readonly PanelItem[]): Pick<HandoverJob, 'place' | 'callerPlace'> {
  const fixes = items.filter(({ kind }) => kind === 'fix')
  const caller = fixes.find(isConfirmed) ?? fixes[0]
  const incident = items.find(({ kind }) => kind === 'incident-place')
  const place = incident ?? caller
  if (place === undefined) return {}
  return {
    place: toPlace(place),
    ...(incident === undefined || caller === undefined ? {} : { callerPlace: toPlace(caller) })
  }
}

function toPlace(item: PanelItem): HandoverPlace {
  const { title, fields = {} } = item
  const { gridReference } = fields
  return {
    title,
    source: String(fields['source'] ?? ''),
    ...numbers(fields, ['latitude', 'longitude', 'easting', 'northing', 'radiusMetres']),
    ...(typeof gridReference === 'string' ? { gridReference } : {}),
    isConfirmed: isConfirmed(item)
  }
}

/** A handler's word that the incident is there is no less. */
function isConfirmed({ kind, fields }: PanelItem): boolean {
  return kind === 'incident-place' || fields?.['confirmedBy'] !== undefined
}

function numbers<Name extends string>(
  fields: NonNullable<PanelItem['fields']>,
  names: readonly Name[]
): Partial<Record<Name, number>> {
  const found = names.flatMap(name => (typeof fields[name] === 'number' ? [[name, fields[name]]] : []))
  return Object.fromEntries(found) as Partial<Record<Name, number>>
}
