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
}

/** Asks the record; gives up when the signal fires. */
export type PeopleAtNumber = (
  ask: { readonly forces: readonly string[]; readonly e164s: readonly string[] },
  signal: AbortSignal
) => Promise<readonly Person[]>

/** Who uses this number: found with one person or more, never choosing between them. */
export function makeIdentityLookup({
  peopleAtNumber,
  deadlineMs
}: {
  peopleAtNumber: PeopleAtNumber
  deadlineMs: number
}): Lookup<readonly Person[]> {
  return {
    name: 'identity',
    source: 'Force record',
    deadlineMs,
    probe: signal => peopleAtNumber(NOBODY, signal),
    ask: async (call, signal) => {
      const e164s = numbersAsked(call)
      if (e164s.length === 0) return { kind: 'not-asked', why: 'no-cli' }
      const people = await peopleAtNumber({ forces: [call.homeForce, call.force], e164s }, signal)
      if (people.length === 0) return { kind: 'none' }
      return { kind: 'found', value: people, asOf: Math.max(...people.map(person => person.asOf)) }
    }
  }
}
