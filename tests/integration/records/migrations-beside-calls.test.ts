import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import t from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { migrate } from '../../../src/records/migrate.ts'
import { LOCK_WITHIN_MS } from '../../../src/records/short-locks.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

/*
 * A gateway is upgraded beside others that have calls. So no migration from 0015 on keeps a table that calls are written
 * to: it locks none of them against writing, or for a moment only, without reading it through or writing it anew, and it
 * gives up soon where it must wait, because everybody else waits behind it.
 */

failOnLeaks(t)

const FOLDER = new URL('../../../src/records/migrations/', import.meta.url)
const FIRST_BESIDE_CALLS = '0015'
const files = (await readdir(FOLDER)).filter(name => name.endsWith('.sql')).sort()
const later = files.filter(name => name >= FIRST_BESIDE_CALLS)

/** What is written while a call comes in, rings, is taken and ends. */
const WRITTEN_BY_CALLS = [
  ...['journal', 'contact', 'pop_delivery', 'escalation', 'wrap_up', 'ledger', 'ledger_later', 'alarm', 'node'],
  ...['sign_on', 'location_fix', 'eisec_request', 'eisec_log_on']
]
/** Modes that an insert or update waits for. */
const AGAINST_WRITING = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock']
const CALLS = 200

const readSql = (name: string) => readFile(new URL(name, FOLDER), 'utf8')

async function applyBefore(client: pg.ClientBase, name: string): Promise<void> {
  await client.query('create table if not exists migration (name text primary key, checksum text not null)')
  for (const each of files.filter(other => other < name)) await applyOne(client, each)
}

async function applyOne(client: pg.ClientBase, name: string): Promise<void> {
  const sql = await readSql(name)
  const checksum = createHash('sha256').update(sql).digest('hex')
  await client.query('begin')
  await client.query(sql)
  await client.query('insert into migration values ($1, $2)', [name, checksum])
  await client.query('commit')
}

/** A call as any version of the gateway writes one: an event and where it stands, in one statement. */
const WRITE = `with written as (
    insert into journal (event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event)
    values (gen_random_uuid(), $1, 1, 1, 'offered', 'tvp', 't', 'n', 1, '{}'))
  insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, switch_call_ids)
  values ($1, 1, 1, 'tvp', 'tvp', '999', 'offered', 1, '{}') on conflict (call_id) do update set seq = contact.seq + 1`

interface Locked {
  readonly table: string
  /** Rows read through, and whether it stands in another file now. */
  readonly read: number
  readonly isNew: boolean
}

/** Of the tables that calls are written to, those that this SQL has locked against writing, before its commit. */
async function lockedBy(client: pg.ClientBase, sql: string): Promise<Locked[]> {
  await client.query('begin')
  // What this link has read before may stand in the same figures.
  const { rows: before } = await client.query(
    `select oid, relname as table, relfilenode as file,
       coalesce((select seq_tup_read from pg_stat_xact_all_tables where relid = oid), 0) as read from pg_class
     where relkind in ('r', 'p') and relname = any($1) and relnamespace = current_schema()::regnamespace`,
    [WRITTEN_BY_CALLS]
  )
  try {
    await client.query(sql)
    const { rows } = await client.query<Locked>(
      `select known.table, (coalesce(stat.seq_tup_read, 0) - known.read)::int as read, now.relfilenode is distinct from known.file as "isNew"
       from jsonb_to_recordset($1::jsonb) as known(oid oid, "table" text, file oid, read bigint)
       left join pg_class now on now.oid = known.oid left join pg_stat_xact_all_tables stat on stat.relid = known.oid
       where exists (select from pg_locks where pid = pg_backend_pid() and relation = known.oid and mode = any($2))
       order by 1`,
      [JSON.stringify(before), AGAINST_WRITING]
    )
    return rows
  } finally {
    await client.query('rollback')
  }
}

async function fill(client: pg.ClientBase): Promise<void> {
  await client.query(
    `insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, switch_call_ids)
     select gen_random_uuid(), 1, 1, 'tvp', 'tvp', '999', 'offered', n, '{}' from generate_series(1, $1::int) n`,
    [CALLS]
  )
  await client.query(
    `insert into journal (event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event)
     select gen_random_uuid(), call_id, 1, 1, 'offered', 'tvp', 't', 'n', 1, '{}' from contact`
  )
  await client.query(`insert into pop_delivery select 'p_' || call_id, 'h' from contact`)
}

for (const name of later) {
  t.test(`${name} keeps no table that calls are written to`, async t => {
    const { pool } = await makeDatabase(t, { isEmpty: true })
    const client = await pool.connect()
    try {
      await applyBefore(client, name)
      await fill(client)
      const locked = await lockedBy(client, await readSql(name))
      t.same(
        locked.filter(({ read, isNew }) => read > 0 || isNew),
        [],
        'none is locked and read through or written anew'
      )
      t.comment(`locked for a moment: ${locked.map(({ table }) => table).join(', ') || 'none'}`)
    } finally {
      client.release()
    }
  })
}

t.test('a migration that would keep them is found out', async t => {
  const { pool } = await makeDatabase(t)
  const client = await pool.connect()
  try {
    await fill(client)
    for (const sql of [
      'create index on pop_delivery (handler)',
      'alter table pop_delivery add column other float8 default random()',
      'alter table pop_delivery add check (acked_at > 0)'
    ]) {
      t.match(await lockedBy(client, sql), [{ table: 'pop_delivery' }], sql)
      t.notSame(
        (await lockedBy(client, sql)).filter(({ read, isNew }) => read > 0 || isNew),
        [],
        sql
      )
    }
    t.same(await lockedBy(client, 'create table other (id int)'), [])
  } finally {
    client.release()
  }
})

t.test('calls are written while a migration waits for its turn behind one that takes its time', async t => {
  const { pool, openPool } = await makeDatabase(t, { isEmpty: true })
  const client = await pool.connect()
  await applyBefore(client, FIRST_BESIDE_CALLS)
  // An earlier gateway, which is busy for long.
  await client.query('begin')
  await client.query(WRITE, ['00000000-0000-8000-8000-000000000001'])
  const migrated: string[] = []
  const log = { ...silentLog, info: (_: string, { what = '' } = {}) => void migrated.push(what) }
  const migrating = migrate(openPool({ max: 1 }), log)
  // As long as the journal's own links wait, and no longer.
  const journal = openPool({ max: 2, statementMs: 1_000 })
  for (let n = 0; n < 2_000 / LOCK_WITHIN_MS; n++) {
    await t.resolves(journal.query(WRITE, [`00000000-0000-8000-8000-0000000001${n + 10}`]))
    await new Promise(done => setTimeout(done, LOCK_WITHIN_MS / 2))
  }
  t.notOk(migrated.includes('0016-parts-by-month.sql'), 'it has not had its turn')
  await client.query('commit')
  client.release()
  await t.resolves(migrating)
  t.same(migrated, later)
  t.equal((await pool.query('select from contact')).rowCount, 1 + 2_000 / LOCK_WITHIN_MS)
})
