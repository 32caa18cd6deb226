import t from 'tap'
import { leastIdAt, makeCallId, makeEventId, parseCallId, type SwitchCallId } from '../../../src/call/ids.ts'

const NIGHT = Date.parse('2026-03-01T00:00:00Z')
const DAY_MS = 86_400_000
const KEY = { force: 'tvp', trunk: 'switch', switchCallId: 'a;b' as SwitchCallId, occurrence: 0 }

t.test('a call has one id all day, and another the day after', async t => {
  const id = makeCallId({ ...KEY, firstSeenAt: NIGHT })
  t.equal(id, '019ca6b1-dc00-8fee-8375-e97dd8841afc')
  t.equal(makeCallId({ ...KEY, firstSeenAt: NIGHT + DAY_MS - 1 }), id)
  t.not(makeCallId({ ...KEY, firstSeenAt: NIGHT - 1 }), id)
  t.not(makeCallId({ ...KEY, firstSeenAt: NIGHT + DAY_MS }), id)
  t.equal(parseCallId(id), id)
})

t.test('everything of the key is in the id', async t => {
  const ids = [
    { ...KEY, firstSeenAt: NIGHT },
    { ...KEY, firstSeenAt: NIGHT, force: 'hants' },
    { ...KEY, firstSeenAt: NIGHT, trunk: 'other' },
    { ...KEY, firstSeenAt: NIGHT, switchCallId: 'a;c' as SwitchCallId },
    { ...KEY, firstSeenAt: NIGHT, occurrence: 1 }
  ].map(makeCallId)
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) t.match(id, /^019ca6b1-dc00-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('an id says its day: before it is below, from it on is not', async t => {
  const least = leastIdAt(NIGHT)
  t.ok(makeCallId({ ...KEY, firstSeenAt: NIGHT - 1 }) < least)
  t.ok(makeCallId({ ...KEY, firstSeenAt: NIGHT }) > least)
  t.ok(makeEventId(NIGHT - 1) < least)
  t.ok(makeEventId(NIGHT) > least)
})
