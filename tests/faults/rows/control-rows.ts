import { setTimeout as pause } from 'node:timers/promises'
import type { Row } from '../row.ts'

/** Nothing happens, and nothing may: a judge that finds something here is wrong, or the gateway is. */
export const CONTROL_ROWS: readonly Row[] = [
  {
    id: 'control',
    fault: 'none',
    promise: 'every invariant, level 0 throughout, no false alarm',
    shape: {},
    lastsMs: 2_000,
    allows: { level: 0 },
    inject: () => pause(2_000)
  },
  {
    id: 'control-two',
    fault: 'none, two gateways behind a dispatcher',
    promise: 'the same',
    shape: { gateways: 2 },
    lastsMs: 2_000,
    allows: { level: 0 },
    inject: () => pause(2_000)
  }
]
