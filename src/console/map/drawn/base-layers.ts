import Feature from 'ol/Feature.js'
import LineString from 'ol/geom/LineString.js'
import Point from 'ol/geom/Point.js'
import Polygon from 'ol/geom/Polygon.js'
import VectorLayer from 'ol/layer/Vector.js'
import VectorSource from 'ol/source/Vector.js'
import { Circle, Fill, Stroke, Style } from 'ol/style.js'
import { SCHEMATIC_FROM } from '../map-source.ts'
import { faint, type Inks } from './inks.ts'
import { label } from './labels.ts'
import { placed } from './projection.ts'
import { FORCE_AREAS, ISLE_OF_WIGHT, MAINLAND_COAST } from './schematic/areas.ts'
import type { Line } from './schematic/lines.ts'
import { MAIN_ROADS } from './schematic/roads.ts'
import { TOWNS } from './schematic/towns.ts'

/** Finer than this the towns of the second rank are named; metres a pixel. */
const ALL_TOWNS_BELOW = 130
const ROAD_NAMES_BELOW = 220

/** The ground as this project has drawn it: areas of the forces, coast, main roads, towns. */
export function schematicLayer(inksNow: () => Inks, hasBorders: boolean): VectorLayer {
  const features = [
    // A force that has its true border must not see a rough one beside it.
    ...(hasBorders ? [] : FORCE_AREAS).map(({ line }) => feature('area', new Polygon([ringOf(line)]))),
    feature('coast', new LineString(MAINLAND_COAST.map(placed))),
    feature('coast', new LineString(ringOf(ISLE_OF_WIGHT))),
    ...MAIN_ROADS.map(({ name, isMotorway, line }) =>
      feature(isMotorway ? 'motorway' : 'road', new LineString(line.map(placed)), name)
    ),
    ...TOWNS.map(({ name, latitude, longitude, rank }) =>
      feature(rank === 1 ? 'town' : 'small-town', new Point(placed([latitude, longitude])), name)
    )
  ]
  return new VectorLayer({
    source: new VectorSource({ features }),
    declutter: 'ground',
    style: (drawn, resolution) =>
      schematicStyle(String(drawn.get('shows')), nameOf(drawn.get('name')), resolution, inksNow())
  })
}

function feature(shows: string, geometry: Polygon | LineString | Point, name?: string): Feature {
  return new Feature({ geometry, shows, name })
}

function ringOf(line: Line): number[][] {
  const ring = line.map(placed)
  return [...ring, ...ring.slice(0, 1)]
}

function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : ''
}

function schematicStyle(shows: string, name: string, resolution: number, inks: Inks): Style | undefined {
  const isTown = shows === 'town' || shows === 'small-town'
  if (resolution < SCHEMATIC_FROM) {
    return isTown ? new Style({ text: label({ text: name, ink: inks.grid, inks, size: 'large' }) }) : undefined
  }
  if (shows === 'area') {
    return new Style({
      fill: new Fill({ color: faint(inks.area, 0.12) }),
      stroke: new Stroke({ color: faint(inks.border, 0.7), width: 1.5, lineDash: [6, 4] })
    })
  }
  if (shows === 'coast') return new Style({ stroke: new Stroke({ color: inks.coast, width: 2 }), zIndex: 1 })
  if (shows === 'road' || shows === 'motorway') return roadStyle(shows === 'motorway', name, resolution, inks)
  const isSmall = shows === 'small-town'
  if (isSmall && resolution > ALL_TOWNS_BELOW) return undefined
  return new Style({
    image: new Circle({ radius: isSmall ? 2.5 : 3.5, fill: new Fill({ color: inks.town }), declutterMode: 'none' }),
    text: label({ text: name, ink: inks.town, inks, size: isSmall ? 'small' : 'normal', offsetY: -11 }),
    zIndex: isSmall ? 3 : 4
  })
}

function roadStyle(isMotorway: boolean, name: string, resolution: number, inks: Inks): Style {
  const stroke = new Stroke({ color: isMotorway ? inks.motorway : inks.road, width: isMotorway ? 3 : 1.5 })
  if (resolution > ROAD_NAMES_BELOW) return new Style({ stroke, zIndex: 2 })
  return new Style({ stroke, text: label({ text: name, ink: inks.town, inks }), zIndex: 2 })
}
