import type { Panel, PanelItem } from '../pop/pop.ts'
import { toClock } from './times.ts'

export interface FixWords {
  /** Where: an address, or the circle in words. */
  readonly title: string
  /** 51.45600, -0.97300: what is copied. */
  readonly coordinates?: string
  /** SU 71456 73012: what is copied, and said to a unit. */
  readonly gridReference?: string
  /** How good: "within 18 m, 95 % sure". */
  readonly accuracy: string
  /** Who says so, and how they know. */
  readonly source: string
  /** What lies there: postcode and place, with how far off they are. */
  readonly near?: string
}

const SOURCES: Readonly<Record<string, string>> = {
  'pidf-lo': 'Sent by the network with the call',
  eisec: 'Emergency call register (EISEC)',
  aml: 'Sent by the phone itself (AML)',
  held: 'Location server of the network',
  ecall: 'Sent by the vehicle (eCall)',
  'address on record': 'Address on record for the number',
  typed: 'Typed by a person',
  cell: 'Radio cell only'
}

type Fields = NonNullable<PanelItem['fields']>

/** One fix in words: never a bare place without how far off it may be and who says so. */
export function fixWords({ title, fields = {} }: PanelItem): FixWords {
  const { latitude, longitude, source = '', method, gridReference } = fields
  const hasPlace = typeof latitude === 'number' && typeof longitude === 'number'
  const near = nearWords(fields)
  return {
    title,
    ...(hasPlace ? { coordinates: `${latitude.toFixed(5)}, ${longitude.toFixed(5)}` } : {}),
    ...(typeof gridReference === 'string' ? { gridReference } : {}),
    accuracy: accuracy(fields),
    source: `${SOURCES[String(source)] ?? String(source)}${typeof method === 'string' ? `, ${method}` : ''}`,
    ...(near === '' ? {} : { near })
  }
}

function accuracy({ radiusMetres, confidence, source, registered, approximate }: Fields): string {
  if (source === 'address on record' || registered === true) return 'Registered address; the caller may be elsewhere'
  if (typeof radiusMetres !== 'number') return 'Accuracy not told'
  const cell = approximate === true ? ' (cell)' : ''
  const sure = typeof confidence === 'number' ? `, ${Math.round(confidence)} % sure` : ''
  return `Within ${toDistance(radiusMetres)}${cell}${sure}`
}

function nearWords({ nearPostcode, nearPostcodeMetres, nearPlace, nearPlaceMetres }: Fields): string {
  const words = [
    [nearPostcode, nearPostcodeMetres],
    [nearPlace, nearPlaceMetres]
  ].flatMap(([what, metres]) =>
    typeof what === 'string' ? [typeof metres === 'number' ? `${what} (${toDistance(metres)})` : what] : []
  )
  return words.length === 0 ? '' : `Near ${words.join(', ')}`
}

/** The places of the panel as a handler needs them. */
export interface PlacesShown {
  /** What is shown large: confirmed, else the best. */
  readonly main: PanelItem | undefined
  /** Better than what was confirmed. */
  readonly offered: PanelItem | undefined
  readonly others: readonly PanelItem[]
  /** Where a handler says that the incident is; the others are the caller's. */
  readonly incident: PanelItem | undefined
  /** Sources that may still answer, or did not. */
  readonly sources: readonly PanelItem[]
  readonly notes: readonly PanelItem[]
}

const INCIDENT = 'incident-place'

export function placesShown(panel: Pick<Panel, 'items'> | undefined): PlacesShown {
  const items = panel?.items ?? []
  const fixes = items.filter(({ kind }) => kind === 'fix')
  const offered = fixes.find(({ fields }) => fields?.['standing'] === 'offered')
  const [main, ...rest] = fixes.filter(fix => fix !== offered)
  return {
    main,
    offered,
    others: rest,
    incident: items.find(({ kind }) => kind === INCIDENT),
    sources: items.filter(({ kind }) => kind === 'source'),
    notes: items.filter(({ kind }) => kind !== 'fix' && kind !== 'source' && kind !== INCIDENT)
  }
}

export function isConfirmed(fix: PanelItem | undefined): boolean {
  return fix?.fields?.['standing'] === 'confirmed'
}

/** What F4 says is where the caller is: what is offered, else the best; undefined when there is nothing to be said. */
export function toConfirm(panel: Pick<Panel, 'items'> | undefined): string | undefined {
  const { main, offered } = placesShown(panel)
  const id = (offered ?? (isConfirmed(main) ? undefined : main))?.fields?.['id']
  return typeof id === 'string' ? id : undefined
}

/** One or two words for the panel's head. */
export function statusWords({ main, offered, sources }: PlacesShown): string {
  if (offered !== undefined) return 'Better place offered'
  if (isConfirmed(main)) return 'Confirmed'
  if (main === undefined) return isSearching(sources) ? 'Searching' : 'Nothing usable'
  const { source, registered, approximate } = main.fields ?? {}
  if (approximate === true) return 'Cell only'
  if (source === 'address on record') return 'Address on record'
  return registered === true ? 'Registered address' : 'Located'
}

export function isSearching(sources: readonly PanelItem[]): boolean {
  return sources.some(({ fields }) => fields?.['state'] === 'searching')
}

/** "420 m from the confirmed place". */
export function movedWords(fix: PanelItem, from: PanelItem | undefined): string | undefined {
  const metres = metresBetween(fix, from)
  return metres === undefined ? undefined : `${toDistance(metres)} from the confirmed place`
}

/** "2.8 km from the caller": between the middles of the two. */
export function elsewhereWords(incident: PanelItem, caller: PanelItem | undefined): string | undefined {
  const metres = metresBetween(incident, caller)
  return metres === undefined ? undefined : `${toDistance(metres)} from the caller`
}

/** By whom, and when: "Set by tvp-h01, 14:02". */
export function setWords({ fields = {} }: PanelItem): string {
  const { setBy, setAt } = fields
  return `Set by ${String(setBy ?? 'a handler')}${typeof setAt === 'number' ? `, ${toClock(setAt)}` : ''}`
}

function metresBetween(one: PanelItem, other: PanelItem | undefined): number | undefined {
  const [here, there] = [gridOf(one), gridOf(other)]
  return here === undefined || there === undefined ? undefined : Math.hypot(here[0] - there[0], here[1] - there[1])
}

function gridOf(fix: PanelItem | undefined): readonly [number, number] | undefined {
  const { easting, northing } = fix?.fields ?? {}
  return typeof easting === 'number' && typeof northing === 'number' ? [easting, northing] : undefined
}

/** What a reader hears when the open call's place is another one, or a better one is offered; undefined when neither is. */
export function placeNews(before: Panel | undefined, after: Panel): string | undefined {
  const [was, is] = [placesShown(before), placesShown(after)]
  const idOf = (fix: PanelItem | undefined) => fix?.fields?.['id']
  const say = (what: string, fix: PanelItem) => `${what}: ${fixWords(fix).accuracy}, ${fixWords(fix).source}`
  if (is.incident !== undefined && idOf(is.incident) !== idOf(was.incident))
    return say('Incident elsewhere', is.incident)
  if (is.incident === undefined && was.incident !== undefined) return 'The incident is where the caller is'
  if (is.offered !== undefined && idOf(is.offered) !== idOf(was.offered)) return say('Better place offered', is.offered)
  if (is.main === undefined || idOf(is.main) === undefined) return undefined
  if (isConfirmed(is.main) && !(isConfirmed(was.main) && idOf(was.main) === idOf(is.main))) {
    return say('Place confirmed', is.main)
  }
  return was.main !== undefined && idOf(was.main) !== idOf(is.main) ? say('Better place', is.main) : undefined
}

/** 18 m, 850 m, 2.8 km. */
export function toDistance(metres: number): string {
  return metres < 1_000 ? `${Math.round(metres)} m` : `${(metres / 1_000).toFixed(1)} km`
}
