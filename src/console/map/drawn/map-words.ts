import type { Panel, PanelStatus } from '../../../pop/pop.ts'
import { numberOf } from '../../crime-words.ts'
import type { IconName } from '../../icons.tsx'
import { fixWords, placesShown, statusWords, toDistance } from '../../location-words.ts'
import { panelWords } from '../../panel-words.ts'
import {
  ASKED_FOR_MAP,
  type AskedForMap,
  type MapCrimes,
  type MapFix,
  type MapIncident,
  type MapPoint,
  type MapShown
} from './shown-on-map.ts'

/* What the map shows, in words: whoever cannot see it, or has none, misses nothing that matters. */

const WINDS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'] as const
/** Nearer than this there is no direction to speak of. */
const SAME_METRES = 5

/** "340 m north-east of the caller’s place". */
export function awayWords(point: MapPoint, from: MapPoint, of: string): string {
  const [east, north] = [point.easting - from.easting, point.northing - from.northing]
  const metres = Math.hypot(east, north)
  if (metres < SAME_METRES) return `at ${of}`
  const turn = Math.round((Math.atan2(east, north) / (2 * Math.PI)) * WINDS.length)
  return `${toDistance(metres)} ${WINDS[(turn + WINDS.length) % WINDS.length]} of ${of}`
}

/** How a fix says its circle; one with another shape says that in its place. */
const CIRCLE = /^Within [\d.]+ k?m|^Accuracy not told/

/** The area of a fix, and where its middle is: "Within 12 m, 95 % sure, SU 49640 97450". */
export function areaWords({ item, ellipse, outline, radiusMetres }: MapFix): string {
  const { accuracy, gridReference, coordinates } = fixWords(item)
  const shape =
    outline !== undefined
      ? 'Within the area drawn'
      : ellipse !== undefined
        ? `Within an ellipse of ${toDistance(ellipse.majorMetres)} by ${toDistance(ellipse.minorMetres)}`
        : undefined
  const area = shape === undefined ? accuracy : accuracy.replace(CIRCLE, shape)
  const unknown = radiusMetres === undefined ? 'No area is told, so none is drawn' : undefined
  return [area, unknown, gridReference ?? coordinates].filter(text => text !== undefined).join(', ')
}

export function mainWords(shown: MapShown): string | undefined {
  if (shown.call === undefined) return 'No call is open'
  if (shown.main === undefined) return undefined
  return `${shown.main.isConfirmed ? 'Confirmed place' : 'Best place so far'}: ${areaWords(shown.main)}`
}

/** One of the three that the map draws of, where it draws nothing of it. */
export interface UndrawnWords {
  readonly of: AskedForMap
  readonly status: PanelStatus
  readonly icon: IconName
  readonly text: string
  /** There may be something all the same. */
  readonly isTrouble: boolean
}

const NOT_DRAWN: Readonly<Record<AskedForMap, string>> = {
  location: 'No place of the caller is drawn',
  crimes: 'No crimes are drawn',
  'incidents-nearby': 'No incidents are drawn'
}

/** A map without a mark must not look like a place without one: what is not drawn says what is known of it. */
export function undrawnWords({ asked, main, crimes, incidents, unplaced }: MapShown): readonly UndrawnWords[] {
  if (asked === undefined) return []
  const isDrawn = {
    location: main !== undefined,
    crimes: crimes.length > 0,
    'incidents-nearby': incidents.length > 0 || unplaced > 0
  }
  return ASKED_FOR_MAP.filter(name => !isDrawn[name]).map(name => {
    const panel = asked[name]
    const words = panelWords(name, panel)
    const text = words.text === '' ? foundWords(name, panel) : words.text
    const status = panel?.status ?? 'pending'
    return { of: name, status, icon: words.icon, isTrouble: words.isTrouble, text: `${NOT_DRAWN[name]}. ${text}` }
  })
}

/** Found, and at no point of the map. */
function foundWords(name: AskedForMap, panel: Panel | undefined): string {
  const shown = placesShown(panel)
  if (name === 'location' && shown.main === undefined) return `${statusWords(shown)}.`
  return 'What was found is at no point of the map.'
}

export function elsewhereWords({ main, incident }: MapShown): string | undefined {
  if (incident === undefined) return undefined
  const away = main === undefined ? '' : `, ${awayWords(incident, main, 'the caller’s place')}`
  return `Incident: ${areaWords(incident)}${away}`
}

export function offeredWords({ main, offered }: MapShown): string | undefined {
  if (offered === undefined) return undefined
  const away = main === undefined ? '' : `, ${awayWords(offered, main, 'the confirmed place')}`
  return `Better place offered: ${areaWords(offered)}${away}`
}

/** Own and published crimes are partly the same ones: two counts, and never one. */
export function crimeWords(crimes: readonly MapCrimes[]): readonly { isPublished: boolean; text: string }[] {
  return [false, true].flatMap(isPublished => {
    const spots = crimes.filter(spot => spot.isPublished === isPublished)
    if (spots.length === 0) return []
    const count = countOf(spots)
    const what = `${numberOf(count)} ${isPublished ? 'published ' : ''}${count === 1 ? 'crime' : 'crimes'}`
    const where = spots.length === 1 ? 'at 1 point' : `at the ${spots.length} points with most`
    return [{ isPublished, text: `${what} ${where}, 12 months` }]
  })
}

export function countOf(crimes: readonly MapCrimes[]): number {
  return crimes.reduce((sum, { count }) => sum + count, 0)
}

/** `from`: the place of the caller, or where the incident is that they speak of. */
export function incidentWords(
  { letter, item, isLinked, ...point }: MapIncident,
  from: Pick<MapShown, 'main' | 'incident'>
): string {
  const { incident, main } = from
  const { reference } = item.fields ?? {}
  return [
    `${letter}: ${item.title}`,
    ...(reference === undefined ? [] : [String(reference)]),
    isLinked ? 'linked' : 'maybe the same',
    ...(incident !== undefined
      ? [awayWords(point, incident, 'the incident’s place')]
      : main === undefined
        ? []
        : [awayWords(point, main, 'the caller’s place')])
  ].join(', ')
}

export function unplacedWords(unplaced: number): string | undefined {
  if (unplaced === 0) return undefined
  return unplaced === 1 ? '1 incident is at no known place' : `${unplaced} incidents are at no known place`
}

/** A length that reads well and is at most `most` pixels long. */
export function scaleOf(metresPerPixel: number, most: number): { readonly metres: number; readonly pixels: number } {
  const longest = metresPerPixel * most
  const power = 10 ** Math.floor(Math.log10(longest))
  const metres = ([5, 2, 1].find(step => step * power <= longest) ?? 1) * power
  return { metres, pixels: metres / metresPerPixel }
}

/** 50 m, 2 km. */
export function scaleWords(metres: number): string {
  return metres >= 1_000 ? `${metres / 1_000} km` : `${metres} m`
}
