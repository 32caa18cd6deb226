import Feature from 'ol/Feature.js'
import LineString from 'ol/geom/LineString.js'
import Point from 'ol/geom/Point.js'
import VectorLayer from 'ol/layer/Vector.js'
import VectorSource from 'ol/source/Vector.js'
import { Stroke, Style } from 'ol/style.js'
import { toGridReference } from '../../../grid/grid-reference.ts'
import { GRID_EXTENT } from '../../../grid/national-grid.ts'
import { faint, type Inks } from './inks.ts'
import { label } from './labels.ts'

/** Sides of a square in metres, with how many figures of each number name it. */
const SQUARES = [
  { metres: 100, digits: 3 },
  { metres: 1_000, digits: 2 },
  { metres: 10_000, digits: 1 },
  { metres: 100_000, digits: 0 }
] as const
/** Squares smaller than this on the screen are in the way, and names nearer to each other than that. */
const LEAST_PIXELS = 70
const NAME_PIXELS = 170

export interface GridLines {
  readonly layer: VectorLayer
  /** Draws the lines of what is now seen. */
  readonly cover: (extent: readonly number[], resolution: number) => void
}

/**
 * The squares of the National Grid, each with its name: however near one looks there is something by which to know the
 * distance, and a grid reference that is read out can be found.
 */
export function gridLines(inksNow: () => Inks): GridLines {
  const source = new VectorSource()
  const layer = new VectorLayer({
    source,
    style: drawn => {
      const inks = inksNow()
      const name = drawn.get('name')
      return typeof name === 'string'
        ? new Style({
            text: label({
              text: name,
              ink: inks.grid,
              inks,
              over: 'everything',
              offsetX: 4,
              offsetY: -8,
              align: 'left'
            })
          })
        : new Style({ stroke: new Stroke({ color: faint(inks.grid, 0.35), width: 1 }) })
    }
  })
  return {
    layer,
    cover: (extent, resolution) => {
      source.clear(true)
      source.addFeatures(linesOf(extent, resolution))
    }
  }
}

function linesOf([west = 0, south = 0, east = 0, north = 0]: readonly number[], resolution: number): Feature[] {
  const square = SQUARES.find(({ metres }) => metres >= LEAST_PIXELS * resolution)
  if (square === undefined) return []
  const { metres, digits } = square
  const eastings = stepsBetween(west, east, GRID_EXTENT.east, metres)
  const northings = stepsBetween(south, north, GRID_EXTENT.north, metres)
  const each = Math.ceil((NAME_PIXELS * resolution) / metres) * metres
  const isNamed = (at: number) => at % each === 0
  return [
    ...eastings.map(
      at =>
        new Feature(
          new LineString([
            [at, south],
            [at, north]
          ])
        )
    ),
    ...northings.map(
      at =>
        new Feature(
          new LineString([
            [west, at],
            [east, at]
          ])
        )
    ),
    ...eastings.filter(isNamed).flatMap(easting =>
      northings.filter(isNamed).flatMap(northing => {
        const name = toGridReference({ easting, northing }, digits)?.trim()
        return name === undefined ? [] : [new Feature({ geometry: new Point([easting, northing]), name })]
      })
    )
  ]
}

function stepsBetween(from: number, to: number, end: number, step: number): readonly number[] {
  const first = Math.max(0, Math.floor(from / step))
  const last = Math.min(end / step, Math.ceil(to / step))
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step)
}
