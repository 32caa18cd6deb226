import { recommend, shortlist } from '../../src/resources/recommend.ts'
import { makeRandom } from '../support/random.ts'
import type { Policy } from './run-day.ts'

/** What is compared. All three leave out whom the hard filters leave out; they differ in whom of the rest they send. */
export const POLICIES = ['callbox', 'nearest', 'random'] as const
export type PolicyName = (typeof POLICIES)[number]

export const POLICY_WORDS: Readonly<Record<PolicyName, string>> = {
  callbox: 'Callbox',
  nearest: 'always the nearest free one',
  random: 'any free one of the twenty nearest'
}

/** A policy for one run; `random` draws from the seed. */
export function makePolicy(name: PolicyName, seed: number): Policy {
  if (name === 'callbox') return question => recommend(question).candidates[0]?.unit.callsign
  if (name === 'nearest') {
    // In a straight line, which is what a map shows; nobody is taken off a job while somebody is free.
    return question => {
      const { eligible } = shortlist(question)
      const free = eligible.find(({ unit }) => unit.standing === 'available') ?? eligible[0]
      return free?.unit.callsign
    }
  }
  const random = makeRandom(seed)
  return question => {
    const { eligible } = shortlist(question)
    const free = eligible.filter(({ unit }) => unit.standing === 'available')
    const from = free.length > 0 ? free : eligible
    return from.length === 0 ? undefined : random.pick(from).unit.callsign
  }
}
