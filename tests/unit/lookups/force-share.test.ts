import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { Lookup, Outcome } from '../../../src/lookups/lookup.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'

const ours = callAfter(anOffer({ force: 'tvp', homeForce: 'tvp' }))
const theirs = callAfter(anOffer({ force: 'hants', homeForce: 'hants' }))
const NONE: Outcome<unknown> = { kind: 'none' }
const soon = () => new Promise(resolve => setImmediate(resolve))

/** A source that answers when it is told to, and has two questions of one force under way. */
function makeSource() {
  const open: {
    readonly force: string
    readonly answer: (outcome: Outcome<unknown>) => void
    readonly fail: () => void
  }[] = []
  const lookup: Lookup = {
    ...{ name: 'history', source: 'x', deadlineMs: 1_000 },
    ask: ({ force }) =>
      new Promise((answer, reject) => open.push({ force, answer, fail: () => reject(new Error('broke')) }))
  }
  const guards = guardsOf([lookup], { maxConcurrent: 2 })
  const ask = (call: Call) =>
    guards.ask(lookup, { call, whereabouts: async () => ({ kind: 'nowhere' }), onFault: () => {} })
  return { open, ask, guards, under: () => open.map(({ force }) => force) }
}

t.test('questions of one force wait for each other, and never those of another', async t => {
  const { open, ask, under } = makeSource()
  const asked = [ask(theirs), ask(theirs), ask(theirs)]
  await soon()
  t.same(under(), ['hants', 'hants'])
  const own = ask(ours)
  await soon()
  t.same(under(), ['hants', 'hants', 'tvp'], 'asked at once')
  open[2]?.answer(NONE)
  t.same(await own, NONE)
  open[0]?.answer(NONE)
  await soon()
  await soon()
  t.same(under(), ['hants', 'hants', 'tvp', 'hants'], 'whoever waited has the place')
  for (const { answer } of open) answer(NONE)
  t.same(await Promise.all(asked), [NONE, NONE, NONE])
})

t.test('a source that fails for one force is left alone for that force only', async t => {
  const { open, ask, guards } = makeSource()
  for (let times = 0; times < 5; times++) {
    const asked = ask(theirs)
    await soon()
    open.at(-1)?.fail()
    t.match(await asked, { kind: 'failed' })
  }
  t.same(guards.troubled, ['history'], 'which is said of the source')
  t.match(await ask(theirs), { kind: 'not-asked', why: 'breaker-open' })
  const own = ask(ours)
  await soon()
  t.equal(open.at(-1)?.force, 'tvp')
  open.at(-1)?.answer(NONE)
  t.same(await own, NONE)
})
