import { findElement, findElements, type XmlElement } from '../../net/safe-xml.ts'
import { centreOf, type Place, placeAt, reachOf } from './earth.ts'
import type { LocationFix } from './location.ts'

/** What a shape says of a fix. */
export type Geometry = Pick<
  LocationFix,
  | 'latitude'
  | 'longitude'
  | 'altitudeMetres'
  | 'radiusMetres'
  | 'semiMajorMetres'
  | 'semiMinorMetres'
  | 'orientationDegrees'
  | 'corners'
> & { readonly shape: 'point' | 'circle' | 'ellipse' | 'polygon' }

/** Units as RFC 5491 §5 allows them. */
const METRES = 'urn:ogc:def:uom:EPSG::9001'
const DEGREES = 'urn:ogc:def:uom:EPSG::9102'
const RADIANS = 'urn:ogc:def:uom:EPSG::9101'
/** Nothing on earth is further from a place than this. */
const MAX_RADIUS = 20_040_000
/** RFC 5491 §5.2.2 asks for fifteen; whoever sends many more means a map, not a caller. */
const MAX_CORNERS = 100
/** A band is drawn by a corner for so many degrees. */
const STEP_DEGREES = 10
/** WGS84 in two and three dimensions, as RFC 5491 §5.1 allows and as senders abbreviate it. */
const WGS84 = /(?:^|[:#/])(4326|4979)$/

const SHAPES: Readonly<Record<string, (shape: XmlElement, crs: Crs) => Geometry | string>> = {
  Point: readPoint,
  Polygon: readPolygon,
  Circle: readCircle,
  Ellipse: readEllipse,
  ArcBand: readArcBand,
  Sphere: readCircle,
  Ellipsoid: readEllipse,
  Prism: readPrism
}

/** How many numbers make a position: two, or three with the height. */
interface Crs {
  readonly dimensions: 2 | 3
}

/**
 * The first shape below an element as RFC 5491 §5.2 has it: latitude before longitude, lengths in metres, angles in
 * degrees or radians. A string says in words why it is none; undefined where no shape is there.
 */
export function readShape(from: XmlElement): Geometry | string | undefined {
  const shape = firstShape(from)
  return shape === undefined ? undefined : readFrom(shape, { dimensions: 2 })
}

function firstShape(from: XmlElement): XmlElement | undefined {
  for (const child of from.children) {
    const found = Object.hasOwn(SHAPES, child.name) ? child : firstShape(child)
    if (found !== undefined) return found
  }
  return undefined
}

function readFrom(shape: XmlElement, around: Crs): Geometry | string {
  const named = shape.attributes['srsName'] ?? findElement(shape, 'pos')?.attributes['srsName']
  const known = named === undefined ? undefined : WGS84.exec(named.trim())
  if (known === null) return 'coordinates that are not WGS84'
  const crs: Crs = known === undefined ? around : { dimensions: known[1] === '4979' ? 3 : 2 }
  return SHAPES[shape.name]?.(shape, crs) ?? `shape ${shape.name} is not known`
}

function readPoint(point: XmlElement, crs: Crs): Geometry | string {
  const place = readPosition(point, crs)
  return typeof place === 'string' ? place : { shape: 'point', ...place }
}

/** A sphere is a circle with a height. */
function readCircle(circle: XmlElement, crs: Crs): Geometry | string {
  const place = readPosition(circle, crs)
  if (typeof place === 'string') return place
  const radiusMetres = readLength(circle, 'radius', 'a circle without a radius')
  return typeof radiusMetres === 'string' ? radiusMetres : { shape: 'circle', ...place, radiusMetres }
}

/** An ellipsoid is an ellipse with a height. */
function readEllipse(ellipse: XmlElement, crs: Crs): Geometry | string {
  const place = readPosition(ellipse, crs)
  if (typeof place === 'string') return place
  const major = readLength(ellipse, 'semiMajorAxis', 'an ellipse without its axes')
  const minor = readLength(ellipse, 'semiMinorAxis', 'an ellipse without its axes')
  const turned = readAngle(ellipse, 'orientation', 'an ellipse without its orientation')
  if (typeof major === 'string') return major
  if (typeof minor === 'string') return minor
  if (typeof turned === 'string') return turned
  // Some senders take the first axis for the longer one; what is meant is plain.
  const longer = major >= minor ? turned : turned + 90
  return {
    shape: 'ellipse',
    ...place,
    radiusMetres: Math.max(major, minor),
    semiMajorMetres: Math.max(major, minor),
    semiMinorMetres: Math.min(major, minor),
    orientationDegrees: longer >= 0 && longer < 360 ? longer : ((longer % 360) + 360) % 360
  }
}

/** RFC 5491 §5.2.5: what lies between two circles and two bearings; drawn as a polygon that holds all of it. */
function readArcBand(band: XmlElement, crs: Crs): Geometry | string {
  const place = readPosition(band, crs)
  if (typeof place === 'string') return place
  const inner = readLength(band, 'innerRadius', 'an arc band without its radii')
  const outer = readLength(band, 'outerRadius', 'an arc band without its radii')
  const start = readAngle(band, 'startAngle', 'an arc band without its angles')
  const opening = readAngle(band, 'openingAngle', 'an arc band without its angles')
  if (typeof inner === 'string') return inner
  if (typeof outer === 'string') return outer
  if (typeof start === 'string') return start
  if (typeof opening === 'string') return opening
  if (inner > outer || outer === 0 || opening <= 0) return 'an arc band that holds nothing'
  const { latitude, longitude, ...height } = place
  if (opening >= 360 - STEP_DEGREES) return { shape: 'circle', ...place, radiusMetres: outer }
  const steps = Math.ceil(opening / STEP_DEGREES)
  const bearings = Array.from({ length: steps + 1 }, (_, at) => start + (opening * at) / steps)
  // The corners lie outside the arc, so that the lines between them do not cut it.
  const reach = outer / Math.cos(((opening / steps) * Math.PI) / 360)
  const centre: Place = [latitude, longitude]
  const outside = bearings.map(bearing => placeAt(centre, reach, bearing))
  const inside = inner === 0 ? [centre] : bearings.map(bearing => placeAt(centre, inner, bearing)).reverse()
  return { ...fromCorners([...outside, ...inside]), ...height }
}

function readPolygon(polygon: XmlElement, crs: Crs): Geometry | string {
  const ring = findElement(polygon, 'LinearRing') ?? polygon
  const positions = findElements(ring, 'pos')
  const lists = positions.length > 0 ? positions : findElements(ring, 'posList')
  const places: Position[] = []
  for (const list of lists) {
    const read = toPositions(list, crs, positions.length > 0)
    if (typeof read === 'string') return read
    places.push(...read)
    if (places.length > MAX_CORNERS + 1) return `a polygon of more than ${MAX_CORNERS} corners`
  }
  const [first, last] = [places[0], places.at(-1)]
  const isClosed = places.length > 1 && first?.latitude === last?.latitude && first?.longitude === last?.longitude
  const corners = (isClosed ? places.slice(0, -1) : places).map((at): Place => [at.latitude, at.longitude])
  if (new Set(corners.map(String)).size < 3) return 'a polygon of fewer than three corners'
  const heights = places.flatMap(({ altitudeMetres }) => altitudeMetres ?? [])
  const height =
    heights.length === 0 ? {} : { altitudeMetres: rounded(heights.reduce((a, b) => a + b) / heights.length) }
  return { ...fromCorners(corners), ...height }
}

/** RFC 5491 §5.2.8: a surface and how high it reaches; the height of the fix is that of its middle. */
function readPrism(prism: XmlElement, crs: Crs): Geometry | string {
  const base = findElement(prism, 'base')
  const shape = base === undefined ? undefined : firstShape(base)
  if (shape === undefined || shape.name === 'Prism') return 'a prism without its base'
  const surface = readFrom(shape, crs)
  if (typeof surface === 'string') return surface
  const height = readLength(prism, 'height', 'a prism without its height')
  if (typeof height === 'string') return height
  const { altitudeMetres } = surface
  return altitudeMetres === undefined ? surface : { ...surface, altitudeMetres: rounded(altitudeMetres + height / 2) }
}

function fromCorners(corners: readonly Place[]): Geometry {
  const [latitude, longitude] = centreOf(corners)
  return { shape: 'polygon', latitude, longitude, radiusMetres: reachOf([latitude, longitude], corners), corners }
}

/** To the centimetre. */
function rounded(metres: number): number {
  return Math.round(metres * 100) / 100
}

interface Position {
  readonly latitude: number
  readonly longitude: number
  readonly altitudeMetres?: number
}

const NO_PLACE = 'its position is no latitude and longitude'

function readPosition(shape: XmlElement, crs: Crs): Position | string {
  const pos = findElement(shape, 'pos')
  if (pos === undefined) return readSexagesimal(findElement(shape, 'coordinates')?.text ?? '')
  const places = toPositions(pos, crs, true)
  return typeof places === 'string' ? places : (places[0] ?? NO_PLACE)
}

/** The positions of a `pos` or `posList`; one alone may have a height too many, which is left out, as in a 2D system. */
function toPositions(
  { text, attributes }: XmlElement,
  { dimensions }: Crs,
  isOne: boolean
): readonly Position[] | string {
  const numbers = text === '' ? [] : text.split(/\s+/).map(toNumber)
  const said = Number(attributes['srsDimension'])
  const each = said === 2 || said === 3 ? said : isOne ? numbers.length : dimensions
  if ((each !== 2 && each !== 3) || numbers.length === 0 || numbers.length % each !== 0) return NO_PLACE
  const places: Position[] = []
  for (let at = 0; at < numbers.length; at += each) {
    const [latitude = Number.NaN, longitude = Number.NaN] = numbers.slice(at, at + 2)
    const altitudeMetres = each === 3 && dimensions === 3 ? numbers[at + 2] : undefined
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return NO_PLACE
    if (altitudeMetres !== undefined && !(Math.abs(altitudeMetres) <= 100_000)) return 'its height is no height'
    places.push({ latitude, longitude, ...(altitudeMetres === undefined ? {} : { altitudeMetres }) })
  }
  return places
}

const SEXAGESIMAL = /^(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)([NS])[\s,]+(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)([EW])$/

/** The form of RFC 4119's own examples, `37:46:30N 122:25:10W`: its letters say which is which. */
function readSexagesimal(text: string): Position | string {
  const found = SEXAGESIMAL.exec(text)
  if (found === null) return NO_PLACE
  const degrees = (at: number) =>
    Math.round((Number(found[at]) + Number(found[at + 1]) / 60 + Number(found[at + 2]) / 3600) * 1e7) / 1e7
  const latitude = degrees(1) * (found[4] === 'S' ? -1 : 1)
  const longitude = degrees(5) * (found[8] === 'W' ? -1 : 1)
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : NO_PLACE
}

function readLength(shape: XmlElement, name: string, missing: string): number | string {
  const length = findElement(shape, name)
  const metres = toNumber(length?.text ?? '')
  if (length === undefined || !(metres >= 0 && metres <= MAX_RADIUS)) return missing
  return (length.attributes['uom'] ?? METRES) === METRES ? metres : `a length (${name}) that is not in metres`
}

/** In degrees. */
function readAngle(shape: XmlElement, name: string, missing: string): number | string {
  const angle = findElement(shape, name)
  const value = toNumber(angle?.text ?? '')
  if (angle === undefined || !(Math.abs(value) <= 1_000)) return missing
  const unit = angle.attributes['uom'] ?? DEGREES
  if (unit === RADIANS) return (value * 180) / Math.PI
  return unit === DEGREES ? value : `an angle (${name}) that is in neither degrees nor radians`
}

/** Decimal, as XML Schema writes a double; an empty text is no 0. */
function toNumber(text: string): number {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
}
