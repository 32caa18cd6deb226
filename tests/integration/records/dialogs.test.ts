import t from 'tap'
import { toSipSwitchCallId } from '../../../src/call/ids.ts'
import { findDialogs } from '../../../src/records/dialogs.ts'
import { appendEntries, openCalls } from '../../../src/records/journal-rows.ts'
import { anOffer, then } from '../../support/call-events.ts'
import { recordClosed } from '../../support/hands.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool, openPool } = await makeDatabase(t)
const nameOf = (call: string) => toSipSwitchCallId(call, 'tag')
const find = async (...names: string[]) => Object.fromEntries(await findDialogs(pool, names.map(nameOf)))

t.test('the dialog of an open call is found by what its switch calls it', async t => {
  await appendEntries(pool, entriesOf(anOffer({ name: 'open', dialog: { toTag: 'a' } }), anOffer({ name: 'other' })))
  t.same(await find('open', 'never', 'other'), { [nameOf('open')]: { [nameOf('open')]: { toTag: 'a' } } })
  t.same(await find(), {})
})

t.test('a call that two switches reported has a dialog with each, whichever event became durable first', async t => {
  const first = anOffer({ name: 'sbc', dialog: { toTag: 'a' }, cli: { trust: 'unavailable' } })
  const second = anOffer({ name: 'acd', dialog: { toTag: 'b' }, replaces: nameOf('sbc') })
  const [offered, joined] = entriesOf(first, second)
  if (offered === undefined || joined === undefined) throw new Error('unreachable')
  await appendEntries(pool, [offered])
  await appendEntries(pool, [joined])
  const expected = { [nameOf('sbc')]: { toTag: 'a' }, [nameOf('acd')]: { toTag: 'b' } }
  t.same((await find('acd'))[nameOf('acd')], expected)
  const open = await openCalls(pool, { sinceAt: 0, limit: 10 })
  t.same(open.find(({ call }) => call.callId === joined.call.callId)?.dialog, expected, 'and both come to the restart')
})

t.test('both dialogs of one batch are kept', async t => {
  const first = anOffer({ name: 'one', dialog: { toTag: 'a' } })
  const second = anOffer({ name: 'two', dialog: { toTag: 'b' }, replaces: nameOf('one') })
  await appendEntries(pool, entriesOf(first, second, then(first, 'answered', { switchCallId: nameOf('two') })))
  t.same(Object.keys((await find('two'))[nameOf('two')] ?? {}).sort(), [nameOf('one'), nameOf('two')])
})

t.test('of a call that has ended or was closed there is none, because it held what only its answer needed', async t => {
  const ended = anOffer({ name: 'ended', dialog: { toTag: 'a' } })
  await appendEntries(pool, entriesOf(ended))
  t.ok((await find('ended'))[nameOf('ended')])
  await appendEntries(pool, entriesOf(ended, then(ended, 'released', { cause: 'ended' })))
  const short = anOffer({ name: 'short', dialog: { toTag: 'a' } })
  await appendEntries(pool, entriesOf(short, then(short, 'released', { cause: 'ended' })))
  const closed = anOffer({ name: 'closed', dialog: { toTag: 'a' } })
  const [entry] = entriesOf(closed)
  if (entry === undefined) throw new Error('unreachable')
  await appendEntries(pool, [entry])
  await recordClosed(pool, 'n-test', { callId: entry.call.callId, handler: 'h1', isLast: true }, 1)
  t.same(await find('ended', 'short', 'closed'), {})
  const { rows } = await pool.query(
    "select count(*)::int as kept from contact where state = 'released' and dialog is not null"
  )
  t.equal(rows[0]?.kept, 0)
})

t.test('among many thousand calls it is found by the index', async t => {
  await openPool({
    statementMs: 60_000
  }).query(`insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, switch_call_ids,
      dialog) select gen_random_uuid(), 1, 1, 'tvp', 'tvp', '999', 'offered', n, array['many-' || n || ';tag'], '{}'
    from generate_series(1, 30000) n`)
  await pool.query('analyze contact')
  const began = performance.now()
  t.equal(Object.keys(await find(...Array.from({ length: 100 }, (_, at) => `many-${at + 500}`))).length, 100)
  t.comment(`figure: a hundred names among 30,000 open calls in ${(performance.now() - began).toFixed(1)} ms`)
  const { rows } = await pool.query(`explain select dialog from contact
    where switch_call_ids && array['many-7;tag'] and closed_at is null`)
  t.match(JSON.stringify(rows), /contact_default_switch_calls/)
})
