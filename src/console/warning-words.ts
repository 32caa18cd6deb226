import type { Panel, PanelItem } from '../pop/pop.ts'
import { toDay } from './times.ts'

/** A warning as the band shows it. */
export interface WarningWords {
  readonly title: string
  readonly detail: string
  /** Whose it is: of the number, of a person, of an address. */
  readonly of: string
  /** Source, grade and dates, each a few words. */
  readonly worth: readonly string[]
  readonly isExpired: boolean
  /** It is of somebody who had the number earlier, or of a number nobody vouches for. */
  readonly isDoubtful: boolean
}

/** How many warnings are in force and how many have expired, with those that are not shown. */
export function warningsFound(panel: Panel | undefined, now: number): string {
  if (panel === undefined) return ''
  const markers = panel.items.filter(({ kind }) => kind === 'marker')
  const expired = markers.filter(item => isExpired(item, now)).length
  const inForce = markers.length - expired
  if (markers.length === 0) return 'None held'
  if (panel.more > 0) return `${markers.length} of ${markers.length + panel.more} shown`
  if (inForce === 0) return `None in force, ${expired} expired`
  return `${inForce} held${expired > 0 ? `, ${expired} expired` : ''}`
}

export function warningWords(item: PanelItem, now: number): WarningWords {
  const { title, detail = '', fields = {} } = item
  const text = (name: string) => (fields[name] === undefined ? '' : String(fields[name]))
  const at = (name: string) => (typeof fields[name] === 'number' ? fields[name] : undefined)
  const expired = isExpired(item, now)
  const [reviewAt, expiresAt] = [at('reviewAt'), at('expiresAt')]
  const isOverdue = reviewAt !== undefined && reviewAt <= now
  const number = text('number') === '' ? '' : ` ${text('number')}`
  return {
    ...{ title, detail, isExpired: expired, of: ofWords(fields) },
    worth: [
      ...(expired ? [`Expired ${expiresAt === undefined ? '' : toDay(expiresAt)}`.trim()] : []),
      ...(fields['earlier'] === true ? ['Had the number earlier'] : []),
      ...(fields['unverified'] === true ? [`Number${number} ${doubtOf(fields)}`] : []),
      text('source'),
      ...(text('grade') === '' ? [] : [`grade ${text('grade')}`]),
      ...(expired || reviewAt === undefined ? [] : [`review ${isOverdue ? 'overdue since ' : ''}${toDay(reviewAt)}`])
    ].filter(word => word !== ''),
    isDoubtful: fields['earlier'] === true || fields['unverified'] === true
  }
}

function doubtOf({ matched }: NonNullable<PanelItem['fields']>): string {
  return matched === 'stated' ? 'as the caller says it' : 'not verified'
}

function ofWords(fields: NonNullable<PanelItem['fields']>): string {
  const whose = fields['whose'] === undefined ? '' : String(fields['whose'])
  const metres = fields['distanceMetres']
  if (metres !== undefined) return `${whose}, ${metres} m from the place`
  if (fields['of'] === 'number')
    return fields['matched'] === 'stated' ? 'The number as the caller says it' : 'This number'
  return whose
}

function isExpired({ fields = {} }: PanelItem, now: number): boolean {
  const at = fields['expiresAt']
  return typeof at === 'number' && at <= now
}

/** The kinds of the warnings in force, each once with how many of it are shown, in their order: the gravest first. */
export function warningKinds(panel: Panel | undefined, now: number): string {
  const counts = new Map<string, number>()
  for (const item of panel?.items ?? []) {
    if (item.kind === 'marker' && !isExpired(item, now)) counts.set(item.title, (counts.get(item.title) ?? 0) + 1)
  }
  return [...counts].map(([title, count]) => (count > 1 ? `${title} × ${count}` : title)).join(' · ')
}

export function furtherWords(hidden: number): string {
  return `▾ ${hidden} further down`
}
