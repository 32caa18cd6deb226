import t from 'tap'
import { withConnection } from '../../../src/operations/postgres.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const OWN_PID = 'select pg_backend_pid() as pid'

t.test('a link that breaks while somebody has it fails what they ask next, and ends nothing else', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const others = openPool()
  const client = await others.connect()
  const { rows } = await client.query<{ pid: number }>(OWN_PID)
  let isCut = false
  client.once('end', () => {
    isCut = true
  })
  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  // The process would end here, by an event that nobody hears.
  await until(() => (isCut ? '' : 'the link still stands'))
  await t.rejects(client.query('select 1'))
  client.release()
  t.notSame((await others.query(OWN_PID)).rows, rows, 'and goes to nobody afterwards')
})

t.test('so it is for a transaction', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const others = openPool()
  let pid = 0
  await t.rejects(
    withConnection(others, async client => {
      pid = (await client.query<{ pid: number }>(OWN_PID)).rows[0]?.pid ?? 0
      await pool.query('select pg_terminate_backend($1)', [pid])
      await client.query('select pg_sleep(5)')
    }),
    { code: 'record.away' }
  )
  t.not((await others.query<{ pid: number }>(OWN_PID)).rows[0]?.pid, pid)
})
