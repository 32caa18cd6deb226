/*
 * What the guard of a source costs each question: `node tests/bench/guard.ts [--asks 200000]`. A source that answers at once
 * is asked through its guard, with and without a question that may be shared, beside the same source with a deadline alone;
 * the best of five rounds, which take turns.
 */
import { parseArgs } from 'node:util'
import { SourceGuard } from '../../src/lookups/guard.ts'
import type { Lookup, Outcome } from '../../src/lookups/lookup.ts'
import { systemClock, within } from '../../src/operations/lifecycle.ts'
import { anOffer, callAfter } from '../support/call-events.ts'

const ROUNDS = 5
const { values } = parseArgs({ options: { asks: { type: 'string', default: '200000' } } })
const asks = Number(values.asks)
const call = callAfter(anOffer())
const LIMITS = { maxConcurrent: 6, maxQueued: 200, lateAnswerMs: 10_000, pauseMs: 5_000, keepMs: 0 }
const lookup: Lookup = {
  name: 'history',
  source: 'x',
  deadlineMs: 1_500,
  // One turn of the queue of promises, as an answer that is there already takes.
  ask: async () => ({ kind: 'none' })
}

type Ask = () => Promise<Outcome<unknown> | undefined>

const nowhere = async () => ({ kind: 'nowhere' }) as const
const guarded = (over: Partial<Lookup>): Ask => {
  const guard = new SourceGuard({
    ...{ lookup: { ...lookup, ...over }, limits: LIMITS, clock: systemClock },
    onChange: () => {}
  })
  return () => within(lookup.deadlineMs, guard.ask({ call, whereabouts: nowhere, onFault: () => {} }))
}
const signal = new AbortController().signal
const ways: Record<string, Ask> = {
  'with a deadline alone': () => within(lookup.deadlineMs, lookup.ask(call, signal)),
  'behind its guard': guarded({}),
  'behind its guard, by question': guarded({ question: () => 'who' })
}
const best = new Map<string, number>()
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, ask] of Object.entries(ways)) {
    const startedAt = performance.now()
    for (let n = 0; n < asks; n++) await ask()
    const each = ((performance.now() - startedAt) * 1_000) / asks
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, each))
  }
}
for (const [name, each] of best) process.stdout.write(`${each.toFixed(2).padStart(8)} µs  ${name}\n`)
