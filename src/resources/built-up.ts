import type { GridPoint } from '../grid/national-grid.ts'
import type { Area } from './job.ts'

/** A ring of a polygon on the grid; the last corner is the first, or not. */
export type Ring = readonly GridPoint[]

interface Boxed {
  readonly ring: Ring
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

/**
 * Which places are built up: those inside of an odd number of rings, so that a hole in an area is none of it. Without any
 * ring every place is urban: the shorter target is the safer one to go by.
 */
export function makeAreaAt(rings: readonly Ring[]): (place: GridPoint) => Area {
  if (rings.length === 0) return () => 'urban'
  const boxed = rings.map(toBoxed)
  return place => {
    let inside = 0
    for (const box of boxed) if (isInBox(place, box) && isInside(place, box.ring)) inside++
    return inside % 2 === 1 ? 'urban' : 'rural'
  }
}

function toBoxed(ring: Ring): Boxed {
  const box = { ring, west: Infinity, east: -Infinity, south: Infinity, north: -Infinity }
  for (const { easting, northing } of ring) {
    box.west = Math.min(box.west, easting)
    box.east = Math.max(box.east, easting)
    box.south = Math.min(box.south, northing)
    box.north = Math.max(box.north, northing)
  }
  return box
}

function isInBox({ easting, northing }: GridPoint, { west, east, south, north }: Boxed): boolean {
  return easting >= west && easting <= east && northing >= south && northing <= north
}

/** Crossings of a line to the east: an odd number of them, and it began inside. */
function isInside({ easting, northing }: GridPoint, ring: Ring): boolean {
  let isIn = false
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at++) {
    const [one, other] = [ring[at], ring[before]]
    if (one === undefined || other === undefined || one.northing > northing === other.northing > northing) continue
    const across = ((other.easting - one.easting) * (northing - one.northing)) / (other.northing - one.northing)
    if (easting < one.easting + across) isIn = !isIn
  }
  return isIn
}
