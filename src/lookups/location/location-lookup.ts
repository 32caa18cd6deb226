import type { Call } from '../../call/call.ts'
import type { CallId } from '../../call/ids.ts'
import { within } from '../../operations/lifecycle.ts'
import { type AskForces, askOwnForce } from '../forces-asked.ts'
import { type Lookup, NOBODY, type Outcome } from '../lookup.ts'
import { numbersOfSwitch } from '../numbers-asked.ts'
import type { VehicleData } from './ecall-msd.ts'
import { type Gazetteer, PLAIN_GAZETTEER } from './gazetteer.ts'
import type { AskHeld } from './held.ts'
import { type LateRecord, NO_LATE_RECORD } from './late-fix.ts'
import type { LocationFix } from './location.ts'
import { type PlacedFix, type PlacedIncident, placeFixes, placeIncident } from './placed-fix.ts'
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
  /** Best first, and first of all what a handler has confirmed. */
  readonly fixes: readonly PlacedFix[]
  /** Where the incident is, when a handler says that it is elsewhere; it changes nothing of the caller's places. */
  readonly incident?: PlacedIncident
  /** What was sent with the call and is of no use, and why. */
  readonly faults?: readonly LocationFault[]
  /** What a vehicle said of itself. */
  readonly vehicle?: VehicleData
  /** How the sources stand that may answer late. */
  readonly states?: LateRecord['states']
}

interface Parts {
  readonly addressOnRecord: AddressOnRecord
  readonly askHeld: AskHeld
  /** What came after the first lookups; asked only of a call that has such. */
  readonly lateRecord?: (callId: CallId) => Promise<LateRecord>
  readonly gazetteer?: () => Gazetteer
  readonly deadlineMs: number
  readonly forcesOf?: AskForces
  /** Each thing that was sent and is of no use. */
  readonly onFault: (call: Call, fault: LocationFault) => void
  /** Epoch ms. */
  readonly now?: () => number
}

/** The record of late fixes has this share of the deadline: what the call itself brought is not lost for it. */
const SHARE_FOR_LATE = 0.7

/**
 * Where the caller is: what the call itself brought, a document, a vehicle's data, or the server it names; what sources
 * said later, and what a handler confirmed; where none of these says a place, also the address on record of the number.
 * What cannot be used is said beside the rest.
 */
export function makeLocationLookup(parts: Parts): Lookup<Located> {
  const { addressOnRecord, askHeld, deadlineMs, onFault } = parts
  const { gazetteer = () => PLAIN_GAZETTEER, forcesOf = askOwnForce, now = Date.now } = parts
  return {
    name: 'location',
    source: 'Network, EISEC, phone, address on record',
    deadlineMs,
    probe: signal => addressOnRecord(NOBODY, signal),
    without: call => forcesOf(call, 'people').without,
    ask: async (call, signal) => {
      const brought = [fromDocument(call), fromVehicle(call)].filter(answer => answer !== undefined)
      const isLocated = brought.some(({ fixes }) => fixes.length > 0)
      const e164s = isLocated ? [] : numbersOfSwitch(call)
      const forces = forcesOf(call, 'people').asked
      const onRecord = e164s.length === 0 ? undefined : settled(addressOnRecord({ forces, e164s }, signal))
      const [held, late] = await Promise.all([fromReference(call, askHeld, signal), lateOf(call, parts)])
      const answers = held === undefined ? brought : [...brought, held]
      // Who knows where the caller is does not wait for where the number is registered.
      const isKnown = answers.some(({ fixes }) => fixes.length > 0)
      const said = isSaid(late) ? [...answers, SAID] : answers
      const address = isKnown ? undefined : (await onRecord)?.(said)
      const faults = [...answers.flatMap(answer => answer.faults), ...late.faults]
      for (const fault of faults) onFault(call, fault)
      const fixes = [...answers.flatMap(answer => answer.fixes), ...(address === undefined ? [] : [toFix(address)])]
      const placed = placeFixes({ fixes, late: late.fixes }, gazetteer(), now())
      const incident = late.incident === undefined ? {} : { incident: placeIncident(late.incident, gazetteer()) }
      const located = toOutcome(call, { placed, ...incident, answers, faults, states: late.states })
      return located ?? (isAsked(call, e164s) ? { kind: 'none' } : NOT_ASKED)
    }
  }
}

/** Something is there to be shown. */
const SAID = 'said' as const
const NOT_ASKED = { kind: 'not-asked', why: 'no-cli' } as const

/**
 * Its outcome, to be had when it is wanted: what nobody waits for must not end the process. A record that fails makes the
 * whole lookup fail, unless there is something else to say.
 */
function settled(
  work: Promise<Address | undefined>
): Promise<(answers: readonly (SentAnswer | typeof SAID)[]) => Address | undefined> {
  return work.then(
    address => () => address,
    (thrown: unknown) => answers => {
      if (answers.some(answer => answer === SAID || answer.vehicle !== undefined)) return undefined
      throw thrown
    }
  )
}

/** Of a call that has no late fixes nobody is asked. */
async function lateOf(
  { callId, lateFixes }: Call,
  { lateRecord, deadlineMs }: Parts
): Promise<LateRecord & { readonly faults: readonly LocationFault[] }> {
  if (lateFixes === undefined || lateRecord === undefined) return { ...NO_LATE_RECORD, faults: [] }
  const read = await within(
    deadlineMs * SHARE_FOR_LATE,
    lateRecord(callId).catch(() => undefined)
  )
  if (read !== undefined) return { ...read, faults: [] }
  return {
    ...NO_LATE_RECORD,
    faults: [{ code: 'lookup.late-fixes', reason: 'the record did not say what came after the call' }]
  }
}

function isSaid({ fixes, states, incident }: LateRecord): boolean {
  return incident !== undefined || fixes.length > 0 || states.some(({ state }) => state === 'searching')
}

function isAsked(call: Call, e164s: readonly string[]): boolean {
  return e164s.length > 0 || call.locationReference !== undefined
}

interface Said {
  readonly placed: readonly PlacedFix[]
  readonly incident?: PlacedIncident
  readonly answers: readonly SentAnswer[]
  readonly faults: readonly LocationFault[]
  readonly states: LateRecord['states']
}

/** Undefined where nothing was sent, nothing came and nothing is held. */
function toOutcome(call: Call, { placed, incident, answers, faults, states }: Said): Outcome<Located> | undefined {
  const vehicle = answers.find(answer => answer.vehicle !== undefined)?.vehicle
  const [fault] = faults
  const isSearched = states.some(({ state }) => state === 'searching')
  if (placed.length === 0 && incident === undefined && vehicle === undefined && !isSearched) {
    return fault === undefined ? undefined : { kind: 'failed', fault: fault.code }
  }
  const value = {
    fixes: placed,
    ...(incident === undefined ? {} : { incident }),
    ...(faults.length === 0 ? {} : { faults }),
    ...(vehicle === undefined ? {} : { vehicle }),
    ...(states.length === 0 ? {} : { states })
  }
  return { kind: 'found', value, asOf: placed[0]?.fix.fixedAt ?? call.offeredAt }
}

function toFix({ text, latitude, longitude, asOf }: Address): LocationFix {
  const place = latitude === undefined || longitude === undefined ? {} : { latitude, longitude }
  return { source: 'address', shape: 'civic', ...place, address: text, fixedAt: asOf }
}
