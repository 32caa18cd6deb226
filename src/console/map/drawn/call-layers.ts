import Feature, { type FeatureLike } from 'ol/Feature.js'
import CircleArea from 'ol/geom/Circle.js'
import Point from 'ol/geom/Point.js'
import Polygon from 'ol/geom/Polygon.js'
import VectorLayer from 'ol/layer/Vector.js'
import Cluster from 'ol/source/Cluster.js'
import VectorSource from 'ol/source/Vector.js'
import { Circle, Fill, RegularShape, Stroke, Style, type Text } from 'ol/style.js'
import { toDistance } from '../../location-words.ts'
import { faint, type Inks } from './inks.ts'
import { label } from './labels.ts'
import { pairOf } from './projection.ts'
import { cornersOf, type MapCrimes, type MapFix, type MapShown } from './shown-on-map.ts'

/** Pixels within which crimes are one mark. */
const GROUP_PIXELS = 44

/** The area of a fix in metres of the ground: its own shape, else its circle; a point where its source tells no area. */
export function areaOf(fix: MapFix): CircleArea | Polygon | Point {
  const corners = cornersOf(fix)
  if (corners !== undefined) return new Polygon([[...corners, ...corners.slice(0, 1)].map(corner => [...corner])])
  return fix.radiusMetres === undefined ? new Point(pairOf(fix)) : new CircleArea(pairOf(fix), fix.radiusMetres)
}

export interface CallLayers {
  readonly layers: readonly VectorLayer[]
  readonly show: (shown: MapShown) => void
  /** How many crimes each mark stands for, once they are drawn. */
  readonly groups: () => readonly number[]
}

/** What the map shows of the open call; last of all the caller, over everything else. */
export function callLayers(inksNow: () => Inks): CallLayers {
  const [own, published] = [crimesLayer(false, inksNow), crimesLayer(true, inksNow)]
  const [incidents, places] = [new VectorSource(), new VectorSource()]
  return {
    layers: [
      ...[published.layer, own.layer],
      new VectorLayer({
        source: incidents,
        style: drawn => incidentStyle(drawn.get('letter'), drawn.get('isLinked'), inksNow())
      }),
      new VectorLayer({
        source: places,
        // Words of the ground give way to the names of places.
        declutter: 'ground',
        style: drawn => placeStyle(drawn, inksNow())
      })
    ],
    show: shown => {
      const of = (isPublished: boolean) => shown.crimes.filter(spot => spot.isPublished === isPublished)
      own.show(of(false))
      published.show(of(true))
      refill(
        incidents,
        shown.incidents.map(
          ({ letter, isLinked, ...point }) => new Feature({ geometry: new Point(pairOf(point)), letter, isLinked })
        )
      )
      const fixes = [
        { fix: shown.main, as: 'caller' },
        { fix: shown.offered, as: 'offered' },
        { fix: shown.incident, as: 'incident' }
      ] as const
      refill(
        places,
        fixes.flatMap(({ fix, as }) => (fix === undefined ? [] : placeFeatures(fix, as)))
      )
    },
    groups: () => [...own.groups(), ...published.groups()]
  }
}

function refill(source: VectorSource, features: Feature[]): void {
  source.clear(true)
  source.addFeatures(features)
}

function crimesLayer(isPublished: boolean, inksNow: () => Inks) {
  const spots = new VectorSource<Feature<Point>>()
  const source = new Cluster({ source: spots, distance: GROUP_PIXELS, minDistance: GROUP_PIXELS / 2 })
  return {
    layer: new VectorLayer({
      source,
      style: drawn => crimeStyle(sumOf(drawn.get('features')), isPublished, inksNow())
    }),
    show: (crimes: readonly MapCrimes[]) => {
      spots.clear(true)
      spots.addFeatures(crimes.map(({ count, ...point }) => new Feature({ geometry: new Point(pairOf(point)), count })))
    },
    groups: () => source.getFeatures().map(drawn => sumOf(drawn.get('features')))
  }
}

function sumOf(features: readonly Feature[] = []): number {
  return features.reduce((sum, each) => sum + Number(each.get('count')), 0)
}

/** Own ones are round and filled, published ones are square and hollow: told apart without their colour. */
function crimeStyle(count: number, isPublished: boolean, inks: Inks): Style {
  const radius = Math.min(20, 9 + 2 * Math.log2(count + 1))
  const ink = isPublished ? inks['published-crime'] : inks['own-crime']
  const image = isPublished
    ? new RegularShape({
        ...{ points: 4, radius: radius * 1.25, angle: Math.PI / 4 },
        fill: new Fill({ color: faint(inks.ground, 0.85) }),
        stroke: new Stroke({ color: ink, width: 1.5 })
      })
    : new Circle({ radius, fill: new Fill({ color: ink }), stroke: new Stroke({ color: inks.ground, width: 1.5 }) })
  const words = { text: String(count), size: 'small', isStrong: true, over: 'everything' } as const
  const onInk = { ...inks, ground: ink }
  return new Style({
    image,
    text: isPublished ? label({ ...words, ink, inks }) : label({ ...words, ink: inks.ground, inks: onInk })
  })
}

function incidentStyle(letter: unknown, isLinked: unknown, inks: Inks): Style {
  return new Style({
    image: new RegularShape({
      ...{ points: 4, radius: 14, angle: 0 },
      fill: new Fill({ color: isLinked === true ? inks.incident : inks.ground }),
      stroke: new Stroke({ color: inks.incident, width: 2.5 })
    }),
    text: label({
      ...{ text: String(letter), isStrong: true, over: 'everything', size: 'normal' },
      ...(isLinked === true
        ? { ink: inks.ground, inks: { ...inks, ground: inks.incident } }
        : { ink: inks.incident, inks })
    })
  })
}

/** What a place is shown as. */
type As = 'caller' | 'offered' | 'incident'

/** The area to scale, and a mark of one size in its middle: an area may be too small to be seen. */
function placeFeatures(fix: MapFix, as: As): Feature[] {
  const area = areaOf(fix)
  const [, bottom = 0, , top = 0] = area.getExtent()
  return [
    new Feature({ geometry: area, fix, as, part: 'area' }),
    new Feature({ geometry: new Point(pairOf(fix)), fix, as, part: 'middle' }),
    // Its name stands above it, that of a better place below, so that neither lies on the other.
    new Feature({ geometry: new Point([fix.easting, as === 'offered' ? bottom : top]), fix, as, part: 'name' })
  ]
}

function placeStyle(drawn: FeatureLike, inks: Inks): Style {
  const [fix, as]: [MapFix, As] = [drawn.get('fix'), drawn.get('as')]
  const ink = inks[as]
  const isOffered = as === 'offered'
  if (drawn.get('part') === 'middle') return new Style({ image: middleMark(ink, as, inks) })
  if (drawn.get('part') === 'name') return new Style({ text: nameOfPlace(fix, as, ink, inks) })
  return new Style({
    fill: new Fill({ color: faint(ink, isOffered ? 0.1 : 0.16) }),
    stroke: new Stroke({ color: ink, width: isOffered ? 2 : 3, ...(isOffered ? { lineDash: [8, 5] } : {}) })
  })
}

/** Told apart by their shape: the caller is a dot, a better place a hollow diamond, the incident a filled triangle. */
function middleMark(ink: string, as: As, inks: Inks): RegularShape | Circle {
  if (as === 'caller') {
    return new Circle({
      radius: 5,
      declutterMode: 'obstacle',
      fill: new Fill({ color: ink }),
      stroke: new Stroke({ color: inks.ground, width: 1.5 })
    })
  }
  const isOffered = as === 'offered'
  return new RegularShape({
    ...{ points: isOffered ? 4 : 3, radius: isOffered ? 8 : 10, angle: 0, declutterMode: 'obstacle' },
    fill: new Fill({ color: isOffered ? inks.ground : ink }),
    stroke: new Stroke({ color: isOffered ? ink : inks.ground, width: isOffered ? 2.5 : 1.5 })
  })
}

function nameOfPlace(fix: MapFix, as: As, ink: string, inks: Inks): Text {
  const names = { offered: 'Offered', incident: 'Incident', caller: fix.isConfirmed ? 'Confirmed' : 'Caller' }
  const within = fix.radiusMetres === undefined ? 'area not told' : `±${toDistance(fix.radiusMetres)}`
  const words = { text: `${names[as]} ${within}`, ink, inks, size: 'large', isStrong: true, over: 'others' } as const
  return label({ ...words, offsetY: as === 'offered' ? 18 : -14 })
}
