import { plainForceName } from './plain-force-name.ts'

/** Polygons of a force: detailed coasts have a few hundred thousand points. */
const MAX_POINTS = 2_000_000
const BANDS = 1_024

/** The land of a force. */
export interface ForceArea {
  contains(longitude: number, latitude: number): boolean
  readonly points: number
}

export type AreaRead =
  | { readonly kind: 'read'; readonly area: ForceArea }
  | { readonly kind: 'refused'; readonly reason: string }

/** A side of a ring: from south to north. */
interface Side {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/**
 * The polygons of a GeoJSON file (RFC 7946, WGS84) that are of the force called so; of a file with one feature, that
 * one, whatever it is called. Never throws.
 */
export function parseArea(text: string, names: readonly string[]): AreaRead {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'refused', reason: 'is no JSON' }
  }
  const features = featuresOf(json)
  const wanted = new Set(names.map(plainForceName))
  const own =
    features.length === 1
      ? features
      : features.filter(({ words }) => words.some(word => wanted.has(plainForceName(word))))
  if (own.length === 0) return { kind: 'refused', reason: 'has no feature with a name of the force in its properties' }
  const sides: Side[] = []
  for (const ring of own.flatMap(({ geometry }) => ringsOf(geometry))) {
    const reason = addRing(ring, sides)
    if (reason !== undefined) return { kind: 'refused', reason }
    if (sides.length > MAX_POINTS) return { kind: 'refused', reason: `has more than ${MAX_POINTS} points` }
  }
  return sides.length === 0 ? { kind: 'refused', reason: 'has no polygon' } : { kind: 'read', area: toArea(sides) }
}

interface Feature {
  readonly words: readonly string[]
  readonly geometry: unknown
}

function featuresOf(json: unknown): readonly Feature[] {
  const { type, features, properties, geometry, coordinates } = record(json)
  if (type === 'FeatureCollection' && Array.isArray(features)) return features.flatMap(featuresOf)
  if (type === 'Feature') {
    const words = Object.values(record(properties)).filter(value => typeof value === 'string')
    return [{ words, geometry }]
  }
  return coordinates === undefined ? [] : [{ words: [], geometry: json }]
}

/** Rings of polygons, holes too: inside is where a line to the west crosses an odd number of sides. */
function ringsOf(geometry: unknown): readonly unknown[] {
  const { type, coordinates } = record(geometry)
  if (!Array.isArray(coordinates)) return []
  if (type === 'Polygon') return coordinates
  return type === 'MultiPolygon' ? coordinates.filter(Array.isArray).flat() : []
}

function addRing(ring: unknown, sides: Side[]): string | undefined {
  if (!Array.isArray(ring)) return 'has a ring that is no list'
  let before: readonly [number, number] | undefined
  for (const point of ring) {
    const [x, y] = Array.isArray(point) ? point : []
    if (typeof x !== 'number' || typeof y !== 'number' || Math.abs(x) > 180 || Math.abs(y) > 90) {
      return 'has points that are no longitude and latitude'
    }
    if (before !== undefined && before[1] !== y) {
      const [from, to] = before[1] < y ? [before, [x, y] as const] : [[x, y] as const, before]
      sides.push({ x1: from[0], y1: from[1], x2: to[0], y2: to[1] })
    }
    before = [x, y]
  }
  return undefined
}

/** Sides by the band of latitude they cross, so that a place is held against a few of them only. */
function toArea(sides: readonly Side[]): ForceArea {
  const south = sides.reduce((least, { y1 }) => Math.min(least, y1), 90)
  const north = sides.reduce((most, { y2 }) => Math.max(most, y2), -90)
  const bandOf = (y: number) => Math.min(BANDS - 1, Math.floor(((y - south) / (north - south)) * BANDS))
  const bands = Array.from({ length: BANDS }, (): Side[] => [])
  for (const side of sides) {
    for (let band = bandOf(side.y1); band <= bandOf(side.y2); band += 1) bands[band]?.push(side)
  }
  const contains = (x: number, y: number) => {
    if (y < south || y > north) return false
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
