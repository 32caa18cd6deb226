import type { Row } from './row.ts'
import { CONTROL_ROWS } from './rows/control-rows.ts'
import { LOOKUP_ROWS } from './rows/lookup-rows.ts'
import { STORE_ROWS } from './rows/store-rows.ts'

/** Every row, in the order of the matrix; the control runs first. */
export const ROWS: readonly Row[] = [...CONTROL_ROWS, ...sorted([...STORE_ROWS, ...LOOKUP_ROWS])]

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((one, other) => one.id.localeCompare(other.id))
}
