import { type AskForces, askOwnForce } from './forces-asked.ts'
import { type Lookup, NOBODY } from './lookup.ts'
import { numbersAsked } from './numbers-asked.ts'

/** Somebody a number is tied to. A number has none, one or many. */
export interface Person {
  readonly name: string
  readonly relation: string
  readonly born?: string
  readonly e164: string
  readonly source: string
  /** Epoch ms at which the source last knew it to be so. */
  readonly asOf: number
  /** Had the number, and has it no more. */
  readonly isEarlier: boolean
  /** Where they live, then where they lived. */
  readonly addresses: readonly KnownAddress[]
  /** Warnings held of them. */
  readonly markers: number
}

/** An address of a person or a number, and whether it is theirs now. */
export interface KnownAddress {
  readonly addressId: string
  readonly text: string
  readonly relation: string
  readonly asOf: number
  /** Epoch ms; the source says when it ended. */
  readonly untilAt?: number
  /** The number it is tied to; absent where the source ties it to the person. */
  readonly e164?: string
  readonly isCurrent: boolean
}

/** Whose the number is, and where it is and was, as far as a record says. */
export interface Caller {
  readonly people: readonly Person[]
  readonly addresses: readonly KnownAddress[]
}

interface Asked {
  readonly forces: readonly string[]
  readonly e164s: readonly string[]
}

/** Each asks the record, and gives up when the signal fires. */
export type PeopleAtNumber = (ask: Asked, signal: AbortSignal) => Promise<readonly Person[]>
export type AddressesOfNumber = (ask: Asked, signal: AbortSignal) => Promise<readonly KnownAddress[]>

/** Who uses this number, and where it is: found with whoever there is, never choosing between them. */
export function makeIdentityLookup({
  peopleAtNumber,
  addressesOfNumber,
  deadlineMs,
  forcesOf = askOwnForce
}: {
  peopleAtNumber: PeopleAtNumber
  addressesOfNumber: AddressesOfNumber
  deadlineMs: number
  forcesOf?: AskForces
}): Lookup<Caller> {
  return {
    name: 'identity',
    source: 'Force record',
    deadlineMs,
    goesByCaller: true,
    question: call => {
      const e164s = numbersAsked(call)
      return e164s.length === 0 ? undefined : [call.homeForce, call.force, ...e164s].join()
    },
    probe: signal => peopleAtNumber(NOBODY, signal),
    without: call => forcesOf(call, 'people').without,
    ask: async (call, signal) => {
      const e164s = numbersAsked(call)
      if (e164s.length === 0) return { kind: 'not-asked', why: 'no-cli' }
      const asked = { forces: forcesOf(call, 'people').asked, e164s }
      const [people, addresses] = await Promise.all([peopleAtNumber(asked, signal), addressesOfNumber(asked, signal)])
      const known = [...people, ...addresses]
      if (known.length === 0) return { kind: 'none' }
      return { kind: 'found', value: { people, addresses }, asOf: Math.max(...known.map(({ asOf }) => asOf)) }
    }
  }
}
