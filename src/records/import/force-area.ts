import { featuresOf, makeArea, ringsOf, type Side, sidesOf } from '../../grid/polygons.ts'
import { plainForceName } from './plain-force-name.ts'

/** Polygons of a force: detailed coasts have a few hundred thousand points. */
const MAX_POINTS = 2_000_000

/** The land of a force. */
export interface ForceArea {
  contains(longitude: number, latitude: number): boolean
  readonly points: number
}

export type AreaRead =
  | { readonly kind: 'read'; readonly area: ForceArea }
  | { readonly kind: 'refused'; readonly reason: string }

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
    const read = sidesOf(ring, (longitude, latitude) => [longitude, latitude])
    if (typeof read === 'string') return { kind: 'refused', reason: read }
    for (const side of read) sides.push(side)
    if (sides.length > MAX_POINTS) return { kind: 'refused', reason: `has more than ${MAX_POINTS} points` }
  }
  return sides.length === 0 ? { kind: 'refused', reason: 'has no polygon' } : { kind: 'read', area: makeArea(sides) }
}
