import type { Call } from '../../call/call.ts'
import type { SentLocationFault } from '../../call/sent-location.ts'
import type { FaultCode } from '../../operations/errors.ts'
import { readMsd, toVehicleFix, type VehicleData } from './ecall-msd.ts'
import type { AskHeld, HeldAnswer } from './held.ts'
import type { LocationFix } from './location.ts'
import { readPidfLo } from './pidf-lo.ts'

/** Something sent with a call that is of no use; the reason is for whoever runs the switch, and holds nothing of the caller. */
export interface LocationFault {
  readonly code: Extract<FaultCode, `lookup.${string}`>
  readonly reason: string
}

/** What one thing that came with the call says of the caller's place. */
export interface SentAnswer {
  readonly fixes: readonly LocationFix[]
  readonly faults: readonly LocationFault[]
  readonly vehicle?: VehicleData
}

const NOT_SENT: Readonly<Record<SentLocationFault, string>> = {
  'too-large': 'larger than 16 KiB',
  'missing-part': 'Geolocation names a part that the message does not have',
  'reference-too-long': 'a reference of more than 2,048 characters'
}

/** The document in the call, and what was too much or not there to become one; undefined where neither was sent. */
export function fromDocument({ locationDocument, locationFault }: Call): SentAnswer | undefined {
  if (locationDocument === undefined && locationFault === undefined) return undefined
  const faults: LocationFault[] = []
  if (locationFault !== undefined) faults.push({ code: 'lookup.bad-document', reason: NOT_SENT[locationFault] })
  if (locationDocument === undefined) return { fixes: [], faults }
  const read = readPidfLo(locationDocument)
  if (read.reason !== undefined) faults.push({ code: 'lookup.bad-document', reason: read.reason })
  return { fixes: read.kind === 'fixes' ? read.fixes : [], faults }
}

/** What a vehicle sent of itself with its eCall. */
export function fromVehicle({ vehicleData }: Call): SentAnswer | undefined {
  if (vehicleData === undefined) return undefined
  const read = readMsd(Buffer.from(vehicleData, 'base64'))
  if (read.kind === 'unreadable') {
    return { fixes: [], faults: [{ code: 'lookup.bad-vehicle-data', reason: read.reason }] }
  }
  const fix = toVehicleFix(read.vehicle)
  return { fixes: fix === undefined ? [] : [fix], faults: [], vehicle: read.vehicle }
}

const HELD_CODES = {
  refused: 'lookup.held-refused',
  error: 'lookup.held-error',
  late: 'lookup.held-late',
  failed: 'lookup.held-failed'
} as const satisfies Record<Exclude<HeldAnswer['kind'], 'fixes'>, FaultCode>

/** The server that the call names. */
export async function fromReference(
  { locationReference }: Call,
  ask: AskHeld,
  signal: AbortSignal
): Promise<SentAnswer | undefined> {
  if (locationReference === undefined) return undefined
  const answer = await ask(locationReference, signal)
  if (answer.kind === 'fixes') {
    const { fixes, reason } = answer
    return { fixes, faults: reason === undefined ? [] : [{ code: 'lookup.held-failed', reason }] }
  }
  const reason = answer.kind === 'late' ? 'no answer in time' : answer.reason
  return { fixes: [], faults: [{ code: HELD_CODES[answer.kind], reason }] }
}
