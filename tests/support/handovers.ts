import type { Handover } from '../../src/pop/handover.ts'

export const HANDOVER_ID = '01890000-0000-7000-8000-000000000001'
export const HANDOVER_CALL = '01890000-0000-8000-8000-000000000002'

/** A hand-over as it is at the moment it is made; its times count from 1,000,000. */
export function aHandover(over: Partial<Handover> = {}): Handover {
  const madeAt = 1_000_000
  return {
    handover: HANDOVER_ID,
    call: HANDOVER_CALL,
    ...{ force: 'tvp', line: '999', outcome: 'no-unit', grade: '1', gradeName: 'Immediate', units: [] },
    job: {
      number: { display: '07700 900123', e164: '+447700900123', trust: 'asserted', kind: 'mobile' },
      ...{ access: 'voice', offeredAt: madeAt - 60_000, warnings: [], warningCount: 0, warningsStatus: 'none' }
    },
    ...{ by: 'tvp-h01', madeAt, state: 'sent', toControl: true },
    deliverBy: madeAt + 10_000,
    acceptBy: madeAt + 15_000,
    targetAt: madeAt + 900_000,
    moveWithinMs: 120_000,
    ...over
  }
}
