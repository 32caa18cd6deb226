import { nearWgs84, toOsgb36 } from './helmert.ts'
import {
  AIRY_1830,
  type Angles,
  GRS80,
  type Plane,
  project,
  toDegrees,
  toRadians,
  unproject
} from './transverse-mercator.ts'

/** Metres on the British National Grid (OSGB36). */
export interface GridPoint {
  readonly easting: number
  readonly northing: number
}

/** WGS84 degrees, taken for those of ETRS89. */
export interface LatLon {
  readonly latitude: number
  readonly longitude: number
}

/** What OSTN15 says of a place: metres from its ETRS89 easting and northing to those of OSGB36. */
export interface GridShifts {
  /** Undefined where the file does not reach. */
  shiftAt(easting: number, northing: number): GridPoint | undefined
}

/** The whole of Britain, its isles and the sea between, in metres. */
export const GRID_EXTENT = { east: 700_000, north: 1_300_000 } as const
/** Where it may lie at all; further off the projection means nothing. */
const BOUNDS = { south: 48, north: 63, west: -11, east: 5 } as const
/**
 * OSTN15 is exact for ETRS89, which moves with Europe; a telephone says WGS84 of today, and the two were 0.8 m apart by
 * 2025. No source says which one it means, so nothing is corrected.
 */
const DRIFT_METRES = 1
/** A tenth of this is asked for where there and back must agree to 1 mm. */
const CLOSE_ENOUGH = 1e-5
const MOST_STEPS = 12

/** WGS84 to the National Grid and back. Undefined outside of it: a caller in France has no grid reference. */
export interface NationalGrid {
  readonly method: 'helmert' | 'ostn15'
  /** How far a converted place may be off. */
  readonly accuracyMetres: number
  toGrid(place: LatLon): GridPoint | undefined
  toLatLon(point: GridPoint): LatLon | undefined
}

/**
 * The conversion: by Ordnance Survey's OSTN15 where its shifts are given, which is the definition of OSGB36 itself,
 * else by seven parameters, which are within 5 m. Where the shifts end the seven parameters go on.
 */
export function makeNationalGrid(shifts?: GridShifts): NationalGrid {
  const forward = (place: LatLon) => (shifts === undefined ? undefined : byShifts(shifts, place)) ?? byHelmert(place)
  return {
    method: shifts === undefined ? 'helmert' : 'ostn15',
    accuracyMetres: shifts === undefined ? 5 : DRIFT_METRES,
    toGrid: place => {
      if (!isNearBritain(place)) return undefined
      const point = forward(place)
      return isOnGrid(point) ? point : undefined
    },
    toLatLon: point => (isOnGrid(point) ? invert(point, forward) : undefined)
  }
}

/** Without OSTN15: within 5 m everywhere in Britain. */
export const HELMERT_GRID = makeNationalGrid()

export function isOnGrid({ easting, northing }: GridPoint): boolean {
  return easting >= 0 && easting < GRID_EXTENT.east && northing >= 0 && northing < GRID_EXTENT.north
}

/** Metres between two places on the grid. */
export function metresBetween(one: GridPoint, other: GridPoint): number {
  return Math.hypot(one.easting - other.easting, one.northing - other.northing)
}

function isNearBritain({ latitude, longitude }: LatLon): boolean {
  const { south, north, west, east } = BOUNDS
  return latitude >= south && latitude <= north && longitude >= west && longitude <= east
}

function byHelmert(place: LatLon): Plane {
  return project(AIRY_1830, toOsgb36(anglesOf(place)))
}

function byShifts(shifts: GridShifts, place: LatLon): Plane | undefined {
  const { easting, northing } = project(GRS80, anglesOf(place))
  const shift = shifts.shiftAt(easting, northing)
  return shift === undefined ? undefined : { easting: easting + shift.easting, northing: northing + shift.northing }
}

/** The place whose way forward ends at this point: a guess, and what it misses by added to what is aimed at. */
function invert(point: GridPoint, forward: (place: LatLon) => Plane): LatLon {
  let { easting, northing } = point
  let place = guess({ easting, northing })
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const reached = forward(place)
    const east = point.easting - reached.easting
    const north = point.northing - reached.northing
    if (Math.hypot(east, north) < CLOSE_ENOUGH) break
    easting += east
    northing += north
    place = guess({ easting, northing })
  }
  return place
}

function guess(point: Plane): LatLon {
  const { phi, lambda } = nearWgs84(unproject(AIRY_1830, point))
  return { latitude: toDegrees(phi), longitude: toDegrees(lambda) }
}

function anglesOf({ latitude, longitude }: LatLon): Angles {
  return { phi: toRadians(latitude), lambda: toRadians(longitude) }
}
