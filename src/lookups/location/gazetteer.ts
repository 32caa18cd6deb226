import { toGridReference } from '../../grid/grid-reference.ts'
import { HELMERT_GRID, type NationalGrid } from '../../grid/national-grid.ts'
import type { LocationFix } from './location.ts'
import { type NearestPlaces, NO_PLACES, type Places } from './places.ts'
import { postcodeIn } from './postcodes.ts'

/** What a place on the map is said with; what is loaded at the start comes into it when it is there. */
export interface Gazetteer {
  readonly grid: NationalGrid
  readonly places: Places
}

/** Without any file. */
export const PLAIN_GAZETTEER: Gazetteer = { grid: HELMERT_GRID, places: NO_PLACES }

/** Where a fix lies, in the words a handler says to a unit. Empty for a fix without a position, or outside of Britain. */
export interface FixPlace extends NearestPlaces {
  readonly gridReference?: string
}

/**
 * The same fix in degrees and on the National Grid, whichever its source gave. An address without a position becomes
 * one by its postcode, where that is known: a circle around the postcode's centre, of source `address`, for it is no
 * measurement. What cannot be placed comes back as it is.
 */
export function placeFix(fix: LocationFix, { grid, places }: Gazetteer): LocationFix {
  const { latitude, longitude } = fix
  if (latitude !== undefined && longitude !== undefined) {
    const point = fix.grid ?? grid.toGrid({ latitude, longitude })
    return point === undefined ? fix : { ...fix, grid: point, ...cornersOnGrid(fix, grid) }
  }
  if (fix.grid !== undefined) return { ...fix, ...grid.toLatLon(fix.grid) }
  const postcode = fix.postcode ?? postcodeIn(fix.address ?? '')
  const centre = postcode === undefined ? undefined : places.centreOf(postcode)
  const place = centre === undefined ? undefined : grid.toLatLon(centre)
  if (centre === undefined || place === undefined) return fix
  const { easting, northing, radiusMetres } = centre
  const method = fix.source === 'address' ? 'Postcode' : `Postcode, ${fix.source}`
  const point = { easting, northing }
  return {
    ...fix,
    ...place,
    source: 'address',
    shape: 'circle',
    grid: point,
    radiusMetres,
    method,
    postcode: centre.postcode
  }
}

/** All corners or none: a shape of some of them is another one. */
function cornersOnGrid({ corners = [] }: LocationFix, grid: NationalGrid): Pick<LocationFix, 'gridCorners'> {
  const placed = corners.flatMap(([latitude, longitude]) => grid.toGrid({ latitude, longitude }) ?? [])
  return placed.length === 0 || placed.length < corners.length ? {} : { gridCorners: placed }
}

/** Grid reference, nearest postcode and nearest place of a fix that has been placed. */
export function describePlace({ grid: point }: LocationFix, { places }: Gazetteer): FixPlace {
  if (point === undefined) return {}
  const gridReference = toGridReference(point)
  return { ...(gridReference === undefined ? {} : { gridReference }), ...places.nearest(point) }
}
