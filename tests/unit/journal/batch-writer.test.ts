import t from 'tap'
import { BatchWriter } from '../../../src/journal/batch-writer.ts'

/** A store that says what it was given, and fails or refuses as the test wants. */
function makeStore({ failures = 0, poison = '', isKept = false } = {}) {
  const kept: string[] = []
  const writes: string[][] = []
  const faults: unknown[] = []
  let failed = 0
  const writer = new BatchWriter<string>({
    write: async rows => {
      if (failed++ < failures) throw new Error('store away')
      if (poison !== '' && rows.includes(poison)) throw new Error('poison')
      writes.push([...rows])
    },
    isPoison: thrown => thrown instanceof Error && thrown.message === 'poison',
    onFault: thrown => faults.push(thrown),
    onPoison: async (row, thrown) => {
      faults.push(thrown)
      if (isKept) kept.push(row)
      else throw thrown
    },
    limits: { maxBatch: 4, maxPending: 10, firstRetryMs: 1, maxRetryMs: 2 }
  })
  return { writer, writes, faults, kept }
}

t.test('events of one moment go to the record together', async t => {
  const { writer, writes } = makeStore()
  await Promise.all(['a', 'b', 'c'].map(row => writer.add(row)))
  t.same(writes, [['a', 'b', 'c']])
  await writer.stop()
})

t.test('more than one batch keeps its order', async t => {
  const { writer, writes } = makeStore()
  const rows = [...'abcdefghi']
  await Promise.all(rows.map(row => writer.add(row)))
  t.same(writes.flat(), rows)
  t.ok(writes.every(batch => batch.length <= 4))
  await writer.stop()
})

t.test('a store that is away gets every event when it is back, in order', async t => {
  const { writer, writes, faults } = makeStore({ failures: 3 })
  await Promise.all([...'abcdef'].map(row => writer.add(row)))
  t.same(writes.flat(), [...'abcdef'])
  t.equal(faults.length, 3)
  await writer.stop()
})

t.test('an event no store would take is refused alone and holds up nobody', async t => {
  const { writer, writes, faults } = makeStore({ poison: 'c' })
  const settled = await Promise.allSettled([...'abcd'].map(row => writer.add(row)))
  t.same(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled']
  )
  t.same(writes.flat(), ['a', 'b', 'd'])
  t.equal(faults.length, 1)
  await writer.stop()
})

t.test('an event no store would take is kept elsewhere where it can be, and then counts as written', async t => {
  const { writer, writes, kept } = makeStore({ poison: 'a', isKept: true })
  await Promise.all([...'ab'].map(row => writer.add(row)))
  t.same({ written: writes.flat(), kept }, { written: ['b'], kept: ['a'] })
  await writer.stop()
})

t.test('stopping writes what is pending, and says of the rest that it was not written', async t => {
  const good = makeStore()
  const added = good.writer.add('a')
  await good.writer.stop()
  await added
  t.same(good.writes, [['a']])
  const away = makeStore({ failures: 1_000 })
  const told = { code: 'record.away', cause: { message: 'stopped before it was written' } }
  const lost = t.rejects(away.writer.add('a'), told, 'the store was away: no mistake of ours')
  await away.writer.stop(5)
  await lost
  await t.rejects(away.writer.add('b'), told)
})

t.test('the limit on what waits is known before it is passed', async t => {
  const { writer } = makeStore({ failures: 1_000 })
  const rows = [...'abcdefghij'].map(row => writer.add(row).catch(thrown => thrown.cause.message))
  t.equal(writer.isFull(), true)
  await writer.stop(1)
  t.ok((await Promise.all(rows)).every(text => /stopped/.test(text)))
})
