import type { Row } from './row.ts'
import { CONTROL_ROWS } from './rows/control-rows.ts'
import { GATEWAY_ROWS } from './rows/gateway-rows.ts'
import { LOOKUP_ROWS } from './rows/lookup-rows.ts'
import { SCREEN_ROWS } from './rows/screen-rows.ts'
import { SIP_ROWS } from './rows/sip-rows.ts'
import { STORE_ROWS } from './rows/store-rows.ts'

/** Every row, in the order of the matrix; the control runs first. */
export const ROWS: readonly Row[] = [
  ...CONTROL_ROWS,
  ...sorted([...GATEWAY_ROWS, ...STORE_ROWS, ...LOOKUP_ROWS, ...SCREEN_ROWS, ...SIP_ROWS])
]

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((one, other) => one.id.localeCompare(other.id))
}
