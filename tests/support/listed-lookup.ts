import type { Call } from '../../src/call/call.ts'
import type { Lookup, Outcome } from '../../src/lookups/lookup.ts'
import { numbersAsked } from '../../src/lookups/numbers-asked.ts'
import { NOON } from './call-events.ts'

/** A Lookup that answers from a list by number, for unit tests; `isBroken` makes it throw. */
export class ListedLookup implements Lookup<string> {
  readonly name = 'history'
  readonly source = 'Test list'
  readonly deadlineMs = 50
  isBroken = false
  readonly #list: ReadonlyMap<string, string>

  constructor(list: Readonly<Record<string, string>>) {
    this.#list = new Map(Object.entries(list))
  }

  async ask(call: Call): Promise<Outcome<string>> {
    if (this.isBroken) throw new Error('source broken')
    const numbers = numbersAsked(call)
    if (numbers.length === 0) return { kind: 'not-asked', why: 'no-cli' }
    const value = numbers.map(number => this.#list.get(number)).find(found => found !== undefined)
    return value === undefined ? { kind: 'none' } : { kind: 'found', value, asOf: NOON }
  }
}
