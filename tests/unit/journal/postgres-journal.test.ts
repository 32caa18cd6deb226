import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { JournalEntry } from '../../../src/journal/journal.ts'
import { PostgresJournal } from '../../../src/journal/postgres-journal.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { anOffer } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'

/** A record that stands still until the test lets it go on, beside a disk; time is in the test's hand. */
function makeJournal(t: Test) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const spooled: string[] = []
  const states: boolean[] = []
  const durable: string[] = []
  const waiting: (() => void)[] = []
  const journal = new PostgresJournal({
    appendEntries: () => new Promise(done => waiting.push(() => done([]))),
    onSuperseded: () => {},
    isPoison: () => false,
    spool: {
      keep: async (text, written) => {
        spooled.push(JSON.parse(text).call.callId)
        void written.then(() => void spooled.shift())
      },
      stop: async () => {}
    },
    quarantine: { path: '', append: async () => {}, stop: async () => {} },
    onState: ok => states.push(ok),
    onDurable: () => {},
    maxPending: 100,
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: Date.now, monotonicMs: Date.now }
  })
  const append = (entry: JournalEntry) => journal.append(entry).then(() => void durable.push(entry.call.callId))
  const pass = async (ms: number) => {
    await tick()
    mock.timers.tick(ms)
    await tick()
  }
  const goOn = async () => {
    while (waiting.length > 0) {
      waiting.shift()?.()
      await tick()
      await tick()
    }
  }
  return { spooled, states, durable, append, pass, goOn }
}

t.test(
  'a call that waits behind a record that stands still is on the disk before its switch is told to stop asking',
  async t => {
    const { spooled, states, durable, append, pass, goOn } = makeJournal(t)
    const [first, second] = ['one', 'two'].map(name => offerEntry(anOffer({ name })))
    if (first === undefined || second === undefined) throw new Error('unreachable')
    const all = [append(first)]
    await pass(1)
    all.push(append(second))
    await pass(199)
    const both = [first.call.callId, second.call.callId]
    t.same({ spooled, durable, states }, { spooled: both, durable: both, states: [] })
    await Promise.all(all)
    await goOn()
    t.same(
      { spooled, states },
      { spooled: [], states: [] },
      'the record has them, and nobody was told that it was away'
    )
  }
)

t.test('a record that stands still for a second is away, and everybody is told once', async t => {
  const { states, append, pass, goOn } = makeJournal(t)
  const all = ['one', 'two'].map(name => append(offerEntry(anOffer({ name }))))
  await pass(100)
  await Promise.all(all)
  await pass(899)
  t.same(states, [])
  await pass(1)
  t.same(states, [false])
  await goOn()
  t.same(states, [false, true])
})

t.test('while the record keeps up, no event goes to the disk', async t => {
  const { spooled, append, pass, goOn } = makeJournal(t)
  const appended = append(offerEntry(anOffer()))
  await pass(99)
  await goOn()
  await appended
  await pass(2_000)
  t.same(spooled, [])
})
