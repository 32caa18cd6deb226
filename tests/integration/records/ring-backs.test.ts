import t from 'tap'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { addEntries, closeByPolicy, closeEntry, openEntries } from '../../../src/records/ledger.ts'
import { makeRingBackRecord } from '../../../src/records/ring-backs.ts'
import { aQueueOffer, NOON, then } from '../../support/call-events.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const { mark, take, giveBack } = makeRingBackRecord(pool)

async function aCall(name: string, line = '999') {
  const offer = aQueueOffer({ name, line })
  const entries = entriesOf(offer, then(offer, 'released', { receivedAt: NOON + 5_000 }))
  await appendEntries(pool, entries)
  const call = entries.at(-1)?.call
  if (call === undefined) throw new Error('no call')
  const { number } = toBarePop(call, 'device')
  const marking = {
    ...{ callId: call.callId, force: call.force, line, number, e164: '+447700900123' },
    ...{ dueAt: NOON + 60_000, why: 'was driving', by: 'ann', at: NOON + 9_000 }
  }
  return { call, marking, entry: { call, kind: 'abandoned' as const, number, unlessAcked: false } }
}

const actsOf = async (callId: string) =>
  (await pool.query('select act, handler from ledger_act where call_id = $1 order by act_id', [callId])).rows.map(
    ({ act, handler }) => `${act} ${handler}`
  )

t.test('a call is put on the list, taken by one, given back, closed, and opened again; each act stays', async t => {
  const { call, marking } = await aCall('list')
  const { callId } = call
  t.match(await mark(marking), {
    ...{ rev: 1, key: 'tvp|+447700900123' },
    entry: { kind: 'ring-back', dueAt: NOON + 60_000, why: 'was driving', markedBy: 'ann', openedAt: NOON + 9_000 }
  })
  const tries = await Promise.all(['ann', 'bea'].map(by => take({ callId, rev: 1, by, at: NOON })))
  t.equal(tries.filter(Boolean).length, 1, 'one of two')
  const holder = tries.find(Boolean)?.entry.takenBy ?? ''
  t.equal(await giveBack({ callId, by: 'somebody', at: NOON }), undefined)
  t.match(await giveBack({ callId, by: holder, at: NOON + 1 }), { rev: 3 })
  await take({ callId, rev: 3, by: 'bea', at: NOON + 2 })
  await closeEntry(pool, { callId, by: 'bea', reason: 'called-back-no-answer', at: NOON + 3 })
  t.equal(await take({ callId, rev: 5, by: 'ann', at: NOON }), undefined, 'what is closed is taken by nobody')
  const again = await mark({ ...marking, why: 'no answer', by: 'bea' })
  t.match(again.entry, { why: 'no answer', markedBy: 'bea', kind: 'ring-back' })
  t.same([again.entry.closedAt, again.entry.takenBy], [undefined, undefined])
  t.same(await actsOf(callId), [
    ...['marked ann', `taken ${holder}`, `given-back ${holder}`, 'taken bea', 'closed bea', 'marked bea']
  ])
})

t.test('an entry of the ledger keeps what it is, and its own way onto it is no second entry', async t => {
  const { call, marking, entry } = await aCall('abandoned')
  await addEntries(pool, [entry])
  t.match((await mark(marking)).entry, { kind: 'abandoned', why: 'was driving' })
  const other = await aCall('first-marked')
  await mark(other.marking)
  t.same(await addEntries(pool, [other.entry]), [], 'it is on the list already')
  const [silent] = await addEntries(pool, [{ ...other.entry, kind: 'silent' }])
  t.match(silent?.entry, { kind: 'silent', why: 'was driving' })
  t.equal((await openEntries(pool, 99)).filter(({ entry: { call: id } }) => id === call.callId).length, 1)
})

t.test('the force’s own rule closes nothing that a person has or has given a time, and is an act itself', async t => {
  const [plain, marked, taken] = [await aCall('p', '101'), await aCall('m', '101'), await aCall('t', '101')]
  await pool.query('update ledger set e164 = null')
  await addEntries(pool, [plain.entry, marked.entry, taken.entry])
  await mark(marked.marking)
  await take({ callId: taken.call.callId, rev: 1, by: 'ann', at: NOON })
  const closed = await closeByPolicy(pool, { force: 'tvp', openedBefore: NOON + 99_999, at: NOON + 100_000 })
  t.same(
    closed.map(({ entry: { call } }) => call),
    [plain.call.callId]
  )
  t.same(await actsOf(plain.call.callId), ['closed policy'])
})
