import t from 'tap'
import { Rounds } from '../../../src/operations/rounds.ts'

const turn = () => new Promise(done => setImmediate(done))

function setUp() {
  const ends: { done: () => void; fail: (why: Error) => void }[] = []
  let [running, most, begun] = [0, 0, 0]
  const rounds = new Rounds(async () => {
    begun += 1
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((done, fail) => ends.push({ done, fail })).finally(() => {
      running -= 1
    })
  })
  return { rounds, ends, begun: () => begun, most: () => most }
}

t.test('all who ask while a round is under way share the next, which begins after they asked', async t => {
  const { rounds, ends, begun, most } = setUp()
  const first = rounds.ask()
  const later = [rounds.ask(), rounds.ask(), rounds.ask()]
  t.equal(begun(), 1)
  ends.shift()?.done()
  await first
  // Asked between the two rounds: never a third one beside the second.
  const between = rounds.ask()
  await turn()
  t.equal(begun(), 2)
  ends.shift()?.done()
  await Promise.all([...later, between])
  t.equal(rounds.current, undefined)
  t.equal(most(), 1, 'one at a time')
})

t.test('a round that fails fails those who asked for it, and the next goes on', async t => {
  const { rounds, ends, begun } = setUp()
  const [first, next] = [rounds.ask(), rounds.ask()]
  const failed = t.rejects(first, /away/)
  ends.shift()?.fail(new Error('away'))
  await failed
  await turn()
  ends.shift()?.done()
  await next
  t.equal(begun(), 2)
})
