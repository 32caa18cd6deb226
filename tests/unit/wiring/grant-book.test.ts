import t from 'tap'
import type { Grant } from '../../../src/lookups/forces-asked.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { GrantBook } from '../../../src/wiring/grant-book.ts'
import { NOON } from '../../support/call-events.ts'

const OWN = { force: 'tvp', homeForce: 'tvp' }
const BUDDY = { force: 'tvp', homeForce: 'hants' }

function aGrant(over: Partial<Grant> = {}): Grant {
  const times = { fromAt: NOON, untilAt: NOON + 1_000 }
  return { name: 'aid', owner: 'hants', to: 'tvp', covers: ['people'], ...times, ...over }
}

function makeBook(read: () => readonly Grant[], standing: readonly Grant[] = []) {
  const clock = { at: NOON, now: () => clock.at }
  const book = new GrantBook({ read: async () => read(), standing, clock, log: silentLog })
  return { book, clock }
}

t.test('a grant begins and ends at its own time, to the millisecond, without the record being asked', async t => {
  let reads = 0
  const { book, clock } = makeBook(() => {
    reads += 1
    return [aGrant()]
  })
  t.same(book.forcesOf(OWN, 'people').asked, ['tvp'], 'nothing is granted before the record was read')
  const stop = await book.start()
  t.teardown(stop)
  const askedAt = (at: number) => {
    clock.at = at
    return book.forcesOf(OWN, 'people').asked.join()
  }
  t.same([NOON - 1, NOON, NOON + 999, NOON + 1_000].map(askedAt), ['tvp', 'tvp,hants', 'tvp,hants', 'tvp'])
  t.equal(reads, 1)
  clock.at = NOON
  t.same(book.forcesOf(OWN, 'markers').asked, ['tvp'], 'of what it does not cover nothing')
})

t.test('a grant of the config is for calls that are taken for that force, and for no other', async t => {
  const always = { fromAt: Number.NEGATIVE_INFINITY, untilAt: Number.POSITIVE_INFINITY }
  const { book } = makeBook(() => [], [aGrant({ ...always, isForBuddyCalls: true })])
  t.same(book.forcesOf(BUDDY, 'people'), { asked: ['tvp', 'hants'], without: [] })
  t.same(book.forcesOf(BUDDY, 'markers'), { asked: ['tvp'], without: ['hants'] })
  t.same(book.forcesOf(OWN, 'people').asked, ['tvp'])
})

t.test('a record that cannot be read at the start is said', async t => {
  const { book } = makeBook(() => {
    throw new Error('away')
  })
  await t.rejects(book.start(), /away/)
})
