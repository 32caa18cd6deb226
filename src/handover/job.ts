import type { HandoverJob, HandoverPlace } from '../pop/handover.ts'
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
  const place = placeOf(itemsOf(panels, 'location'))
  const warnings = panelOf(panels, 'warnings')
  const markers = itemsOf(panels, 'warnings').filter(({ kind }) => kind === 'marker')
  return {
    ...{ number, access, offeredAt },
    ...(place === undefined ? {} : { place }),
    warnings: [...new Set(markers.map(({ title }) => title))].slice(0, MAX_WARNINGS),
    warningCount: markers.length + (warnings?.more ?? 0),
    warningsStatus: warnings?.status ?? 'pending'
  }
}

/** The units that the card offered, in its order; none where nothing recommends any. */
export function toOffered({ panels }: Pick<CardShown, 'panels'>): readonly OfferedUnit[] {
  return itemsOf(panels, 'units')
    .filter(({ kind }) => kind === 'unit')
    .slice(0, MAX_OFFERED)
    .map(({ title, detail, fields }) => ({ callsign: String(fields?.['callsign'] ?? title), words: detail ?? '' }))
}

function panelOf(panels: readonly RevisedPanel[], name: PanelName) {
  return panels.find(({ panel }) => panel.panel === name)?.panel
}

function itemsOf(panels: readonly RevisedPanel[], name: PanelName): readonly PanelItem[] {
  return panelOf(panels, name)?.items ?? []
}

/** The place that somebody has confirmed, else the best there is, which the panel has first. */
function placeOf(items: readonly PanelItem[]): HandoverPlace | undefined {
  const fixes = items.filter(({ kind }) => kind === 'fix')
  const item = fixes.find(({ fields }) => fields?.['confirmedBy'] !== undefined) ?? fixes[0]
  if (item === undefined) return undefined
  const { title, fields = {} } = item
  const { gridReference } = fields
  return {
    title,
    source: String(fields['source'] ?? ''),
    ...numbers(fields, ['latitude', 'longitude', 'easting', 'northing', 'radiusMetres']),
    ...(typeof gridReference === 'string' ? { gridReference } : {}),
    isConfirmed: fields['confirmedBy'] !== undefined
  }
}

function numbers<Name extends string>(
  fields: NonNullable<PanelItem['fields']>,
  names: readonly Name[]
): Partial<Record<Name, number>> {
  const found = names.flatMap(name => (typeof fields[name] === 'number' ? [[name, fields[name]]] : []))
  return Object.fromEntries(found) as Partial<Record<Name, number>>
}
