import Projection from 'ol/proj/Projection.js'
import { addCoordinateTransforms, addProjection, get, transform } from 'ol/proj.js'
import { GRID_EXTENT, HELMERT_GRID } from '../../../grid/national-grid.ts'
import type { MapPoint } from './shown-on-map.ts'

/** The British National Grid: what lies on it is drawn in true metres, to 4 in 10,000. */
export const NATIONAL_GRID = 'EPSG:27700'
const DEGREES = 'EPSG:4326'
const WEB_MERCATOR = 'EPSG:3857'

/** OpenLayers takes pairs for places; one that lies off the grid has no place on it. */
type Pair = number[]
const NOWHERE: Pair = [Number.NaN, Number.NaN]

/** Told to OpenLayers once. Our own arithmetic, within 5 m; where the gateway has OSTN15 its points are exact. */
export function useNationalGrid(): void {
  if (get(NATIONAL_GRID) !== null) return
  const extent = [0, 0, GRID_EXTENT.east, GRID_EXTENT.north]
  addProjection(new Projection({ code: NATIONAL_GRID, units: 'm', extent, global: false }))
  addCoordinateTransforms(DEGREES, NATIONAL_GRID, toGrid, toDegrees)
  addCoordinateTransforms(
    WEB_MERCATOR,
    NATIONAL_GRID,
    pair => toGrid(transform(pair, WEB_MERCATOR, DEGREES)),
    pair => transform(toDegrees(pair), DEGREES, WEB_MERCATOR)
  )
}

function toGrid([longitude = Number.NaN, latitude = Number.NaN]: Pair): Pair {
  const point = HELMERT_GRID.toGrid({ latitude, longitude })
  return point === undefined ? NOWHERE : pairOf(point)
}

function toDegrees([easting = Number.NaN, northing = Number.NaN]: Pair): Pair {
  const place = HELMERT_GRID.toLatLon({ easting, northing })
  return place === undefined ? NOWHERE : [place.longitude, place.latitude]
}

export function pairOf({ easting, northing }: MapPoint): Pair {
  return [easting, northing]
}

/** A hand-written place of the schematic. */
export function placed([latitude, longitude]: readonly [latitude: number, longitude: number]): Pair {
  return toGrid([longitude, latitude])
}
