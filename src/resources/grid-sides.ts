import type { NationalGrid } from '../grid/national-grid.ts'
import { ringsOf, type Side, sidesOf } from '../grid/polygons.ts'

/** The sides of a geometry's polygons (RFC 7946, WGS84) in metres of the grid; why it has none where it is none. */
export function gridSidesOf(geometry: unknown, grid: NationalGrid): Side[] | string {
  const sides: Side[] = []
  for (const ring of ringsOf(geometry)) {
    const read = sidesOf(ring, (longitude, latitude) => {
      const at = grid.toGrid({ longitude, latitude })
      return at === undefined ? undefined : [at.easting, at.northing]
    })
    if (typeof read === 'string') return read
    for (const side of read) sides.push(side)
  }
  return sides
}
