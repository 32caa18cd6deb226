import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type GuardLimits, SourceGuard } from '../../../src/lookups/guard.ts'
import type { Lookup, Outcome } from '../../../src/lookups/lookup.ts'
import type { AskWhereabouts } from '../../../src/lookups/whereabouts.ts'
import { Fault } from '../../../src/operations/errors.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { WIDE } from '../../support/guards.ts'

const call = callAfter(anOffer())
const DEADLINE_MS = 100
const PAUSE_MS = 5_000
const LATE_MS = 1_000
const NOWHERE: AskWhereabouts = async () => ({ kind: 'nowhere' })

interface Asked {
  readonly signal: AbortSignal
  readonly answer: (outcome: Outcome<unknown>) => void
  readonly fail: (thrown: unknown) => void
}

/** One source whose every answer is the test's, with time in its hand. `answers`: in the order in which they landed. */
function aSource(t: Test, limits: Partial<GuardLimits> = {}, over: Partial<Lookup> = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const asked: Asked[] = []
  const answers: string[] = []
  const faults: unknown[] = []
  let changes = 0
  const lookup: Lookup = {
    name: 'history',
    source: 'x',
    deadlineMs: DEADLINE_MS,
    ask: (_, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome<unknown>>()
      asked.push({ signal, answer: resolve, fail: reject })
      return promise
    },
    ...over
  }
  let monotonicMs = 0
  const clock = { now: Date.now, monotonicMs: () => monotonicMs }
  const guard = new SourceGuard({
    lookup,
    limits: { ...WIDE, lateAnswerMs: LATE_MS, pauseMs: PAUSE_MS, ...limits },
    clock,
    onChange: () => {
      changes += 1
    }
  })
  const ask = (whereabouts = NOWHERE) => {
    void guard
      .ask({ call, whereabouts, onFault: thrown => faults.push(thrown) })
      .then(outcome => answers.push(words(outcome)))
    return tick()
  }
  const pass = async (ms: number) => {
    await tick()
    monotonicMs += ms
    mock.timers.tick(ms)
    await tick()
  }
  /** As many bad answers as it takes to be left alone. */
  const breakIt = async () => {
    for (let n = 0; n < 5; n++) {
      await ask()
      asked.at(-1)?.fail(new Error('broken'))
      await tick()
    }
  }
  return { guard, asked, answers, faults, ask, pass, breakIt, changes: () => changes }
}

function words(outcome: Outcome<unknown>): string {
  if (outcome.kind === 'failed') return `failed ${outcome.fault}`
  if (outcome.kind === 'not-asked') return `not-asked ${outcome.why}`
  return outcome.kind === 'none' && outcome.asOf !== undefined ? `none ${outcome.asOf}` : outcome.kind
}

t.test('a source that breaks again and again is left alone, at once and without being asked', async t => {
  const { guard, asked, answers, faults, ask, breakIt, changes } = aSource(t)
  await breakIt()
  t.same([guard.isWell, changes()], [false, 1])
  await ask()
  t.same([asked.length, answers.at(-1)], [5, 'not-asked breaker-open'])
  t.equal(faults.length, 5)
})

t.test(
  'a source that is late again and again is left alone from its deadline on, though an answer may still come',
  async t => {
    const { guard, asked, answers, ask, pass } = aSource(t)
    for (let n = 0; n < 5; n++) await ask()
    await pass(DEADLINE_MS - 1)
    t.equal(guard.isWell, true)
    await pass(1)
    t.equal(guard.isWell, false)
    t.same(answers, [])
    asked[0]?.answer({ kind: 'none' })
    await pass(LATE_MS - DEADLINE_MS)
    t.same(answers, ['none', 'late', 'late', 'late', 'late'])
    t.same(
      asked.map(({ signal }) => signal.aborted),
      [false, true, true, true, true],
      'and is told to give up when nobody waits any longer'
    )
  }
)

t.test('a bad answer now and then is no trouble', async t => {
  const { guard, asked, ask } = aSource(t)
  for (let n = 0; n < 60; n++) {
    await ask()
    if (n % 3 === 2) asked.at(-1)?.fail(new Fault('record.away'))
    else asked.at(-1)?.answer({ kind: 'none' })
    await tick()
  }
  t.equal(guard.isWell, true)
})

t.test(
  'a source that has just stopped is left alone when all that are under way are late, however good it was',
  async t => {
    const { guard, asked, ask, pass } = aSource(t)
    for (let n = 0; n < 40; n++) {
      await ask()
      asked.at(-1)?.answer({ kind: 'none' })
    }
    for (let n = 0; n < 6; n++) await ask()
    await pass(DEADLINE_MS)
    t.equal(guard.isWell, false)
  }
)

t.test('without a probe a call tries it after the pause, one at a time; three good ones end it', async t => {
  const { guard, asked, answers, ask, pass, breakIt } = aSource(t)
  await breakIt()
  await pass(PAUSE_MS - 1)
  await ask()
  t.equal(answers.at(-1), 'not-asked breaker-open')
  await pass(1)
  for (let trial = 1; trial <= 3; trial++) {
    await ask()
    await ask()
    t.same(
      [asked.length, answers.at(-1)],
      [5 + trial, 'not-asked breaker-open'],
      'whoever comes meanwhile is told at once'
    )
    asked.at(-1)?.answer({ kind: 'none' })
    await tick()
    t.equal(answers.at(-1), 'none')
  }
  t.equal(guard.isWell, true)
  await ask()
  asked.at(-1)?.fail(new Error('one bad answer'))
  await tick()
  t.equal(guard.isWell, true, 'what was before is forgotten')
})

t.test('a trial that is late is over at its deadline, and the next comes after another pause', async t => {
  const { guard, asked, answers, ask, pass, breakIt } = aSource(t)
  await breakIt()
  await pass(PAUSE_MS)
  await ask()
  await pass(DEADLINE_MS)
  t.equal(guard.isWell, false)
  await ask()
  t.same([asked.length, answers.at(-1)], [6, 'not-asked breaker-open'])
  await pass(PAUSE_MS)
  t.equal(answers.at(-1), 'late')
  await ask()
  t.equal(asked.length, 7)
})

t.test('with a probe no call tries it: it is asked about nobody, and one bad answer begins anew', async t => {
  let probes = 0
  let isWell = false
  const probe = async () => {
    probes += 1
    if (!isWell) throw new Error('still broken')
  }
  const { guard, asked, answers, ask, pass, breakIt } = aSource(t, {}, { probe })
  await guard.probe()
  t.equal(probes, 0, 'a source that is well is left in peace')
  await breakIt()
  await pass(10 * PAUSE_MS)
  await ask()
  t.same([asked.length, answers.at(-1)], [5, 'not-asked breaker-open'])
  await guard.probe()
  isWell = true
  await guard.probe()
  await guard.probe()
  t.equal(guard.isWell, false)
  isWell = false
  await guard.probe()
  isWell = true
  for (let n = 0; n < 3; n++) await guard.probe()
  t.same([guard.isWell, probes], [true, 7])
})

t.test('a probe that gets no answer is given up at its deadline, and is one at a time', async t => {
  let probes = 0
  let gaveUp = 0
  const probe = (signal: AbortSignal) => {
    probes += 1
    signal.addEventListener('abort', () => (gaveUp += 1))
    return new Promise(() => {})
  }
  const { guard, pass, breakIt } = aSource(t, {}, { probe })
  await breakIt()
  void guard.probe()
  void guard.probe()
  await pass(DEADLINE_MS)
  t.same([probes, gaveUp, guard.isWell], [1, 1, false])
  void guard.probe()
  guard.stop()
  await tick()
  t.same([probes, gaveUp], [2, 2], 'stopping gives up what is under way')
})

t.test('the clock of the wall may be set back: the source is tried all the same', async t => {
  const { asked, ask, pass, breakIt } = aSource(t)
  await pass(10_000)
  await breakIt()
  mock.timers.setTime(1)
  await pass(PAUSE_MS)
  await ask()
  t.equal(asked.length, 6)
})

t.test('so many are under way, so many wait, and one more is not asked', async t => {
  const { asked, answers, ask } = aSource(t, { maxConcurrent: 2, maxQueued: 1 })
  for (let n = 0; n < 4; n++) await ask()
  t.same([asked.length, answers], [2, ['not-asked too-many']])
  asked[0]?.answer({ kind: 'none' })
  await tick()
  t.equal(asked.length, 3)
  asked[1]?.answer({ kind: 'none' })
  asked[2]?.answer({ kind: 'none' })
  await tick()
  t.same(answers, ['not-asked too-many', 'none', 'none', 'none'])
})

t.test('whoever waited until the source was found dead is told so, and it is not asked', async t => {
  const { asked, answers, ask } = aSource(t, { maxConcurrent: 5 })
  for (let n = 0; n < 7; n++) await ask()
  for (const { fail } of asked) fail(new Error('broken'))
  await tick()
  await tick()
  t.equal(asked.length, 5)
  t.same(answers.slice(5), ['not-asked breaker-open', 'not-asked breaker-open'])
})

t.test('a trial does not wait behind questions that hang: its caller is told at once', async t => {
  const { asked, answers, ask, pass } = aSource(t, { maxConcurrent: 6, lateAnswerMs: 60_000 })
  for (let n = 0; n < 6; n++) await ask()
  await pass(DEADLINE_MS)
  await pass(PAUSE_MS)
  await ask()
  t.same([asked.length, answers], [6, ['not-asked breaker-open']])
  asked[0]?.answer({ kind: 'none' })
  await tick()
  await ask()
  t.equal(asked.length, 7)
})

t.test('whoever waited for too long is late, and the source is not troubled with it', async t => {
  const { asked, answers, ask, pass } = aSource(t, { maxConcurrent: 1 })
  await ask()
  await ask()
  await pass(DEADLINE_MS)
  await pass(LATE_MS - DEADLINE_MS)
  t.same([asked.length, answers], [1, ['late', 'late']])
})

t.test('the same question at once is asked once, and each gets its answer', async t => {
  const { asked, answers, faults, ask } = aSource(t, {}, { question: () => 'who' })
  for (let n = 0; n < 3; n++) await ask()
  t.equal(asked.length, 1)
  asked[0]?.fail(new Error('broken'))
  await tick()
  t.same([answers, faults.length], [['failed lookup.failed', 'failed lookup.failed', 'failed lookup.failed'], 1])
  await ask()
  t.equal(asked.length, 2, 'the next time it is asked anew')
})

t.test('an answer that is kept says how old it is, until it is too old; what failed is never kept', async t => {
  const { asked, answers, ask, pass } = aSource(t, { keepMs: 60_000 }, { question: () => 'who' })
  await ask()
  asked[0]?.fail(new Error('broken'))
  await pass(500)
  await ask()
  asked[1]?.answer({ kind: 'none' })
  await pass(59_999)
  await ask()
  t.same([asked.length, answers], [2, ['failed lookup.failed', 'none', 'none 500']])
  await pass(1)
  await ask()
  t.equal(asked.length, 3)
})

t.test('a question that cannot be put is this panel’s fault alone', async t => {
  const { asked, answers, faults, ask } = aSource(
    t,
    {},
    {
      question: () => {
        throw new Error('a bug')
      }
    }
  )
  await ask()
  t.same([asked.length, answers, faults.length], [0, ['failed lookup.failed'], 1])
})

t.test('who needs the place takes no place in the queue while the place is awaited', async t => {
  const { asked, answers, ask } = aSource(t, { maxConcurrent: 1, maxQueued: 0 }, { needsPlace: true, placeFirst: true })
  let come: (at: { kind: 'nowhere' }) => void = () => {}
  await ask(() => new Promise(done => (come = done)))
  await ask()
  t.equal(asked.length, 1, 'the second, whose place is known')
  asked[0]?.answer({ kind: 'none' })
  await tick()
  come({ kind: 'nowhere' })
  await tick()
  asked[1]?.answer({ kind: 'none' })
  await tick()
  t.same(answers, ['none', 'none'])
})
