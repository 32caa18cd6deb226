import { cleanText } from '../call/cli.ts'
import type { LateRecord, SourceState } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import type { PlacedFix, PlacedIncident } from '../lookups/location/placed-fix.ts'
import type { PanelItem } from './pop.ts'

/*
 * Places in the words of the location panel. Figures go as figures: the screen writes them, and other clients compute
 * with them.
 */

const TITLE_MAX = 300
/** Digits of a degree behind the point: a metre. */
const DEGREE_DIGITS = 5
/** Of a fix's id: what follows the name of its source. */
const ID_TAIL = 17

/** Corners of an area; one with more is told by its circle. */
const OUTLINE_LEAST = 3
const OUTLINE_MOST = 100

type Fields = NonNullable<PanelItem['fields']>

/** One fix: where, how good, by whom, when, where it stands among the others, and what a handler has said of it. */
export function toFixItem(placed: PlacedFix): PanelItem {
  return { kind: 'fix', ...wordsOf(placed, standingFields(placed)) }
}

/** Where the incident is, by whose word and since when; the caller's places stand beside it as they are. */
export function toIncidentPlaceItem(placed: PlacedIncident): PanelItem {
  const { id, by, at } = placed
  return { kind: 'incident-place', ...wordsOf(placed, defined({ id, source: sourceOf(id), setBy: by, setAt: at })) }
}

function wordsOf(placed: Pick<PlacedFix, 'fix' | 'place'>, standing: Fields): Omit<PanelItem, 'kind'> {
  const { fix } = placed
  const { latitude, longitude, radiusMetres, address } = fix
  const place =
    latitude === undefined || longitude === undefined
      ? undefined
      : `${latitude.toFixed(DEGREE_DIGITS)}, ${longitude.toFixed(DEGREE_DIGITS)}`
  const circle = radiusMetres === undefined ? 'Point' : `Within ${Math.round(radiusMetres)} m`
  return {
    title: cut(address ?? `${circle} of ${place ?? 'an unknown place'}`, TITLE_MAX),
    ...(address === undefined || place === undefined ? {} : { detail: place }),
    ...(fix.fixedAt === undefined ? {} : { at: fix.fixedAt }),
    ...outlineOf(fix),
    fields: { ...standing, ...shapeFields(fix), ...placeFields(placed) }
  }
}

function standingFields({ id, standing, reason, isApproximate, isTimeOfArrival, cameAt, by, confirmed }: PlacedFix) {
  return defined({
    ...{ id, standing, reason: cut(reason, TITLE_MAX), source: sourceOf(id) },
    ...{ cameAt, typedBy: by, confirmedBy: confirmed?.by, confirmedAt: confirmed?.at },
    approximate: isApproximate || undefined,
    toldAt: isTimeOfArrival || undefined
  })
}

/** Of an address that became a place by its postcode this is who gave the address. */
function sourceOf(id: string): string {
  const source = id.slice(0, -ID_TAIL)
  return source === 'address' ? 'address on record' : source
}

function shapeFields(fix: LocationFix): Fields {
  const { source, shape, method, radiusMetres, confidence, semiMajorMetres, semiMinorMetres, orientationDegrees } = fix
  return defined({
    ...{ shape, radiusMetres, semiMajorMetres, semiMinorMetres, orientationDegrees, confidence },
    altitudeMetres: fix.altitudeMetres,
    method: method === undefined ? undefined : cut(method, 40),
    registered: source === 'address' || shape === 'civic' || undefined
  })
}

function outlineOf({ gridCorners = [] }: LocationFix): Pick<PanelItem, 'outline'> {
  if (gridCorners.length < OUTLINE_LEAST || gridCorners.length > OUTLINE_MOST) return {}
  return { outline: gridCorners.map(({ easting, northing }) => [Math.round(easting), Math.round(northing)]) }
}

function placeFields({ fix, place }: Pick<PlacedFix, 'fix' | 'place'>): Fields {
  const { latitude, longitude, grid, postcode } = fix
  return defined({
    ...{ latitude, longitude, postcode },
    easting: grid === undefined ? undefined : Math.round(grid.easting),
    northing: grid === undefined ? undefined : Math.round(grid.northing),
    gridReference: place.gridReference,
    nearPostcode: place.postcode?.postcode,
    nearPostcodeMetres: place.postcode === undefined ? undefined : Math.round(place.postcode.metres),
    nearPlace: place.place === undefined ? undefined : cut(placeName(place.place), 120),
    nearPlaceMetres: place.place === undefined ? undefined : Math.round(place.place.metres)
  })
}

function placeName({ name, within }: { readonly name: string; readonly within?: string }): string {
  return within === undefined || within === name ? name : `${name}, ${within}`
}

const SOURCE_NAMES: Readonly<Record<string, string>> = { eisec: 'EISEC', aml: 'AML', held: 'Location server' }
const STATE_WORDS: Readonly<Record<SourceState, string>> = {
  searching: 'searching for the phone',
  none: 'asked, and has no place',
  late: 'no answer so far; one may come',
  failed: 'could not be asked',
  found: 'has answered'
}

/** How the sources stand that may answer late; what has answered speaks for itself. */
export function toStateItems(states: LateRecord['states'] = []): readonly PanelItem[] {
  return states.flatMap(({ source, state, at }) =>
    state === 'found'
      ? []
      : [
          {
            kind: 'source',
            title: `${SOURCE_NAMES[source] ?? source}: ${STATE_WORDS[state]}`,
            at,
            fields: { source, state }
          }
        ]
  )
}

/** Without what is not there. */
function defined(fields: Readonly<Record<string, Fields[string] | undefined>>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}

function cut(text: string, max: number): string {
  const clean = cleanText(text)
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`
}
