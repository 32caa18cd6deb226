import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t from 'tap'
import type { Lookup, LookupName, Outcome } from '../../../src/lookups/lookup.ts'
import { type Answer, runLookups } from '../../../src/lookups/run-lookups.ts'
import { Fault } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'

const call = callAfter(anOffer())
/** An answer is shown until so long after its question. */
const LATE_MS = 1_000
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
  const guards = guardsOf(lookups, { clock, lateAnswerMs: LATE_MS })
  const done = runLookups({ lookups, guards, clock, log, metrics: makeMetrics() }, call, async answer => {
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
  t.equal(signal?.aborted, false, 'a late answer is still wanted')
  await room.pass(LATE_MS - 100)
  t.equal(signal?.aborted, true, 'until it is told to give up')
  t.same(room.faults, [])
})

t.test('what a late source says in the end is handed over, as the answer that it is', async t => {
  let answer: (outcome: Outcome<unknown>) => void = () => {}
  const room = run(t, [lookup('history', () => new Promise(resolve => (answer = resolve)))])
  await room.pass(100)
  await room.done
  await room.pass(LATE_MS - 101)
  answer({ kind: 'none' })
  await tick()
  t.same(room.answers, ['history late 100', `history none ${LATE_MS - 1}`])
})

t.test('a late source that breaks, or says nothing by the last moment, leaves its panel at late', async t => {
  let fail: (thrown: Error) => void = () => {}
  let answer: (outcome: Outcome<unknown>) => void = () => {}
  const room = run(t, [
    lookup('history', () => new Promise((_, reject) => (fail = reject))),
    lookup('identity', () => new Promise(resolve => (answer = resolve)))
  ])
  await room.pass(100)
  await room.done
  fail(new Error('too late'))
  await room.pass(LATE_MS - 100)
  answer({ kind: 'none' })
  await tick()
  t.same(room.answers.toSorted(), ['history late 100', 'identity late 100'])
  t.match(room.faults, [{ message: 'too late' }], 'what broke is in the log')
})

t.test('a late answer that cannot be handed over hurts nobody', async t => {
  let answer: (outcome: Outcome<unknown>) => void = () => {}
  const room = run(t, [lookup('history', () => new Promise(resolve => (answer = resolve)))], async ({ outcome }) => {
    if (outcome.kind === 'none') throw new Error('no log')
  })
  await room.pass(100)
  await room.done
  answer({ kind: 'none' })
  await tick()
  t.equal(room.answers.length, 2)
})

t.test('a source of another force is not asked, and has no panel', async t => {
  const others = {
    ...lookup('history', async () => ({ kind: 'none' })),
    name: 'other-theirs' as const,
    forces: ['hants']
  }
  const ours = { ...others, name: 'other-ours' as const, forces: ['tvp'] }
  const room = run(t, [others, ours])
  await room.done
  t.same(room.answers, ['other-ours none 0'])
})

t.test('who needs the place is not late because the place was: it is asked when the place has come', async t => {
  let locate: (outcome: Outcome<unknown>) => void = () => {}
  let asked = 0
  const around: Lookup = {
    ...lookup('history', async () => ({ kind: 'none' })),
    needsPlace: true,
    placeFirst: true,
    ask: async (_, __, whereabouts) => {
      asked += 1
      return (await whereabouts?.())?.kind === 'nowhere' ? { kind: 'none' } : { kind: 'late' }
    }
  }
  const room = run(t, [lookup('location', () => new Promise(resolve => (locate = resolve))), around])
  await room.pass(100)
  await room.done
  t.same([room.answers.toSorted(), asked], [['history late 100', 'location late 100'], 0])
  locate({ kind: 'none' })
  await tick()
  t.same([room.answers.slice(2).toSorted(), asked], [['history none 100', 'location none 100'], 1])
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

const HERE = { easting: 449_640, northing: 197_450 }

/** The location lookup of a call that is at `HERE`, and how often it was asked. */
function whereLookup(outcome: () => Promise<Outcome<unknown>>): Lookup & { asked: number } {
  const made = {
    ...lookup('location', async () => ({ kind: 'none' })),
    asked: 0,
    ask: () => {
      made.asked += 1
      return outcome()
    }
  }
  return made
}

/** One that says where it was told to look. */
function around(name: LookupName, saw: unknown[], deadlineMs = 100): Lookup {
  return {
    ...{ name, source: name, deadlineMs, needsPlace: true },
    ask: async (_call, _signal, whereabouts) => {
      saw.push(await whereabouts?.())
      return { kind: 'none' }
    }
  }
}

t.test('however many want to know where the caller is, the location is asked once a run', async t => {
  const fix = { source: 'aml', shape: 'circle', radiusMetres: 12, grid: HERE }
  const value = { fixes: [{ id: 'a', fix, standing: 'best', isApproximate: false }] }
  const where = whereLookup(async () => ({ kind: 'found', value, asOf: 1 }))
  const saw: unknown[] = []
  const room = run(t, [around('crimes', saw), where, around('history', saw)])
  await room.done
  t.equal(where.asked, 1)
  t.match(saw, [
    { kind: 'at', point: HERE, radiusMetres: 12 },
    { kind: 'at', point: HERE }
  ])
  t.same(room.answers.toSorted(), ['crimes none 0', 'history none 0', 'location found 0'], 'and it has its own panel')
})

t.test(
  'a location that breaks or is late is unknown to those around, never nowhere, and fails its own panel',
  async t => {
    const saw: unknown[] = []
    const broken = run(t, [whereLookup(() => Promise.reject(new Error('broke'))), around('crimes', saw)])
    await broken.done
    t.same(saw, [{ kind: 'unknown' }])
    t.same(broken.answers.toSorted(), ['crimes none 0', 'location failed:lookup.failed 0'])
    t.equal(broken.faults.length, 1, 'said once')
  }
)

t.test('who waits for the place has its own deadline all the same', async t => {
  const saw: unknown[] = []
  const room = run(t, [whereLookup(() => new Promise(() => {})), around('crimes', saw, 60)])
  await room.pass(60)
  t.same(room.answers, ['crimes late 60'])
  await room.pass(40)
  await room.done
  t.same(room.answers, ['crimes late 60', 'location late 100'])
})

t.test('a location that breaks at once leaves nothing unhandled where nobody waits for it', async t => {
  const room = run(t, [
    whereLookup(() => {
      throw new Error('before its first await')
    }),
    lookup('identity', async () => ({ kind: 'none' }))
  ])
  await room.done
  t.same(room.answers.toSorted(), ['identity none 0', 'location failed:lookup.failed 0'])
})

t.test(
  'where no location lookup is among them the caller is nowhere; nobody is asked twice for want of one',
  async t => {
    const saw: unknown[] = []
    await run(t, [around('crimes', saw)]).done
    t.same(saw, [{ kind: 'nowhere' }])
  }
)

t.test('what goes by a place says when that is the incident’s, and nothing else says so', async t => {
  const fix = { source: 'typed', shape: 'circle', grid: { easting: 7, northing: 9 } } as const
  const incident = { id: 'typed-1', fix, place: {}, isApproximate: false, by: 'ann', at: 1 }
  const marks = new Map<string, boolean>()
  const asks = (name: LookupName): Lookup => ({
    ...lookup(name, async () => ({ kind: 'none' })),
    needsPlace: true,
    ask: async (_, __, whereabouts) => {
      await whereabouts?.()
      return { kind: 'none' }
    }
  })
  const located: Outcome<unknown> = { kind: 'found', value: { fixes: [], incident }, asOf: 1 }
  const lookups = [
    ...[asks('warnings'), asks('crimes'), lookup('location', async () => located)],
    lookup('identity', async () => ({ kind: 'none' }))
  ]
  const room = run(t, lookups, async ({ lookup: { name }, isOfIncident = false }) => void marks.set(name, isOfIncident))
  await room.done
  t.same(Object.fromEntries(marks), { warnings: true, crimes: true, location: false, identity: false })
})
