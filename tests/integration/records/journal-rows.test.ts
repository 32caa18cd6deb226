import t from 'tap'
import { makeEventId } from '../../../src/call/ids.ts'
import { appendEntries, endedCallIds, openCalls, readCall } from '../../../src/records/journal-rows.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'
import { recordClosed, recordTaken } from '../../support/hands.ts'
import { adopted, entriesOf, offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

async function rowsOf(callId: string): Promise<{ journal: number; state: string; generation: number; seq: number }> {
  const { rows } = await pool.query(
    `select (select count(*) from journal where call_id = $1) as journal, state, generation, seq
     from contact where call_id = $1`,
    [callId]
  )
  return rows[0]
}

t.test('a call is in the record as it stands, and each event once, however often it is written', async t => {
  const offer = anOffer({ name: 'repeat' })
  const entries = entriesOf(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'released'))
  const [first] = entries
  await appendEntries(pool, entries)
  await appendEntries(pool, entries)
  if (first !== undefined) await appendEntries(pool, [first])
  const { callId } = first?.call ?? {}
  t.match(await rowsOf(callId ?? ''), { journal: 3, state: 'released', seq: 3 })
})

t.test('all entries of one write are in the record, or none', async t => {
  const good = offerEntry(anOffer({ name: 'with-bad' }))
  const bad = { ...good, event: { ...good.event, eventId: 'no uuid' as typeof good.event.eventId } }
  await t.rejects(appendEntries(pool, [good, bad]))
  t.equal(await readCall(pool, good.call.callId), undefined)
})

t.test('an older word about a call never overwrites a newer one', async t => {
  const offer = anOffer({ name: 'late' })
  const [offered, answered] = entriesOf(offer, then(offer, 'answered', { device: '4001' }))
  if (offered === undefined || answered === undefined) throw new Error('unreachable')
  await appendEntries(pool, [answered])
  await appendEntries(pool, [offered])
  t.match(await rowsOf(offered.call.callId), { journal: 2, state: 'answered', seq: 2 })
  const again = adopted(
    { ...answered, event: { ...answered.event, eventId: makeEventId(NOON) } },
    { generation: 2, seq: 1 }
  )
  await appendEntries(pool, [again])
  t.match(await rowsOf(offered.call.callId), { generation: 2, seq: 1 }, 'the node that adopted it')
  const stale = adopted(
    { ...offered, event: { ...offered.event, eventId: makeEventId(NOON) } },
    { seq: 99, state: 'held' }
  )
  await appendEntries(pool, [stale])
  t.match(await rowsOf(offered.call.callId), { generation: 2, state: 'answered' }, 'its former node is not heard')
})

t.test('what the driver needs to go on with a dialog is kept through later events', async t => {
  const offer = anOffer({ name: 'dialog', dialog: { toTag: 'abc', cseq: 1 } })
  const [offered, answered, held] = entriesOf(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'held'))
  if (offered === undefined || answered === undefined || held === undefined) throw new Error('unreachable')
  // One write that ends with another event than the offer, then one without it.
  await appendEntries(pool, [offered, answered])
  await appendEntries(pool, [held])
  const open = await openCalls(pool, { sinceAt: NOON, limit: 100 })
  t.match(
    open.find(each => each.call.callId === offered.call.callId),
    {
      call: { state: 'held' },
      dialog: { [offer.switchCallId]: { toTag: 'abc', cseq: 1 } }
    }
  )
  const { rows } = await pool.query('select event from journal where event_id = $1', [offer.eventId])
  t.notOk('dialog' in rows[0].event, 'the journal has what happened, not the driver’s own state')
})

t.test('a name with half an emoji or a NUL in it does not keep its call out of the record', async t => {
  const offer = anOffer({ name: 'odd-name', ddi: '99\u00009' })
  const cut = { ...offer, cli: { ...offer.cli, name: `${'x'.repeat(79)}\u{1F600}`.slice(0, 80) } }
  const entry = offerEntry(cut)
  await appendEntries(pool, [entry])
  const call = await readCall(pool, entry.call.callId)
  t.equal(call?.ddi, '999')
  t.equal(call?.cli.name, `${'x'.repeat(79)}\ufffd`)
})

t.test('times of a driver in fractions of a millisecond are kept as whole ones', async t => {
  const entry = offerEntry(anOffer({ name: 'fraction', receivedAt: NOON + 0.6 }))
  await appendEntries(pool, [entry])
  t.equal((await readCall(pool, entry.call.callId))?.offeredAt, NOON + 1)
})

t.test('one handler takes a call, and only one, whoever asks at the same moment', async t => {
  const { call } = offerEntry(anOffer({ name: 'taken' }))
  await appendEntries(pool, [offerEntry(anOffer({ name: 'taken' }))])
  const handlers = ['h1', 'h2', 'h3', 'h4', 'h5']
  const won = await Promise.all(
    handlers.map(handler => recordTaken(pool, 'n-test', { callId: call.callId, handler, at: NOON }))
  )
  t.equal(won.filter(Boolean).length, 1)
  const winner = handlers[won.indexOf(true)] ?? ''
  t.equal(
    await recordTaken(pool, 'n-test', { callId: call.callId, handler: winner, at: NOON + 5 }),
    true,
    'who has it may ask again'
  )
  const { rows } = await pool.query('select taken_by, taken_at from contact where call_id = $1', [call.callId])
  t.same(rows, [{ taken_by: winner, taken_at: NOON }])
})

t.test('a call the record does not have yet is not said to be another handler’s', async t => {
  const { call } = offerEntry(anOffer({ name: 'not-yet' }))
  await t.rejects(recordTaken(pool, 'n-test', { callId: call.callId, handler: 'h1', at: NOON }), {
    code: 'record.no-call'
  })
})

t.test('a card is not closed before its call stands in the record: it would be back after a restart', async t => {
  const { call } = offerEntry(anOffer({ name: 'not-yet-closed' }))
  await t.rejects(recordClosed(pool, 'n-test', { callId: call.callId, handler: 'h1', isLast: true }, NOON), {
    code: 'record.no-call'
  })
})

t.test('open calls are those nobody closed: newest kept, oldest first', async t => {
  const { pool: own } = await makeDatabase(t)
  const offers = [1, 2, 3, 4].map(n => anOffer({ name: `open-${n}`, receivedAt: NOON + n }))
  await appendEntries(own, entriesOf(...offers))
  const ids = entriesOf(...offers).map(entry => entry.call.callId)
  const [, second, third, fourth] = ids
  if (second === undefined || third === undefined || fourth === undefined) throw new Error('unreachable')
  await recordTaken(own, 'n-test', { callId: third, handler: 'h1', at: NOON })
  await recordClosed(own, 'n-test', { callId: fourth, handler: 'h1', isLast: true }, NOON + 50)
  await recordClosed(own, 'n-test', { callId: fourth, handler: 'h2', isLast: true }, NOON + 60)
  const open = await openCalls(own, { sinceAt: NOON, limit: 2 })
  t.same(
    open.map(each => each.call.callId),
    [second, third]
  )
  t.same(
    open.map(each => each.takenBy),
    [undefined, 'h1']
  )
  t.same((await openCalls(own, { sinceAt: NOON + 4, limit: 9 })).length, 0, 'not those before')
  t.same(await endedCallIds(own, { sinceAt: NOON, limit: 9 }), [fourth])
  const { rows } = await own.query('select closed_by from contact where call_id = $1', [fourth])
  t.same(rows, [{ closed_by: 'h1' }], 'closed once')
})
