/*
 * Polygons of GeoJSON (RFC 7946), and whether a point is inside of them; in degrees, or in metres of the grid.
 */

/** In how many bands the sides are kept at most, so that a point is held against a few of them only. */
const BANDS = 1_024
/** Of an area with few sides there are fewer: a force has hundreds of neighbourhoods. */
const SIDES_PER_BAND = 4

/** A side of a ring, from south to north; level ones are left out. */
export interface Side {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** What a feature is: its properties and every text among them, and its geometry as it stands. */
export interface Feature {
  readonly properties: Readonly<Record<string, unknown>>
  readonly words: readonly string[]
  readonly geometry: unknown
}

export interface Area {
  contains(x: number, y: number): boolean
  readonly points: number
}

/** Of a collection, a feature, or a bare geometry; of anything else none. */
export function featuresOf(json: unknown): readonly Feature[] {
  const { type, features, properties, geometry, coordinates } = record(json)
  if (type === 'FeatureCollection' && Array.isArray(features)) return features.flatMap(featuresOf)
  if (type === 'Feature') {
    const own = record(properties)
    return [{ properties: own, words: Object.values(own).filter(value => typeof value === 'string'), geometry }]
  }
  return coordinates === undefined ? [] : [{ properties: {}, words: [], geometry: json }]
}

/** Rings of polygons, holes too: inside is where a line to the west crosses an odd number of sides. */
export function ringsOf(geometry: unknown): readonly unknown[] {
  const { type, coordinates } = record(geometry)
  if (!Array.isArray(coordinates)) return []
  if (type === 'Polygon') return coordinates
  return type === 'MultiPolygon' ? coordinates.filter(Array.isArray).flat() : []
}

/** The sides of a ring, in the metres or degrees that `toPlane` gives; why it has none where it is no ring of degrees. */
export function sidesOf(
  ring: unknown,
  toPlane: (longitude: number, latitude: number) => readonly [x: number, y: number] | undefined
): readonly Side[] | string {
  if (!Array.isArray(ring)) return 'has a ring that is no list'
  const sides: Side[] = []
  let before: readonly [number, number] | undefined
  for (const point of ring) {
    const [longitude, latitude] = Array.isArray(point) ? point : []
    const isDegrees = typeof longitude === 'number' && typeof latitude === 'number'
    if (!isDegrees || Math.abs(longitude) > 180 || Math.abs(latitude) > 90) {
      return 'has points that are no longitude and latitude'
    }
    const at = toPlane(longitude, latitude)
    if (at === undefined) return 'has points outside of Britain'
    if (before !== undefined && before[1] !== at[1]) sides.push(toSide(before, at))
    before = at
  }
  return sides
}

function toSide(one: readonly [number, number], other: readonly [number, number]): Side {
  const [from, to] = one[1] < other[1] ? [one, other] : [other, one]
  return { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }
}

/** What these sides enclose. */
export function makeArea(sides: readonly Side[]): Area {
  const south = sides.reduce((least, { y1 }) => Math.min(least, y1), Number.POSITIVE_INFINITY)
  const north = sides.reduce((most, { y2 }) => Math.max(most, y2), Number.NEGATIVE_INFINITY)
  const count = Math.max(1, Math.min(BANDS, Math.floor(sides.length / SIDES_PER_BAND)))
  const bandOf = (y: number) => Math.min(count - 1, Math.floor(((y - south) / (north - south)) * count))
  const bands = Array.from({ length: count }, (): Side[] => [])
  for (const side of sides) {
    for (let band = bandOf(side.y1); band <= bandOf(side.y2); band += 1) bands[band]?.push(side)
  }
  const contains = (x: number, y: number) => {
    if (!(y >= south && y <= north)) return false
    let isInside = false
    for (const { x1, y1, x2, y2 } of bands[bandOf(y)] ?? []) {
      if (y < y1 || y >= y2) continue
      if (x1 + ((y - y1) / (y2 - y1)) * (x2 - x1) > x) isInside = !isInside
    }
    return isInside
  }
  return { contains, points: sides.length }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
