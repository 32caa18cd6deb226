import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { OfferedEvent } from '../../../src/call/call-event.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import type { LedgerKind } from '../../../src/pop/board.ts'
import type { NewEntry } from '../../../src/pop/ledger.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import {
  addEntries,
  changedEntries,
  closeByPolicy,
  closeEntry,
  linkLater,
  missedCalls,
  openEntries
} from '../../../src/records/ledger.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { aQueueOffer, cliOf, NOON, then } from '../../support/call-events.ts'
import { recordClosed } from '../../support/hands.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

async function ended(
  pool: Parameters<typeof addEntries>[0],
  over: Partial<OfferedEvent> & { name: string },
  { at = NOON + 5_000, kind = 'abandoned' as LedgerKind, unlessAcked = false } = {}
): Promise<{ call: Call; entry: NewEntry }> {
  const offer = aQueueOffer(over)
  const entries = entriesOf(offer, then(offer, 'released', { receivedAt: at }))
  await appendEntries(pool, entries)
  const call = entries.at(-1)?.call
  if (call === undefined) throw new Error('no call')
  const e164 = call.cli.network?.e164
  const { number } = toBarePop(call, 'device')
  return { call, entry: { call, kind, number, unlessAcked, ...(e164 === undefined ? {} : { e164 }) } }
}

t.test('a call is entered once, whoever tries, and stays until a person has closed it', async t => {
  const { pool } = await makeDatabase(t)
  const { call, entry } = await ended(pool, { name: 'once' })
  const tries = await Promise.all([1, 2, 3].map(() => addEntries(pool, [entry])))
  t.equal(tries.flat().length, 1, 'one of three nodes entered it')
  t.match(await openEntries(pool, 10), [
    {
      rev: 1,
      key: 'tvp|+447700900123',
      entry: { call: call.callId, kind: 'abandoned', line: '999', later: [], more: 0 }
    }
  ])
  const how = { callId: call.callId, reason: 'spoken-to' as const, at: NOON + 60_000 }
  const closed = await Promise.all(
    ['ann', 'bea'].map(by => closeEntry(pool, { ...how, by, note: 'a fall, no injury' }))
  )
  t.equal(closed.filter(Boolean).length, 1, 'and one person closed it')
  t.match(closed.find(Boolean), { rev: 2, entry: { reason: 'spoken-to', note: 'a fall, no injury' } })
  t.same(await openEntries(pool, 10), [])
  t.same(await addEntries(pool, [entry]), [], 'a restart does not open it again')
  t.match(await changedEntries(pool, 60_000, 10), [{ rev: 2 }])
})

t.test(
  'an abandoned call that its handler marks as silent afterwards is entered as silent, unless it was dealt with',
  async t => {
    const { pool } = await makeDatabase(t)
    const { entry, call } = await ended(pool, { name: 'hears only breathing' })
    await addEntries(pool, [entry])
    t.match(await addEntries(pool, [{ ...entry, kind: 'silent' }]), [{ rev: 2, entry: { kind: 'silent' } }])
    t.same(await addEntries(pool, [{ ...entry, kind: 'silent' }]), [], 'said twice, written once')
    t.same(await addEntries(pool, [entry]), [], 'and nobody makes it an abandoned one again')
    await closeEntry(pool, { callId: call.callId, by: 'ann', reason: 'spoken-to', at: NOON + 60_000 })

    const done = await ended(pool, { name: 'closed before', cli: cliOf(456) })
    await addEntries(pool, [done.entry])
    await closeEntry(pool, { callId: done.call.callId, by: 'ann', reason: 'spoken-to', at: NOON + 60_000 })
    t.same(await addEntries(pool, [{ ...done.entry, kind: 'silent' }]), [], 'what a person has closed stays as it was')
  }
)

t.test('a caller offered again by another route is one contact; the last of the tries is the one entered', async t => {
  const { pool } = await makeDatabase(t)
  const first = await ended(pool, { name: 'primary' })
  const second = await ended(
    pool,
    { name: 'secondary', route: 'secondary', receivedAt: NOON + 9_000 },
    { at: NOON + 15_000 }
  )
  t.same(await addEntries(pool, [first.entry]), [])
  t.match(await addEntries(pool, [second.entry]), [{ entry: { call: second.call.callId } }])
})

t.test('the same caller by the same route, or another caller, or much later, is another contact', async t => {
  const { pool } = await makeDatabase(t)
  const first = await ended(pool, { name: 'one' })
  await ended(pool, { name: 'same-route', receivedAt: NOON + 9_000 }, { at: NOON + 15_000 })
  await ended(
    pool,
    { name: 'other', route: 'secondary', cli: cliOf(7), receivedAt: NOON + 9_000 },
    { at: NOON + 15_000 }
  )
  await ended(pool, { name: 'later', route: 'secondary', receivedAt: NOON + 14_000 }, { at: NOON + 15_000 })
  t.equal((await addEntries(pool, [first.entry])).length, 1)
})

t.test('a silent call is entered though its caller came again', async t => {
  const { pool } = await makeDatabase(t)
  const first = await ended(pool, { name: 'silent' }, { kind: 'silent' })
  await ended(pool, { name: 'again', route: 'secondary', receivedAt: NOON + 9_000 }, { at: NOON + 15_000 })
  t.equal((await addEntries(pool, [first.entry])).length, 1)
})

t.test('where no switch says more, a pop that a console acknowledged is no entry', async t => {
  const { pool } = await makeDatabase(t)
  const acked = await ended(pool, { name: 'acked' }, { kind: 'unattended', unlessAcked: true })
  const lost = await ended(pool, { name: 'lost', cli: cliOf(5) }, { kind: 'unattended', unlessAcked: true })
  await recordAcks(pool, [{ popId: acked.call.popId, handler: 'ann', at: NOON }])
  t.match(await addEntries(pool, [acked.entry, lost.entry]), [
    { entry: { call: lost.call.callId, kind: 'unattended' } }
  ])
})

t.test('a later call is tied to the entry once, and closes nothing', async t => {
  const { pool } = await makeDatabase(t)
  const { call, entry } = await ended(pool, { name: 'first' })
  await addEntries(pool, [entry])
  const { call: later } = await ended(pool, { name: 'second', receivedAt: NOON + 600_000 }, { at: NOON + 601_000 })
  const tie = { entryCall: call.callId, call: later.callId, kind: 'later-call' as const, at: NOON + 600_000 }
  t.match(await linkLater(pool, [tie]), [{ rev: 2, entry: { later: [{ call: later.callId, kind: 'later-call' }] } }])
  t.same(await linkLater(pool, [tie]), [])
  t.equal((await openEntries(pool, 10)).length, 1)
})

t.test('many ties of one moment change each entry once, and none that is closed', async t => {
  const { pool } = await makeDatabase(t)
  const names = ['open', 'closed', 'third', 'fourth']
  const calls = await Promise.all(names.map((name, at) => ended(pool, { name, cli: cliOf(at + 1) })))
  const [open, closed, third, fourth] = calls.map(({ call }) => call.callId)
  await addEntries(
    pool,
    calls.slice(0, 2).map(({ entry }) => entry)
  )
  await closeEntry(pool, { callId: closed as CallId, by: 'sup', at: NOON, reason: 'hoax' })
  const tie = (entryCall = '', call = '') => ({
    ...{ entryCall: entryCall as CallId, call: call as CallId, kind: 'later-call' as const, at: NOON }
  })
  const ties = [tie(open, third), tie(open, fourth), tie(closed, third), tie(third, fourth)]
  const changed = await linkLater(pool, ties)
  t.equal(changed.length, 1)
  t.match(changed, [{ rev: 2, entry: { call: open } }])
  t.same(changed[0]?.entry.later.map(({ call }) => call).sort(), [third, fourth].sort())
})

t.test('the policy closes abandoned 101 calls with nothing against them, and no other', async t => {
  const { pool } = await makeDatabase(t)
  const plain = await ended(pool, { name: 'plain', line: '101', cli: cliOf(1) })
  const silent = await ended(pool, { name: 'silent', line: '101', cli: cliOf(2), silent: true })
  const twice = await ended(pool, { name: 'twice-1', line: '101', cli: cliOf(3) })
  const again = await ended(
    pool,
    { name: 'twice-2', line: '101', cli: cliOf(3), receivedAt: NOON + 60_000 },
    { at: NOON + 61_000 }
  )
  const emergency = await ended(pool, { name: '999', cli: cliOf(4) })
  const young = await ended(pool, { name: 'young', line: '101', cli: cliOf(5) }, { at: NOON + 900_000 })
  const incident = await ended(pool, { name: 'incident', line: '101', cli: cliOf(6) })
  const all = [plain, silent, twice, again, emergency, young, incident]
  await addEntries(
    pool,
    all.map(({ entry }) => entry)
  )
  const { rows } = await pool.query(
    `insert into incident (reference, force, type, status, opened_at) values ('x', 'tvp', 'x', 'open', 1) returning incident_id`
  )
  await pool.query('insert into contact_incident values ($1, $2)', [incident.call.callId, rows[0].incident_id])
  const rule = { force: 'tvp', openedBefore: NOON + 600_000, at: NOON + 1_000_000 }
  t.match(await closeByPolicy(pool, rule), [
    { entry: { call: plain.call.callId, closedBy: 'policy', reason: 'policy' } }
  ])
  t.equal((await openEntries(pool, 10)).length, all.length - 1)
})

t.test('what somebody closed before its entry was made is found, until it has one', async t => {
  const { pool } = await makeDatabase(t)
  const { call, entry } = await ended(pool, { name: 'closed-early', cli: cliOf(11) })
  const open = await ended(pool, { name: 'still-open', cli: cliOf(12) })
  const entered = await ended(pool, { name: 'entered', cli: cliOf(13) })
  await addEntries(pool, [entered.entry])
  for (const { callId } of [call, entered.call]) {
    await recordClosed(pool, 'n-test', { callId, handler: 'ann', isLast: true }, NOON + 6_000)
  }
  const ask = { offeredSince: NOON - 1, closedSince: NOON, closedBefore: NOON + 10_000 }
  const found = async (over = {}) => (await missedCalls(pool, { ...ask, ...over }, 10)).map(({ callId }) => callId)
  t.same(await found(), [call.callId], `not ${open.call.callId}, which the next gateway takes up with its card`)
  t.same(await found({ offeredSince: NOON + 1 }), [], 'nor what was offered long ago')
  t.same(await found({ closedSince: NOON + 6_001 }), [], 'nor what was closed long ago')
  t.same(await found({ closedBefore: NOON + 5_999 }), [], 'nor what was closed just now')
  await addEntries(pool, [entry])
  t.same(await found(), [])
})
