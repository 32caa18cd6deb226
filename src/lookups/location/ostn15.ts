import type { GridPoint, GridShifts } from '../../grid/national-grid.ts'
import { linesOf } from './file-lines.ts'

/** Nodes of the file, every kilometre from the false origin: 701 to the east in each of 1,251 rows. */
const COLUMNS = 701
const ROWS = 1_251
const SPACING = 1_000
/** No shift of Britain is near it; what is beyond is a damaged file. */
const MOST_METRES = 500
/** Shifts are kept as whole millimetres, as the file gives them; this one says that the file has no such node. */
const NONE = -(2 ** 31)

export type Ostn15 =
  | { readonly kind: 'read'; readonly shifts: GridShifts; readonly nodes: number }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Ordnance Survey's OSTN15 in its own text form (docs/operating.md): one line a node, `Point_ID, ETRS89 easting,
 * ETRS89 northing, easting shift, northing shift` and more that is not read, in metres, in any order; a head line may
 * come first. A part of the country will do. 7 MB in memory. Never throws.
 */
export async function readOstn15(path: string, signal?: AbortSignal): Promise<Ostn15> {
  const east = new Int32Array(COLUMNS * ROWS).fill(NONE)
  const north = new Int32Array(COLUMNS * ROWS).fill(NONE)
  let [number, nodes] = [0, 0]
  try {
    for await (const lines of linesOf(path, signal)) {
      for (const line of lines) {
        number += 1
        if (line === '' || (number === 1 && !/^\d/.test(line))) continue
        const node = parseNode(line)
        if (node === undefined) return { kind: 'refused', reason: `line ${number} is no node of OSTN15` }
        east[node.index] = node.east
        north[node.index] = node.north
        nodes += 1
      }
    }
  } catch (thrown) {
    return { kind: 'refused', reason: thrown instanceof Error ? thrown.message : 'unreadable' }
  }
  if (nodes === 0) return { kind: 'refused', reason: 'it has no nodes' }
  return {
    kind: 'read',
    shifts: { shiftAt: (easting, northing) => interpolate(east, north, easting, northing) },
    nodes
  }
}

function parseNode(line: string): { index: number; east: number; north: number } | undefined {
  const [, easting = '', northing = '', east = '', north = ''] = line.split(',', 5)
  if (easting === '' || northing === '' || east === '' || north === '') return undefined
  const [column, row] = [Number(easting) / SPACING, Number(northing) / SPACING]
  if (!(Number.isInteger(column) && Number.isInteger(row))) return undefined
  if (column < 0 || column >= COLUMNS || row < 0 || row >= ROWS) return undefined
  const [shiftEast, shiftNorth] = [Number(east), Number(north)]
  if (!(Math.abs(shiftEast) <= MOST_METRES && Math.abs(shiftNorth) <= MOST_METRES)) return undefined
  return { index: row * COLUMNS + column, east: Math.round(shiftEast * 1_000), north: Math.round(shiftNorth * 1_000) }
}

/** Between the four nodes around, each by the share of the opposite corner (bilinear), as OSTN15 defines it. */
function interpolate(east: Int32Array, north: Int32Array, easting: number, northing: number): GridPoint | undefined {
  const column = Math.floor(easting / SPACING)
  const row = Math.floor(northing / SPACING)
  if (!(column >= 0 && column < COLUMNS - 1 && row >= 0 && row < ROWS - 1)) return undefined
  const southWest = row * COLUMNS + column
  const right = easting / SPACING - column
  const up = northing / SPACING - row
  const corners = [
    [southWest, (1 - right) * (1 - up)],
    [southWest + 1, right * (1 - up)],
    [southWest + COLUMNS + 1, right * up],
    [southWest + COLUMNS, (1 - right) * up]
  ] as const
  let [eastMillimetres, northMillimetres] = [0, 0]
  for (const [index, share] of corners) {
    const [shiftEast = NONE, shiftNorth = NONE] = [east[index], north[index]]
    if (shiftEast === NONE) return undefined
    eastMillimetres += share * shiftEast
    northMillimetres += share * shiftNorth
  }
  return { easting: eastMillimetres / 1_000, northing: northMillimetres / 1_000 }
}
