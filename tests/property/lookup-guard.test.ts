import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { SourceGuard } from '../../src/lookups/guard.ts'
import type { Lookup, Outcome } from '../../src/lookups/lookup.ts'
import { anOffer, callAfter } from '../support/call-events.ts'
import { runSeed } from '../support/random.ts'

/*
 * Whatever a source does and however many ask: each call hears what the source said of its own question, or that it could
 * not be asked; "there is nothing" is only heard where the source said so, and no more are asked at once than may be.
 */

const call = callAfter(anOffer())
const DEADLINE_MS = 50
const LATE_MS = 200
const MOST = 3
const WAITING = 2

type Deed = { readonly do: 'ask'; readonly who: number } | { readonly do: 'pass'; readonly ms: number } | Said
interface Said {
  readonly do: 'say'
  readonly nth: number
  readonly what: 'found' | 'none' | 'failed'
}

const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), who: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 120 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      nth: fc.nat({ max: MOST }),
      what: fc.constantFrom('found' as const, 'none' as const, 'failed' as const)
    })
  }
)

interface World {
  readonly isShared: boolean
  readonly keepMs: number
  readonly deeds: readonly Deed[]
}

async function run({ isShared, keepMs, deeds }: World): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  try {
    await play({ isShared, keepMs, deeds })
  } finally {
    mock.timers.reset()
  }
}

async function play({ isShared, keepMs, deeds }: World): Promise<void> {
  const open: { readonly who: string; readonly done: PromiseWithResolvers<Outcome<unknown>>; isOver: boolean }[] = []
  const said = new Map<string, Set<string>>()
  let most = 0
  const lookup: Lookup = {
    name: 'other-any',
    source: 'x',
    deadlineMs: DEADLINE_MS,
    ask: (asked, signal) => {
      const question = { who: asked.ddi, done: Promise.withResolvers<Outcome<unknown>>(), isOver: false }
      open.push(question)
      signal.addEventListener('abort', () => {
        question.isOver = true
      })
      most = Math.max(most, open.filter(({ isOver }) => !isOver).length)
      return question.done.promise
    },
    ...(isShared ? { question: (asked: { readonly ddi: string }) => asked.ddi } : {})
  }
  const guard = new SourceGuard({
    lookup,
    limits: { maxConcurrent: MOST, maxQueued: WAITING, lateAnswerMs: LATE_MS, pauseMs: 100, keepMs },
    clock: { now: Date.now, monotonicMs: Date.now },
    onChange: () => {}
  })
  const heard: { readonly who: string; readonly outcome: Outcome<unknown> }[] = []
  let asked = 0
  const answer = ({ nth, what }: Said) => {
    const under = open.filter(({ isOver }) => !isOver)
    const question = under[nth % Math.max(1, under.length)]
    if (question === undefined) return
    question.isOver = true
    said.set(question.who, new Set([...(said.get(question.who) ?? []), what]))
    if (what === 'failed') question.done.reject(new Error('broken'))
    else question.done.resolve(what === 'none' ? { kind: 'none' } : { kind: 'found', value: question.who, asOf: 1 })
  }
  for (const each of deeds) {
    if (each.do === 'pass') mock.timers.tick(each.ms)
    else if (each.do === 'say') answer(each)
    else {
      asked += 1
      const who = String(each.who)
      void guard
        .ask({ call: { ...call, ddi: who }, whereabouts: async () => ({ kind: 'nowhere' }), onFault: () => {} })
        .then(outcome => heard.push({ who, outcome }))
    }
    await tick()
  }
  // Whoever still waits gives up in the end: those under way, and those who waited for them.
  for (let n = 0; n < 12; n++) {
    mock.timers.tick(LATE_MS / 2)
    await tick()
    await tick()
  }
  const wrong = heard.find(({ who, outcome }) => {
    if (outcome.kind === 'found') return outcome.value !== who
    if (outcome.kind === 'none' || outcome.kind === 'failed') return said.get(who)?.has(outcome.kind) !== true
    return outcome.kind === 'not-asked' && outcome.why !== 'breaker-open' && outcome.why !== 'too-many'
  })
  if (wrong !== undefined) throw new Error(`${wrong.who} heard ${JSON.stringify(wrong.outcome)}, which nobody said`)
  if (heard.length !== asked) throw new Error(`${asked} asked and ${heard.length} heard`)
  if (most > MOST) throw new Error(`${most} were asked at once`)
}

t.test('outcomes never mix, everybody hears one, and the source’s limits hold', async t => {
  const world = fc.record({
    isShared: fc.boolean(),
    keepMs: fc.constantFrom(0, 100),
    deeds: fc.array(deed, { maxLength: 60 })
  })
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  await fc.assert(fc.asyncProperty(world, run), { numRuns: 300, seed })
})
