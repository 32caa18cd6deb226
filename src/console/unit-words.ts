import type { Panel, PanelItem } from '../pop/pop.ts'
import { toDistance } from './location-words.ts'

/** The items of the units panel as a handler needs them. */
export interface UnitsShown {
  /** How urgent it is, and what it needs; absent before the first answer. */
  readonly job?: PanelItem
  readonly changed: readonly PanelItem[]
  readonly offered: readonly PanelItem[]
  readonly notes: readonly PanelItem[]
  readonly others: readonly PanelItem[]
  readonly leftOut: readonly PanelItem[]
}

export function unitsShown(panel: Pick<Panel, 'items'> | undefined): UnitsShown {
  const of = (...kinds: string[]) => (panel?.items ?? []).filter(({ kind }) => kinds.includes(kind))
  const [job] = of('job')
  return {
    ...(job === undefined ? {} : { job }),
    ...{ changed: of('changed'), offered: of('unit'), others: of('other-unit'), leftOut: of('left-out') },
    notes: of('nobody', 'short', 'why-not-nearest', 'note')
  }
}

/** Of each need, how many are still to be found among those that go; a unit whose sort is not known meets none. */
export function needsLeft(
  needs: readonly { readonly type: string; readonly count: number }[],
  sorts: readonly unknown[]
): readonly { readonly type: string; readonly count: number; readonly left: number }[] {
  return needs.map(({ type, count }) => {
    const found = sorts.filter(sort => sort === type).length
    return { type, count, left: Math.max(0, count - found) }
  })
}

/** For the panel's head. */
export function unitsStatus({ offered, others }: UnitsShown): string {
  const all = offered.length + others.length
  if (all === 0) return 'Nobody can be sent'
  const inTime = [...offered, ...others].filter(({ fields }) => fields?.['isWithinTarget'] === true).length
  const [first] = offered
  const lead = first === undefined ? '' : `${callsignOf(first)} ${minutesOf(first).text}; `
  return `${lead}${all} can be sent, ${inTime} in time`
}

export function callsignOf({ fields }: PanelItem): string {
  return String(fields?.['callsign'] ?? '')
}

/** "4 min", with what it is worth: by estimate or by road. */
export function minutesOf({ fields = {} }: PanelItem): { readonly text: string; readonly isInTime: boolean } {
  const minutes = Number(fields['minutes'] ?? 0)
  const text = minutes < 1 ? '< 1 min' : `${Math.round(minutes)} min`
  return { text, isInTime: fields['isWithinTarget'] === true }
}

/** What stands behind the callsign, in small: sort, crew, way, skills. */
export function unitFacts({ fields = {} }: PanelItem): string[] {
  const { type, crew, metres, skills } = fields
  return [
    ...(type === undefined ? [] : [String(type)]),
    ...(typeof crew === 'number' ? [crew === 1 ? 'single crewed' : `crew of ${crew}`] : []),
    ...(typeof metres === 'number' ? [`${toDistance(metres)} away`] : []),
    ...(skills === undefined || skills === '' ? [] : [String(skills)])
  ]
}

/** What each term took from a hundred, one line each. */
export function termsOf({ fields = {} }: PanelItem): string[] {
  return String(fields['terms'] ?? '')
    .split('; ')
    .filter(term => term !== '')
}
