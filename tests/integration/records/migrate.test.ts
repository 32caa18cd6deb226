import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { migrate } from '../../../src/records/migrate.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

/** A gateway's worth of migrating, in a process of its own; its exit code. */
function migrateElsewhere(url: string): Promise<number> {
  const path = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../../src/${name}`, import.meta.url)))
  const code = `
    const { makePool } = await import(${path('operations/postgres.ts')})
    const { migrate } = await import(${path('records/migrate.ts')})
    const { silentLog } = await import(${path('operations/log.ts')})
    const pool = makePool({ url: ${JSON.stringify(url)}, name: 'tests', max: 2, statementMs: 1000, log: silentLog })
    await migrate(pool, silentLog)
    await pool.end()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise(done => child.once('exit', code => done(code ?? 1)))
}

t.test('two gateways that start together on an empty database both find it at this version', async t => {
  const { url, pool } = await makeDatabase(t, { isEmpty: true })
  t.same(await Promise.all([migrateElsewhere(url), migrateElsewhere(url), migrateElsewhere(url)]), [0, 0, 0])
  const { rows } = await pool.query('select name from migration order by name')
  t.equal(rows[0]?.name, '0001-record.sql')
})

t.test('a gateway waits for one that migrates for longer than any query may take', async t => {
  const { url, pool, openPool } = await makeDatabase(t, { isEmpty: true })
  const holder = await pool.connect()
  await holder.query('select pg_advisory_lock(719203114)')
  const slow = openPool({ statementMs: 200 })
  const migrated = migrate(slow, silentLog)
  const elsewhere = migrateElsewhere(url)
  const timer = new Promise<void>(done => setTimeout(done, 1_500))
  await timer
  await holder.query('select pg_advisory_unlock(719203114)')
  holder.release()
  await t.resolves(migrated)
  t.equal(await elsewhere, 0)
})

t.test('a migration that was changed after it was applied is refused, and nothing is touched', async t => {
  const { pool } = await makeDatabase(t)
  await pool.query("update migration set checksum = 'other' where name = '0001-record.sql'")
  await t.rejects(migrate(pool, silentLog), { code: 'database.migration', data: { name: '0001-record.sql' } })
  await t.resolves(pool.query('select * from contact'))
})

t.test('applying again changes nothing', async t => {
  const { pool } = await makeDatabase(t)
  await pool.query("insert into position values ('d1', 'Desk', 'tvp', '{}')")
  await migrate(pool, silentLog)
  t.equal((await pool.query('select * from position')).rowCount, 1)
})
