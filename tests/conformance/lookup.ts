import type { Test } from 'tap'
import type { Call } from '../../src/call/call.ts'
import type { Lookup } from '../../src/lookups/lookup.ts'
import type { AskWhereabouts } from '../../src/lookups/whereabouts.ts'
import { anOffer, callAfter, cliOf } from '../support/call-events.ts'

/** A lookup under test, whose source knows something of `known` and nothing of any other number. */
export interface LookupBench {
  readonly lookup: Lookup
  readonly known: Call
  /** From now on the source cannot be asked. */
  readonly breakSource: () => Promise<void> | void
}

const signal = new AbortController().signal
/** No place of the caller is known, or that of the address on record alone: it brings nothing that the number does not. */
const NOWHERE: AskWhereabouts = async () => ({ kind: 'nowhere' })
const AT_HOME: AskWhereabouts = async () => ({
  kind: 'at',
  point: { easting: 450_000, northing: 200_000 },
  radiusMetres: 0,
  isApproximate: false,
  source: 'address',
  isConfirmed: false
})

/** What every Lookup keeps to: "there is nothing" and "could not ask" are never the same answer. */
export function lookupConformance(t: Test, makeBench: (t: Test) => Promise<LookupBench>): void {
  t.test('it says what it is, where its answers come from, and how long it may take', async t => {
    const { lookup } = await makeBench(t)
    t.match(lookup, { name: /^[a-z-]+$/, source: /\w/, deadlineMs: Number })
    t.ok(lookup.deadlineMs > 0)
  })

  t.test('what the source knows is found, with the time at which it was true, the same each time', async t => {
    const { lookup, known } = await makeBench(t)
    const [one, other] = [await lookup.ask(known, signal, AT_HOME), await lookup.ask(known, signal, AT_HOME)]
    t.match(one, { kind: 'found', asOf: Number })
    t.same(one.kind === 'found' && one.value, other.kind === 'found' && other.value)
  })

  t.test('what the source does not know is none', async t => {
    const { lookup } = await makeBench(t)
    t.same(await lookup.ask(callAfter(anOffer({ name: 'unknown', cli: cliOf(999) })), signal, AT_HOME), {
      kind: 'none'
    })
  })

  t.test('a caller without a number, or a 101 caller who withheld it, is not asked about', async t => {
    const { lookup, known } = await makeBench(t)
    const withheld = { ...known, line: '101', cli: { ...known.cli, trust: 'withheld' as const } }
    t.same(await lookup.ask(withheld, signal, NOWHERE), { kind: 'not-asked', why: 'no-cli' })
    const nobody = { ...known, cli: { trust: 'unavailable' as const } }
    t.same(await lookup.ask(nobody, signal, NOWHERE), { kind: 'not-asked', why: 'no-cli' })
    const emergency = { ...withheld, line: '999' }
    t.equal((await lookup.ask(emergency, signal)).kind, 'found', 'a 999 caller waives that')
  })

  t.test('a source that cannot be asked is never taken for one that has nothing', async t => {
    const { lookup, known, breakSource } = await makeBench(t)
    await breakSource()
    const outcome = await lookup.ask(known, signal).catch(() => ({ kind: 'failed' }))
    t.equal(outcome.kind, 'failed')
  })
}
