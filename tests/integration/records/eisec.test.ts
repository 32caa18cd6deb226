import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import {
  addRequests,
  claimLogOn,
  dropOldRequests,
  endRequests,
  giveLogOn,
  openRequests,
  readMarks,
  writeMark,
  writeNextMark
} from '../../../src/records/eisec.ts'
import { leave, renewLease } from '../../../src/records/nodes.ts'
import { makePasswordBook, passwordRecord } from '../../../src/wiring/eisec-passwords.ts'
import { makeDatabase } from '../../support/stores.ts'

const MINUTE_MS = 60_000

function renew(pool: pg.Pool, node: string, { leaseMs = MINUTE_MS, isDraining = false } = {}) {
  return renewLease(pool, { node, version: '0', siteGroup: 'one', http: '', isDraining }, leaseMs)
}

async function putCall(pool: pg.Pool, n: number): Promise<CallId> {
  const callId = randomUUID() as CallId
  const call = { callId, line: '999', seq: n }
  await pool.query(
    `insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, switch_call_ids, call)
     values ($1, 1, $2, 'tvp', 'tvp', '999', 'offered', 1, '{}', $3::jsonb)`,
    [callId, n, JSON.stringify(call)]
  )
  return callId
}

t.test('one gateway has the log-on; another takes it when that one’s lease is over or it gave it back', async t => {
  const { pool } = await makeDatabase(t)
  for (const node of ['one', 'two']) await renew(pool, node)
  t.equal(await claimLogOn(pool, 'demo', 'one'), true)
  t.equal(await claimLogOn(pool, 'demo', 'two'), false)
  t.equal(await claimLogOn(pool, 'demo', 'one'), true, 'it stays with whoever has it')
  await renew(pool, 'one', { leaseMs: -1 })
  t.equal(await claimLogOn(pool, 'demo', 'two'), true, 'its lease is over')
  await renew(pool, 'one')
  t.equal(await claimLogOn(pool, 'demo', 'one'), false, 'who comes back has lost it')
  await giveLogOn(pool, 'demo', 'two')
  t.equal(await claimLogOn(pool, 'demo', 'one'), true, 'it was given back')
  await leave(pool, ['one'])
  t.equal(await claimLogOn(pool, 'demo', 'two'), true)
})

t.test('who has no lease of its own, or is about to stop, takes no log-on', async t => {
  const { pool } = await makeDatabase(t)
  t.equal(await claimLogOn(pool, 'demo', 'unknown'), false)
  await renew(pool, 'stops', { isDraining: true })
  t.equal(await claimLogOn(pool, 'demo', 'stops'), false)
  await renew(pool, 'lapsed', { leaseMs: -1 })
  t.equal(await claimLogOn(pool, 'demo', 'lapsed'), false)
})

t.test('of two that claim at the same moment one has it', async t => {
  const { pool } = await makeDatabase(t)
  const nodes = ['a', 'b', 'c', 'd']
  for (const node of nodes) await renew(pool, node)
  const claims = await Promise.all(nodes.map(node => claimLogOn(pool, 'demo', node)))
  const again = await Promise.all(nodes.map(node => claimLogOn(pool, 'demo', node)))
  t.equal(again.filter(isOurs => isOurs).length, 1, `at first ${claims}`)
})

t.test('requests of all gateways are there for the one with the log-on, once for each run of a call', async t => {
  const { pool } = await makeDatabase(t)
  const [one, two] = [await putCall(pool, 1), await putCall(pool, 1)]
  const unwritten = randomUUID() as CallId
  const request = (callId: CallId, run = 1, logOn = 'demo') => ({ callId, logOn, run })
  await addRequests(pool, [request(one), request(two, 1, 'other'), request(unwritten)], { isBell: true })
  const open = (known: ReadonlyMap<CallId, number> = new Map()) =>
    openRequests(pool, 'demo', { known, withinMs: MINUTE_MS }).then(rows =>
      rows.map(({ call, run }) => [call.callId, run])
    )
  t.same(await open(), [[one, 1]], 'a call the journal has not written yet comes another time')
  t.same(await open(new Map([[one, 1]])), [])
  await addRequests(pool, [request(one, 3)], { isBell: false })
  await addRequests(pool, [request(one, 2)], { isBell: false })
  t.same(await open(new Map([[one, 1]])), [[one, 3]], 'its number was corrected')
  await endRequests(pool, new Map([[one, 2]]))
  t.same(await open(), [[one, 3]], 'what ended was an earlier run')
  await endRequests(pool, new Map([[one, 3]]))
  t.same(await open(), [])
})

t.test('what nobody asked about in time is let go', async t => {
  const { pool } = await makeDatabase(t)
  const callId = await putCall(pool, 1)
  await addRequests(pool, [{ callId, logOn: 'demo', run: 1 }], { isBell: false })
  await dropOldRequests(pool, MINUTE_MS)
  t.equal((await openRequests(pool, 'demo', { known: new Map(), withinMs: MINUTE_MS })).length, 1)
  t.equal((await openRequests(pool, 'demo', { known: new Map(), withinMs: 0 })).length, 0)
  await dropOldRequests(pool, 0)
  t.equal((await openRequests(pool, 'demo', { known: new Map(), withinMs: MINUTE_MS })).length, 0)
})

t.test('a gateway that takes the log-on over begins with the password that is in force', async t => {
  const { pool } = await makeDatabase(t)
  await renew(pool, 'one')
  await claimLogOn(pool, 'demo', 'one')
  const book = makePasswordBook({
    files: async () => ({ current: 'old-secret', next: 'new-secret' }),
    record: passwordRecord(pool, 'demo')
  })
  t.same(await book.read(), { candidates: ['old-secret', 'new-secret'], next: 'new-secret' }, 'nothing is known yet')
  await book.isInForce('old-secret')
  t.same(await book.read(), { candidates: ['old-secret', 'new-secret'], next: 'new-secret' })
  await book.willChange('new-secret')
  t.same(await book.read(), { candidates: ['new-secret', 'old-secret'] }, 'it may be in force, or not')
  await book.isInForce('new-secret')
  t.same(await book.read(), { candidates: ['new-secret', 'old-secret'] }, 'it is, and is not changed to again')
  const { rows } = await pool.query('select * from eisec_log_on')
  t.notMatch(JSON.stringify(rows), /secret/, 'the record has marks only')
})

t.test('while the record is away a lost link comes back with the password that was in force', async t => {
  let isAway = false
  const book = makePasswordBook({
    files: async () => ({ current: 'old-secret', next: 'new-secret' }),
    record: {
      read: async () => {
        if (isAway) throw new Error('the record is away')
        return marks
      },
      writeNext: async () => {},
      write: async mark => {
        marks = { inForce: mark }
      }
    }
  })
  let marks = {}
  await book.isInForce('new-secret')
  const before = await book.read()
  isAway = true
  t.same(await book.read(), before)
  t.same(before, { candidates: ['new-secret', 'old-secret'] })
})

t.test('a change is not sent for a log-on that the record does not know', async t => {
  const { pool } = await makeDatabase(t)
  await t.rejects(writeNextMark(pool, 'demo', 'mark'), /not in the record/)
  await writeMark(pool, 'demo', 'mark')
  t.same(await readMarks(pool, 'demo'), {})
})
