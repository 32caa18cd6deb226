import type { Panel, PanelItem } from '../../../pop/pop.ts'
import type { ScreenCard } from '../../../sdk/screen.ts'
import { placesShown } from '../../location-words.ts'

/** Metres on the National Grid. */
export interface MapPoint {
  readonly easting: number
  readonly northing: number
}

/** A place of the caller, with its area as its source gave it. */
export interface MapFix extends MapPoint {
  readonly id: string
  readonly isConfirmed: boolean
  /** The item it came from, for its words. */
  readonly item: PanelItem
  readonly radiusMetres?: number
  readonly ellipse?: Ellipse
  readonly outline?: readonly (readonly number[])[]
}

interface Ellipse {
  readonly majorMetres: number
  readonly minorMetres: number
  /** Of the longer axis, clockwise from the north of the grid. */
  readonly degrees: number
}

export interface MapCrimes extends MapPoint {
  readonly count: number
  readonly isPublished: boolean
}

export interface MapIncident extends MapPoint {
  /** By which the list beside the map names it. */
  readonly letter: string
  readonly isLinked: boolean
  readonly item: PanelItem
}

/** What the map draws of a call, and its list says. */
export interface MapShown {
  readonly call?: string
  readonly main?: MapFix
  readonly offered?: MapFix
  /** Where a handler says that the incident is: what the map is about then. */
  readonly incident?: MapFix
  readonly crimes: readonly MapCrimes[]
  readonly incidents: readonly MapIncident[]
  /** Incidents of the panel that are at no known place. */
  readonly unplaced: number
  /** What was asked for it, and what came of that; absent where no call is open. */
  readonly asked?: Readonly<Record<AskedForMap, Panel | undefined>>
}

/** The panels that the map draws of. */
export const ASKED_FOR_MAP = ['location', 'crimes', 'incidents-nearby'] as const
export type AskedForMap = (typeof ASKED_FOR_MAP)[number]

const NOTHING: MapShown = { crimes: [], incidents: [], unplaced: 0 }
/** The true origin of the grid lies on this meridian: only there its north is north. */
const MERIDIAN = -2
const DEGREE = Math.PI / 180
const FIRST_LETTER = 'A'.charCodeAt(0)

export function toShown(card: ScreenCard | undefined): MapShown {
  // What is offered to many shows nothing of the caller before somebody has it.
  if (card === undefined || card.pop.offer !== 'device') return NOTHING
  const { location, crimes, 'incidents-nearby': incidents } = card.panels
  const { main, offered, incident } = placesShown(location?.panel)
  const [caller, better, elsewhere] = [toMapFix(main), toMapFix(offered), toMapFix(incident)]
  const listed = (incidents?.panel.items ?? []).filter(({ kind }) => kind === 'linked' || kind === 'maybe-same')
  const placed = listed.flatMap(item => toMapIncident(item) ?? [])
  return {
    call: card.call,
    ...(caller === undefined ? {} : { main: caller }),
    ...(better === undefined ? {} : { offered: better }),
    ...(elsewhere === undefined ? {} : { incident: elsewhere }),
    crimes: (crimes?.panel.crimes?.spots ?? []).map(({ easting, northing, count, published = false }) => ({
      ...{ easting, northing, count },
      isPublished: published
    })),
    incidents: placed.map((incident, at) => ({ ...incident, letter: String.fromCharCode(FIRST_LETTER + at) })),
    unplaced: listed.length - placed.length,
    asked: { location: location?.panel, crimes: crimes?.panel, 'incidents-nearby': incidents?.panel }
  }
}

function toMapFix(item: PanelItem | undefined): MapFix | undefined {
  const point = pointOf(item)
  if (item === undefined || point === undefined) return undefined
  const { id = item.title, standing, radiusMetres } = item.fields ?? {}
  const ellipse = ellipseOf(item)
  return {
    ...{ ...point, item, id: String(id), isConfirmed: standing === 'confirmed' },
    ...(typeof radiusMetres === 'number' && radiusMetres > 0 ? { radiusMetres } : {}),
    ...(ellipse === undefined ? {} : { ellipse }),
    ...(item.outline === undefined ? {} : { outline: item.outline })
  }
}

/** Its source says by how much it is turned from true north; the grid's north is another one by up to some degrees. */
function ellipseOf({ fields = {} }: PanelItem): Ellipse | undefined {
  const { shape, semiMajorMetres: majorMetres, semiMinorMetres: minorMetres, orientationDegrees = 0 } = fields
  if (shape !== 'ellipse' || typeof majorMetres !== 'number' || typeof minorMetres !== 'number') return undefined
  const { latitude, longitude } = fields
  const convergence =
    typeof latitude === 'number' && typeof longitude === 'number'
      ? (longitude - MERIDIAN) * Math.sin(latitude * DEGREE)
      : 0
  return { majorMetres, minorMetres, degrees: Number(orientationDegrees) - convergence }
}

function toMapIncident(item: PanelItem): Omit<MapIncident, 'letter'> | undefined {
  const point = pointOf(item)
  return point === undefined ? undefined : { ...point, item, isLinked: item.kind === 'linked' }
}

function pointOf(item: PanelItem | undefined): MapPoint | undefined {
  const { easting, northing } = item?.fields ?? {}
  return typeof easting === 'number' && typeof northing === 'number' ? { easting, northing } : undefined
}

const STEPS = 72

/** The corners of a fix's area in metres; undefined of a circle, and of one that says nothing of its area. */
export function cornersOf(fix: MapFix): readonly (readonly number[])[] | undefined {
  if (fix.outline !== undefined) return fix.outline
  const { ellipse, easting, northing } = fix
  if (ellipse === undefined) return undefined
  const turn = ellipse.degrees * DEGREE
  return Array.from({ length: STEPS }, (_, at) => {
    const angle = (2 * Math.PI * at) / STEPS
    const [along, across] = [ellipse.majorMetres * Math.cos(angle), ellipse.minorMetres * Math.sin(angle)]
    return [
      easting + along * Math.sin(turn) + across * Math.cos(turn),
      northing + along * Math.cos(turn) - across * Math.sin(turn)
    ]
  })
}
