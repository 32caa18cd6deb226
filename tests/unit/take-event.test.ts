import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { Call } from '../../src/call/call.ts'
import { CallRegistry } from '../../src/call/call-registry.ts'
import { makeEventId } from '../../src/call/ids.ts'
import type { JournalEntry } from '../../src/journal/journal.ts'
import { Fault } from '../../src/operations/errors.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { makeTakeEvent } from '../../src/take-event.ts'
import { anOffer, cliOf, NOON, then } from '../support/call-events.ts'

/** The door with a journal the test opens and shuts by hand. */
function makeDoor({
  maxCalls = 10,
  answersAtOnce = [] as string[],
  isOthers = undefined as (() => Promise<boolean>) | undefined
} = {}) {
  const entries: JournalEntry[] = []
  const waiting: { ok: () => void; fail: () => void }[] = []
  const delivered: Call[] = []
  const looked: Call[] = []
  const { take, forget } = makeTakeEvent({
    registry: new CallRegistry({ limits: { maxCalls, maxReleased: 10, maxEndedIds: 10 } }),
    journal: {
      append: entry => {
        entries.push(entry)
        return new Promise((resolve, reject) => {
          waiting.push({ ok: resolve, fail: () => reject(new Fault('journal.append-failed', { count: 1 })) })
        })
      }
    },
    deliver: call => delivered.push(call),
    look: call => looked.push(call),
    answersAtOnce: new Set(answersAtOnce),
    ...(isOthers === undefined ? {} : { isOthers }),
    node: 'n-1',
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => NOON, monotonicMs: () => 0 }
  })
  return { take, forget, entries, waiting, delivered, looked }
}

t.test('the pop and the lookups set off before the journal has answered, the switch is answered after', async t => {
  const door = makeDoor()
  const taken = door.take(anOffer())
  t.equal(door.delivered.length, 1)
  t.equal(door.looked.length, 1)
  const first = await Promise.race([taken, Promise.resolve('not yet')])
  t.equal(first, 'not yet')
  door.waiting[0]?.ok()
  t.equal(await taken, 'durable')
})

t.test('a trunk that does not wait is answered at once, and the journal still gets the call', async t => {
  const door = makeDoor({ answersAtOnce: ['demo-switch'] })
  t.equal(await door.take(anOffer()), 'received')
  t.equal(door.entries.length, 1)
  door.waiting[0]?.ok()
})

t.test('the same offer again waits with the first and pops no second time', async t => {
  const door = makeDoor()
  const both = Promise.all([door.take(anOffer()), door.take(anOffer())])
  door.waiting[0]?.ok()
  t.same(await both, ['durable', 'durable'])
  t.equal(door.delivered.length, 1)
  t.equal(door.entries.length, 1)
  t.equal(await door.take(anOffer()), 'durable')
})

t.test(
  'a call the journal did not take is refused to the switch, though it pops; its repeat is tried anew',
  async t => {
    const door = makeDoor()
    const taken = door.take(anOffer())
    door.waiting[0]?.fail()
    t.equal(await taken, 'refused')
    t.equal(door.delivered.length, 1)
    const repeat = { ...anOffer(), eventId: makeEventId(NOON) }
    const again = door.take(repeat)
    while (door.waiting.length < 2) await setImmediate()
    door.waiting[1]?.ok()
    t.equal(await again, 'durable')
    t.equal(door.delivered.length, 1)
    const [first, second] = door.entries.map(({ event }) => event.eventId)
    t.not(first, repeat.eventId)
    t.equal(second, first, 'as the same event: what was refused may be written later, and stands once')
  }
)

t.test('a call no memory is left for is refused; an event of an unknown call is not', async t => {
  const door = makeDoor({ maxCalls: 1 })
  const first = door.take(anOffer())
  t.equal(await door.take(anOffer({ name: 'b', cli: cliOf(2) })), 'refused')
  t.equal(await door.take(then(anOffer({ name: 'c' }), 'answered')), 'ignored')
  door.waiting[0]?.ok()
  t.equal(await first, 'durable')
})

t.test('a corrected number is looked up again, a mere answer is not', async t => {
  const door = makeDoor()
  const offer = anOffer()
  const all = [
    door.take(offer),
    door.take(then(offer, 'answered')),
    door.take(then(offer, 'corrected', { cli: cliOf(456) }))
  ]
  for (const entry of door.waiting) entry.ok()
  await Promise.all(all)
  t.equal(door.looked.length, 2)
  t.equal(door.entries.length, 3)
})

t.test('a gateway that stood still pops nothing for a call that another one has had meanwhile', async t => {
  const door = makeDoor({ isOthers: async () => true })
  t.equal(await door.take(anOffer()), 'elsewhere')
  t.same([door.delivered.length, door.looked.length, door.entries.length], [0, 0, 0])
})

t.test('a caller who gives up while that is asked does not ring on for ever', async t => {
  let answer: (isOthers: boolean) => void = () => {}
  const door = makeDoor({
    isOthers: () =>
      new Promise(done => {
        answer = done
      })
  })
  const offer = anOffer()
  const offered = door.take(offer)
  const released = door.take(then(offer, 'released', { cause: 'abandoned' }))
  answer(false)
  await setImmediate()
  t.same(
    door.delivered.map(({ state }) => state),
    ['alerting', 'released']
  )
  for (const { ok } of door.waiting) ok()
  t.same(await Promise.all([offered, released]), ['durable', 'durable'])
})

t.test('and one that nobody else has had pops, however long it waited', async t => {
  const door = makeDoor({ isOthers: async () => false })
  const taken = door.take(anOffer())
  await setImmediate()
  t.equal(door.delivered.length, 1)
  door.waiting[0]?.ok()
  t.equal(await taken, 'durable')
})
