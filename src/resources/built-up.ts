import type { GridPoint, NationalGrid } from '../grid/national-grid.ts'
import { featuresOf, makeArea, type Side } from '../grid/polygons.ts'
import { gridSidesOf } from './grid-sides.ts'
import type { Area } from './job.ts'

/** Detailed built-up areas of a force have some hundred thousand points. */
const MAX_POINTS = 1_000_000

export type AreaAt = (place: GridPoint) => Area

export type BuiltUpRead =
  | { readonly kind: 'read'; readonly areaAt: AreaAt; readonly points: number }
  | { readonly kind: 'refused'; readonly reason: string }

/** Without areas every place is urban: the shorter target is the safer one to go by. */
export const ALL_URBAN: AreaAt = () => 'urban'

/**
 * Which places are built up, by all polygons of a GeoJSON file (RFC 7946, WGS84), whatever its features are called. They are
 * turned to the grid once, so that a unit's place needs no conversion. Never throws.
 */
export function parseBuiltUp(text: string, grid: NationalGrid): BuiltUpRead {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'refused', reason: 'is no JSON' }
  }
  const sides: Side[] = []
  for (const { geometry } of featuresOf(json)) {
    const read = gridSidesOf(geometry, grid)
    if (typeof read === 'string') return { kind: 'refused', reason: read }
    for (const side of read) sides.push(side)
    if (sides.length > MAX_POINTS) return { kind: 'refused', reason: `has more than ${MAX_POINTS} points` }
  }
  if (sides.length === 0) return { kind: 'refused', reason: 'has no polygon' }
  const area = makeArea(sides)
  return {
    kind: 'read',
    points: sides.length,
    areaAt: ({ easting, northing }) => (area.contains(easting, northing) ? 'urban' : 'rural')
  }
}
