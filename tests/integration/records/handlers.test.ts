import t from 'tap'
import {
  endSignOn,
  hashPassword,
  listHandlers,
  listSignOns,
  putSignOn,
  verifyHandler
} from '../../../src/records/handlers.ts'
import { recordAcks, recordSeen } from '../../../src/records/pop-deliveries.ts'
import { NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool, openPool, url } = await makeDatabase(t)
const password = await hashPassword('correct horse')
await pool.query(
  `insert into handler (handler, name, force, grants, lines, acd_queues, password)
   select 'h' || n, 'Handler ' || n, case when n = 9 then 'hants' else 'tvp' end, case when n = 8 then '{hants}' else '{}' end::text[],
     '{999,101}', '{}', $1 from generate_series(1, 9) n`,
  [password]
)
await pool.query(
  `insert into position select 'd' || n, 'Desk ' || n, case when n = 9 then 'hants' else 'tvp' end, array['400' || n]
   from generate_series(1, 9) n`
)
const accounts = new Map((await listHandlers(pool)).map(account => [account.handler, account]))
const account = (handler: string) => {
  const found = accounts.get(handler)
  if (found === undefined) throw new Error(`no ${handler}`)
  return found
}
const seats = async () =>
  Object.fromEntries((await listSignOns(pool, NOON, NOON)).map(({ handler, position }) => [handler, position]))
t.beforeEach(() => pool.query('delete from sign_on'))

t.test('a password opens its own account and no other', async t => {
  t.match(await verifyHandler(pool, 'h1', 'correct horse'), { handler: 'h1', force: 'tvp', lines: ['999', '101'] })
  t.notOk('password' in ((await verifyHandler(pool, 'h1', 'correct horse')) ?? {}))
  t.equal(await verifyHandler(pool, 'h1', 'correct horses'), undefined)
  t.equal(await verifyHandler(pool, 'nobody', 'correct horse'), undefined)
  t.equal(await verifyHandler(pool, "h1' or '1'='1", 'correct horse'), undefined)
})

t.test('a sign-on that the record does not answer is told so, and is no bug of ours', async t => {
  const impatient = openPool({ max: 2, statementMs: 100 })
  const client = await pool.connect()
  for (const table of ['handler', 'position', 'sign_on']) {
    await client.query('begin')
    await client.query(`lock table ${table} in access exclusive mode`)
    if (table === 'handler') await t.rejects(verifyHandler(impatient, 'h1', 'correct horse'), { code: 'record.away' })
    else await t.rejects(putSignOn(impatient, account('h1'), 'd1', NOON), { code: 'record.away' }, table)
    await client.query('rollback')
  }
  client.release()
  t.same(await seats(), {})
  t.match(await putSignOn(impatient, account('h1'), 'd1', NOON), { signOn: { position: 'd1' } }, 'and goes on after it')
  await t.rejects(impatient.query('select nothing from nowhere'), { code: '42P01' }, 'a mistake stays one')
  const gone = openPool({ url: url.replace(/\/t_/, '/not_there_t_') })
  await t.rejects(gone.query('select 1'), { name: 'error', code: '3D000' }, 'so does a database that is not there')
  const nowhere = openPool({ url: url.replace(/host=[^&]*/, 'host=/nowhere') })
  await t.rejects(verifyHandler(nowhere, 'h1', 'correct horse'), { code: 'record.away', cause: { code: 'ENOENT' } })
  await t.rejects(putSignOn(nowhere, account('h1'), 'd1', NOON), { code: 'record.away' })
})

t.test('who signs on at a desk sits there, and who sat there before no more', async t => {
  t.match(await putSignOn(pool, account('h1'), 'd1', NOON), {
    signOn: { handler: 'h1', position: 'd1', devices: ['4001'] },
    replaced: []
  })
  t.match(await putSignOn(pool, account('h2'), 'd1', NOON), { replaced: ['h1'] })
  t.same(await seats(), { h2: 'd1' })
  await putSignOn(pool, account('h2'), 'd2', NOON)
  t.same(await seats(), { h2: 'd2' }, 'one desk for one handler')
  await endSignOn(pool, 'h2')
  t.same(await seats(), {})
})

t.test('a desk of another force takes only a handler with a grant', async t => {
  t.equal(await putSignOn(pool, account('h1'), 'd9', NOON), undefined)
  t.match(await putSignOn(pool, account('h8'), 'd9', NOON), { signOn: { force: 'tvp', grants: ['hants'] } })
  t.equal(await putSignOn(pool, account('h1'), 'no such desk', NOON), undefined)
})

t.test('a change of shift where everybody sits down at once gives each desk one handler, and no faults', async t => {
  for (let round = 0; round < 5; round++) {
    const tries = [1, 2, 3, 4, 5, 6].flatMap(n => [
      putSignOn(pool, account(`h${n}`), 'd1', NOON),
      putSignOn(pool, account(`h${n}`), `d${(n % 3) + 1}`, NOON)
    ])
    const settled = await Promise.allSettled(tries)
    t.same(
      settled.filter(result => result.status === 'rejected'),
      []
    )
    const taken = Object.values(await seats())
    t.equal(new Set(taken).size, taken.length)
  }
})

t.test('a sign-on older than a shift is over', async t => {
  await putSignOn(pool, account('h1'), 'd1', NOON - 1)
  await putSignOn(pool, account('h2'), 'd2', NOON)
  t.same(await seats(), { h2: 'd2' })
})

t.test('the first acknowledgement and the first paint of a pop by a handler count, in whatever order', async t => {
  await recordSeen(pool, [{ popId: 'p_1', handler: 'h1', at: NOON + 7, paintMs: 12 }])
  await recordAcks(pool, [
    { popId: 'p_1', handler: 'h1', at: NOON + 5.4 },
    { popId: 'p_1', handler: 'h1', at: NOON + 4 },
    { popId: 'p_1', handler: 'h2', at: NOON + 6 }
  ])
  await recordAcks(pool, [{ popId: 'p_1', handler: 'h1', at: NOON + 1 }])
  await recordSeen(pool, [{ popId: 'p_1', handler: 'h1', at: NOON + 9, paintMs: 90 }])
  const { rows } = await pool.query('select * from pop_delivery order by handler')
  t.same(rows, [
    { pop_id: 'p_1', handler: 'h1', acked_at: NOON + 4, seen_at: NOON + 7, paint_ms: 12 },
    { pop_id: 'p_1', handler: 'h2', acked_at: NOON + 6, seen_at: null, paint_ms: null }
  ])
})
