import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { Fault } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Any number, the same in every gateway: two that start together must not both migrate. */
const ADVISORY_LOCK = 719_203_114
/** A pool's own limits are for what a person waits for; a migration, and the wait for another's, may take this long. */
const MIGRATE_WITHIN_MS = 600_000

/**
 * Brings the schema to this version, one transaction a file. Rejects with `database.migration` when one fails, or
 * when a file has changed since it was applied.
 */
export async function migrate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query(patient('select pg_advisory_lock($1)', [ADVISORY_LOCK]))
    await client.query('create table if not exists migration (name text primary key, checksum text not null)')
    const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from migration')
    const applied = new Map(rows.map(row => [row.name, row.checksum]))
    for (const name of (await readdir(FOLDER)).filter(name => name.endsWith('.sql')).sort()) {
      await applyOne(client, name, applied.get(name), log)
    }
  } finally {
    await client.query('select pg_advisory_unlock_all()').finally(() => client.release(true))
  }
}

/** `query_timeout` is pg's own, and missing in its types. */
function patient(text: string, values?: number[]): pg.QueryConfig & { query_timeout: number } {
  return { text, query_timeout: MIGRATE_WITHIN_MS, ...(values === undefined ? {} : { values }) }
}

async function applyOne(client: pg.PoolClient, name: string, known: string | undefined, log: Log): Promise<void> {
  const sql = await readFile(new URL(name, FOLDER), 'utf8')
  const checksum = createHash('sha256').update(sql).digest('hex')
  if (known === checksum) return
  if (known !== undefined) throw new Fault('database.migration', { name }, new Error('it changed after it was applied'))
  try {
    await client.query('begin')
    await client.query(patient(sql))
    await client.query('insert into migration (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
    log.info('database.migrated', { what: name })
  } catch (thrown) {
    await client.query('rollback')
    throw new Fault('database.migration', { name }, thrown)
  }
}
