import type { Call } from '../../call/call.ts'
import { type Lookup, NOBODY, type Outcome } from '../lookup.ts'
import { numbersAsked } from '../numbers-asked.ts'
import type { VehicleData } from './ecall-msd.ts'
import type { AskHeld } from './held.ts'
import type { LocationFix } from './location.ts'
import { fromDocument, fromReference, fromVehicle, type LocationFault, type SentAnswer } from './sent-sources.ts'

export interface Address {
  readonly text: string
  readonly latitude?: number
  readonly longitude?: number
  readonly source: string
  readonly asOf: number
}

export type AddressOnRecord = (
  ask: { readonly forces: readonly string[]; readonly e164s: readonly string[] },
  signal: AbortSignal
) => Promise<Address | undefined>

export interface Located {
  /** Best first. */
  readonly fixes: readonly LocationFix[]
  /** What was sent with the call and is of no use, and why. */
  readonly faults?: readonly LocationFault[]
  /** What a vehicle said of itself. */
  readonly vehicle?: VehicleData
}

interface Parts {
  readonly addressOnRecord: AddressOnRecord
  readonly askHeld: AskHeld
  readonly deadlineMs: number
  /** Each thing that was sent and is of no use. */
  readonly onFault: (call: Call, fault: LocationFault) => void
}

/**
 * Where the caller is: what the call itself brought, a document, a vehicle's data, or the server it names; where none of
 * the first two says a place, also the address on record of the number. What cannot be used is said beside the rest.
 */
export function makeLocationLookup({ addressOnRecord, askHeld, deadlineMs, onFault }: Parts): Lookup<Located> {
  return {
    name: 'location',
    source: 'Network fix, else address on record',
    deadlineMs,
    probe: signal => addressOnRecord(NOBODY, signal),
    ask: async (call, signal) => {
      const brought = [fromDocument(call), fromVehicle(call)].filter(answer => answer !== undefined)
      const isLocated = brought.some(({ fixes }) => fixes.length > 0)
      const e164s = isLocated ? [] : numbersAsked(call)
      const forces = [call.homeForce, call.force]
      const onRecord = e164s.length === 0 ? undefined : settled(addressOnRecord({ forces, e164s }, signal))
      const held = await fromReference(call, askHeld, signal)
      const answers = held === undefined ? brought : [...brought, held]
      // Who knows where the caller is does not wait for where the number is registered.
      const isKnown = answers.some(({ fixes }) => fixes.length > 0)
      const address = isKnown ? undefined : (await onRecord)?.(answers)
      const faults = answers.flatMap(answer => answer.faults)
      for (const fault of faults) onFault(call, fault)
      return toOutcome(call, answers, address) ?? (isAsked(call, e164s) ? { kind: 'none' } : NOT_ASKED)
    }
  }
}

/**
 * Its outcome, to be had when it is wanted: what nobody waits for must not end the process. A record that fails makes the
 * whole lookup fail, unless a vehicle has something to say.
 */
function settled(work: Promise<Address | undefined>): Promise<(answers: readonly SentAnswer[]) => Address | undefined> {
  return work.then(
    address => () => address,
    (thrown: unknown) => answers => {
      if (answers.some(({ vehicle }) => vehicle !== undefined)) return undefined
      throw thrown
    }
  )
}

const NOT_ASKED = { kind: 'not-asked', why: 'no-cli' } as const

function isAsked(call: Call, e164s: readonly string[]): boolean {
  return e164s.length > 0 || call.locationReference !== undefined
}

/** Undefined where nothing was sent and nothing is held. */
function toOutcome(
  call: Call,
  answers: readonly SentAnswer[],
  address: Address | undefined
): Outcome<Located> | undefined {
  const sent = answers.flatMap(({ fixes }) => fixes).sort((one, other) => rank(one) - rank(other))
  const fixes = address === undefined ? sent : [...sent, toFix(address)]
  const faults = answers.flatMap(answer => answer.faults)
  const vehicle = answers.find(answer => answer.vehicle !== undefined)?.vehicle
  const [fault] = faults
  if (fixes.length === 0 && vehicle === undefined) {
    return fault === undefined ? undefined : { kind: 'failed', fault: fault.code }
  }
  const value = {
    fixes,
    ...(faults.length === 0 ? {} : { faults }),
    ...(vehicle === undefined ? {} : { vehicle })
  }
  return { kind: 'found', value, asOf: fixes[0]?.fixedAt ?? call.offeredAt }
}

function rank({ latitude, radiusMetres = 1e9 }: LocationFix): number {
  return latitude === undefined ? Number.MAX_VALUE : radiusMetres
}

function toFix({ text, latitude, longitude, asOf }: Address): LocationFix {
  const place = latitude === undefined || longitude === undefined ? {} : { latitude, longitude }
  return { source: 'address', shape: 'civic', ...place, address: text, fixedAt: asOf }
}
