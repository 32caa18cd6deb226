import type { Row } from './row.ts'
import { ABSENCE_ROWS } from './rows/absence-rows.ts'
import { CONTROL_ROWS } from './rows/control-rows.ts'
import { CROWD_ROWS } from './rows/crowd-rows.ts'
import { doubleRows } from './rows/double-rows.ts'
import { GATEWAY_ROWS } from './rows/gateway-rows.ts'
import { LOOKUP_ROWS } from './rows/lookup-rows.ts'
import { MACHINE_ROWS } from './rows/machine-rows.ts'
import { REDIS_ROWS } from './rows/redis-rows.ts'
import { SCREEN_ROWS } from './rows/screen-rows.ts'
import { SIP_ROWS } from './rows/sip-rows.ts'
import { STORE_ROWS } from './rows/store-rows.ts'
import { stormRow } from './rows/storm-row.ts'
import { versionRows } from './rows/version-rows.ts'
import { WORKER_ROWS } from './rows/worker-rows.ts'

const SINGLE = [
  ...GATEWAY_ROWS,
  ...STORE_ROWS,
  ...REDIS_ROWS,
  ...LOOKUP_ROWS,
  ...SCREEN_ROWS,
  ...SIP_ROWS,
  ...MACHINE_ROWS,
  ...WORKER_ROWS,
  ...CROWD_ROWS,
  ...ABSENCE_ROWS
]

/** Every row, in the order of the matrix; the control runs first. */
export const ROWS: readonly Row[] = [
  ...CONTROL_ROWS,
  ...[...SINGLE, ...doubleRows(SINGLE)].sort((one, other) => one.id.localeCompare(other.id))
]

export interface SpecialRows {
  /** How long the storm lasts. */
  readonly minutes: number
  /** The version to begin the upgrade with. */
  readonly otherRevision: string | undefined
  readonly say: (text: string) => void
}

/** Rows that have to be asked for by name: one takes long, one needs another version of the program. */
export function specialRows({ minutes, otherRevision, say }: SpecialRows): readonly Row[] {
  return [...versionRows(otherRevision, say), stormRow(SINGLE, minutes)]
}
