import type { GridPoint, NationalGrid } from '../grid/national-grid.ts'
import { type Area, type Feature, featuresOf, makeArea, type Side } from '../grid/polygons.ts'
import { gridSidesOf } from './grid-sides.ts'

/** The wards of a force have some ten thousand points, its census areas ten times as many. */
const MAX_POINTS = 1_000_000
/** As long as a unit's may be. */
const CODE_MAX = 80

/** The neighbourhood of a place, by the force's own code; undefined outside of all. */
export type NeighbourhoodAt = (place: GridPoint) => string | undefined

export type NeighbourhoodsRead =
  | { readonly kind: 'read'; readonly neighbourhoodAt: NeighbourhoodAt; readonly count: number }
  | { readonly kind: 'refused'; readonly reason: string }

/** Where a force names none, ownership costs nobody anything. */
export const NO_NEIGHBOURHOODS: NeighbourhoodAt = () => undefined

interface Neighbourhood {
  readonly code: string
  readonly area: Area
  readonly west: number
  readonly east: number
}

/**
 * The neighbourhoods of a GeoJSON file (RFC 7946, WGS84): each feature with polygons is one, or a part of one, called as its
 * `property` says. They are turned to the grid once. Of a place in several the first of the file has it. Never throws.
 */
export function parseNeighbourhoods(
  text: string,
  { grid, property }: { readonly grid: NationalGrid; readonly property: string }
): NeighbourhoodsRead {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'refused', reason: 'is no JSON' }
  }
  const sidesBy = new Map<string, Side[]>()
  let points = 0
  for (const feature of featuresOf(json)) {
    const read = gridSidesOf(feature.geometry, grid)
    if (typeof read === 'string') return { kind: 'refused', reason: read }
    if (read.length === 0) continue
    const code = codeOf(feature, property)
    if (code === undefined) return { kind: 'refused', reason: `has a polygon without a text as its ${property}` }
    points += read.length
    if (points > MAX_POINTS) return { kind: 'refused', reason: `has more than ${MAX_POINTS} points` }
    const known = sidesBy.get(code)
    if (known === undefined) sidesBy.set(code, read)
    else for (const side of read) known.push(side)
  }
  if (sidesBy.size === 0) return { kind: 'refused', reason: 'has no polygon' }
  const all = [...sidesBy].map(toNeighbourhood)
  return {
    kind: 'read',
    count: all.length,
    neighbourhoodAt: ({ easting, northing }) =>
      all.find(({ area, west, east }) => easting >= west && easting <= east && area.contains(easting, northing))?.code
  }
}

function codeOf({ properties }: Feature, property: string): string | undefined {
  const code = properties[property]
  if (typeof code !== 'string') return undefined
  const trimmed = code.trim()
  return trimmed === '' || trimmed.length > CODE_MAX ? undefined : trimmed
}

function toNeighbourhood([code, sides]: readonly [string, readonly Side[]]): Neighbourhood {
  return {
    code,
    area: makeArea(sides),
    west: sides.reduce((least, { x1, x2 }) => Math.min(least, x1, x2), Number.POSITIVE_INFINITY),
    east: sides.reduce((most, { x1, x2 }) => Math.max(most, x1, x2), Number.NEGATIVE_INFINITY)
  }
}
