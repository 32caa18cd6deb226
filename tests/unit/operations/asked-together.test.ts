import t from 'tap'
import { AskedTogether } from '../../../src/operations/asked-together.ts'

interface Ask {
  readonly call: string
  readonly by: string
}

/** A store that is asked by hand: each statement waits until the test answers it or breaks it off. */
function makeStore({ maxBatch = 10, maxPending = 10 } = {}) {
  const statements: { readonly asks: readonly Ask[]; answer(): void; fail(why: Error): void }[] = []
  const together = new AskedTogether<Ask, string>({
    askAll: asks =>
      new Promise((answered, failed) => {
        statements.push({ asks, answer: () => answered(asks.map(({ call, by }) => `${call} ${by}`)), fail: failed })
      }),
    subjectOf: ({ call }) => call,
    mayBeOfOne: thrown => (thrown as Error).message === 'refused',
    limits: { maxBatch, maxPending, gatherMs: 1 }
  })
  const next = async (n: number) => {
    while (statements.length <= n) await new Promise(setImmediate)
    const statement = statements[n]
    if (statement === undefined) throw new Error('unreachable')
    return statement
  }
  return { together, statements, next, ask: (call: string, by = 'ann') => together.ask({ call, by }) }
}

const outcome = (work: Promise<string>) => work.catch((thrown: Error) => `rejects: ${thrown.message}`)

t.test('what handlers do in one moment goes together, and what they do meanwhile goes next', async t => {
  const { ask, next, statements } = makeStore()
  const first = [ask('a'), ask('b')]
  const statement = await next(0)
  t.same(
    statement.asks.map(({ call }) => call),
    ['a', 'b']
  )
  const later = [ask('c'), ask('d')]
  await new Promise(done => setTimeout(done, 5))
  t.equal(statements.length, 1, 'one statement at a time')
  statement.answer()
  t.same(await Promise.all(first), ['a ann', 'b ann'])
  const second = await next(1)
  second.answer()
  t.same(await Promise.all(later), ['c ann', 'd ann'])
})

t.test('two who want the same call are asked for one after the other, in their order', async t => {
  const { ask, next } = makeStore()
  const all = Promise.all([ask('a', 'ann'), ask('a', 'bea'), ask('b', 'cat'), ask('a', 'dan')])
  for (const wanted of [['ann', 'cat'], ['bea'], ['dan']]) {
    const statement = await next(wanted[0] === 'ann' ? 0 : wanted[0] === 'bea' ? 1 : 2)
    t.same(
      statement.asks.map(({ by }) => by),
      wanted
    )
    statement.answer()
  }
  t.same(await all, ['a ann', 'a bea', 'b cat', 'a dan'])
})

t.test('what the record refuses of one handler is no failure of the others', async t => {
  const { ask, next } = makeStore()
  const all = ['a', 'b', 'c'].map(call => outcome(ask(call)))
  const together = await next(0)
  together.fail(new Error('refused'))
  for (const n of [1, 2, 3]) {
    const alone = await next(n)
    t.equal(alone.asks.length, 1)
    if (alone.asks[0]?.call === 'b') alone.fail(new Error('refused'))
    else alone.answer()
  }
  t.same(await Promise.all(all), ['a ann', 'rejects: refused', 'c ann'])
})

t.test('a record that does not answer fails all who asked, once, and nobody who asks later', async t => {
  const { ask, next, statements } = makeStore()
  const all = ['a', 'b'].map(call => outcome(ask(call)))
  const together = await next(0)
  const later = outcome(ask('c'))
  together.fail(new Error('away'))
  t.same(await Promise.all(all), ['rejects: away', 'rejects: away'])
  const second = await next(1)
  second.answer()
  t.equal(await later, 'c ann')
  t.equal(statements.length, 2)
})

t.test('no more in a statement, and no more in waiting, than there is room for', async t => {
  const { ask, next } = makeStore({ maxBatch: 2, maxPending: 3 })
  const all = ['a', 'b', 'c', 'd'].map(call => outcome(ask(call)))
  for (const n of [0, 1]) {
    const statement = await next(n)
    statement.answer()
  }
  t.match(await Promise.all(all), ['a ann', 'b ann', 'c ann', /^rejects: /])
})

t.test('a gateway that stops asks what it was given, and refuses the rest', async t => {
  const { together, ask, next } = makeStore()
  const [first, second] = [outcome(ask('a')), outcome(ask('a', 'bea'))]
  const stopped = together.stop()
  const statements = [await next(0)]
  statements[0]?.answer()
  statements.push(await next(1))
  statements[1]?.answer()
  await stopped
  t.same(await Promise.all([first, second]), ['a ann', 'a bea'])
  t.match(await outcome(ask('b')), /^rejects: /)

  const stuck = makeStore()
  const [asked, waiting] = [outcome(stuck.ask('a')), outcome(stuck.ask('a', 'bea'))]
  const statement = await stuck.next(0)
  await stuck.together.stop(1)
  t.match(await waiting, /^rejects: /, 'a record that does not answer holds up no stop')
  statement.answer()
  t.equal(await asked, 'a ann')
})
