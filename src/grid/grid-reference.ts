import { type GridPoint, isOnGrid } from './national-grid.ts'

const SQUARE = 100_000
/** 25 letters, without I, from the north-west corner, row by row: of the 500 km squares and again within each. */
const LETTERS = 'ABCDEFGHJKLMNOPQRSTUVWXYZ'
/** The 500 km square S holds the false origin; in the table of 25 it is the third column of the second row from below. */
const FIRST_COLUMN = 2
const FIRST_ROW = 1

/** A square on the grid: its south-west corner, and how long its side is. */
export interface GridSquare extends GridPoint {
  readonly sizeMetres: number
}

/**
 * A place as people say it: `SU 12345 67890`, the square metre it lies in. `digits` of each number, 1 to 5, make the
 * square larger. Undefined outside of the grid.
 */
export function toGridReference(point: GridPoint, digits = 5): string | undefined {
  if (!isOnGrid(point)) return undefined
  const { easting, northing } = point
  const column = Math.floor(easting / SQUARE)
  const row = Math.floor(northing / SQUARE)
  const large = letterAt(FIRST_COLUMN + Math.floor(column / 5), FIRST_ROW + Math.floor(row / 5))
  const figure = (metres: number) =>
    String(Math.floor(metres % SQUARE))
      .padStart(5, '0')
      .slice(0, digits)
  return `${large}${letterAt(column % 5, row % 5)} ${figure(easting)} ${figure(northing)}`
}

/** Reads one, with or without spaces, of 2 to 10 figures. Undefined where it is none, or lies outside of the grid. */
export function parseGridReference(text: string): GridSquare | undefined {
  const found = /^([A-HJ-Z])([A-HJ-Z])((?:\d\d){1,5})$/.exec(text.slice(0, 40).replace(/\s+/g, '').toUpperCase())
  if (found === null) return undefined
  const [, large = '', small = '', figures = ''] = found
  const digits = figures.length / 2
  const sizeMetres = 10 ** (5 - digits)
  const square = {
    easting:
      ((columnOf(large) - FIRST_COLUMN) * 5 + columnOf(small)) * SQUARE + Number(figures.slice(0, digits)) * sizeMetres,
    northing: ((rowOf(large) - FIRST_ROW) * 5 + rowOf(small)) * SQUARE + Number(figures.slice(digits)) * sizeMetres,
    sizeMetres
  }
  return isOnGrid(square) ? square : undefined
}

/** Columns from the west, rows from the south. */
function letterAt(column: number, row: number): string {
  return LETTERS[(4 - row) * 5 + column] ?? ''
}

function columnOf(letter: string): number {
  return LETTERS.indexOf(letter) % 5
}

function rowOf(letter: string): number {
  return 4 - Math.floor(LETTERS.indexOf(letter) / 5)
}
