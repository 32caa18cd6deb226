import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t from 'tap'
import type { Lookup, LookupName, Outcome } from '../../../src/lookups/lookup.ts'
import { type Answer, runLookups } from '../../../src/lookups/run-lookups.ts'
import { Fault } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const call = callAfter(anOffer())
type Ask = (signal: AbortSignal) => Promise<Outcome<unknown>>
const lookup = (name: LookupName, ask: Ask, deadlineMs = 100): Lookup => ({
  name,
  source: name,
  deadlineMs,
  ask: (_, signal) => ask(signal)
})

/** Asks, with time in the test's hand; `answers` fills as they land. */
function run(t: { teardown(f: () => void): void }, lookups: Lookup[], onAnswer?: (answer: Answer) => Promise<void>) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const answers: string[] = []
  const faults: unknown[] = []
  const log = { ...silentLog, fault: (_: string, thrown: unknown) => void faults.push(thrown) }
  const clock = { now: Date.now, monotonicMs: Date.now }
  const done = runLookups({ lookups, clock, log, metrics: makeMetrics() }, call, async answer => {
    const { outcome } = answer
    const why = outcome.kind === 'failed' ? `:${outcome.fault}` : ''
    answers.push(`${answer.lookup.name} ${outcome.kind}${why} ${answer.tookMs}`)
    await onAnswer?.(answer)
  })
  const pass = async (ms: number) => {
    await tick()
    mock.timers.tick(ms)
    await tick()
  }
  return { answers, faults, done, pass }
}

t.test('each answer is handed over as it lands, not when the slowest has come', async t => {
  let answer: (outcome: Outcome<unknown>) => void = () => {}
  const room = run(t, [
    lookup('history', () => new Promise(resolve => (answer = resolve))),
    lookup('identity', async () => ({ kind: 'none' }))
  ])
  await room.pass(10)
  t.same(room.answers, ['identity none 0'])
  answer({ kind: 'found', value: 1, asOf: 1 })
  await room.done
  t.same(room.answers, ['identity none 0', 'history found 10'])
})

t.test('the deadline holds though the source pays its signal no heed, and hurts no other panel', async t => {
  let signal: AbortSignal | undefined
  const room = run(t, [
    lookup('history', given => {
      signal = given
      return new Promise(() => {})
    }),
    lookup('identity', async () => ({ kind: 'none' }))
  ])
  await room.pass(99)
  t.equal(signal?.aborted, false)
  await room.pass(1)
  await room.done
  t.same(room.answers, ['identity none 0', 'history late 100'])
  t.equal(signal?.aborted, true)
  t.same(room.faults, [])
})

t.test('what a late source says in the end is dropped, and its failure is no second fault', async t => {
  let fail: (thrown: Error) => void = () => {}
  const room = run(t, [lookup('history', () => new Promise((_, reject) => (fail = reject)))])
  await room.pass(100)
  await room.done
  fail(new Error('too late'))
  await tick()
  t.same(room.answers, ['history late 100'])
  t.same(room.faults, [])
})

t.test('a source that breaks, at once or later, fails its own panel with the code it has', async t => {
  const room = run(t, [
    lookup('history', () => {
      throw new Error('before its first await')
    }),
    lookup('identity', async () => {
      throw new Fault('database.lost')
    }),
    lookup('location', async () => ({ kind: 'none' }))
  ])
  await room.done
  t.same(room.answers.toSorted(), [
    'history failed:lookup.failed 0',
    'identity failed:database.lost 0',
    'location none 0'
  ])
  t.equal(room.faults.length, 2)
})

t.test('a panel that cannot be handed over is the job’s fault, when all have been tried', async t => {
  const room = run(
    t,
    [lookup('history', async () => ({ kind: 'none' })), lookup('identity', async () => ({ kind: 'none' }))],
    async answer => {
      if (answer.lookup.name === 'history') throw new Error('no log')
    }
  )
  await t.rejects(room.done, { message: 'no log' })
  t.equal(room.answers.length, 2)
})

t.test('no timer is left behind', async t => {
  const room = run(t, [lookup('history', async () => ({ kind: 'none' }))])
  await room.done
  await room.pass(1_000)
  t.equal(room.answers.length, 1)
})
