import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { Fault } from '../operations/errors.ts'
import { pause } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { patient, transaction } from '../operations/postgres.ts'
import { isLocked, LOCK_WITHIN_MS } from './short-locks.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Any number, the same in every gateway: two that start together must not both migrate. */
const ADVISORY_LOCK = 719_203_114
/** A pool's own limits are for what a person waits for; a migration, and the wait for another's, may take this long. */
const MIGRATE_WITHIN_MS = 600_000

/** Between two tries of a file that found a table in use. */
const AGAIN_AFTER_MS = 250

/**
 * Brings the schema to this version, one transaction a file. Gateways of an earlier version may be at work meanwhile: a
 * file that must wait for one of their tables gives up soon, so that no call waits behind it, and is tried again. Rejects
 * with `database.migration` when one fails, or when a file has changed since it was applied.
 */
export async function migrate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query(patient('select pg_advisory_lock($1)', { withinMs: MIGRATE_WITHIN_MS, values: [ADVISORY_LOCK] }))
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

async function applyOne(client: pg.PoolClient, name: string, known: string | undefined, log: Log): Promise<void> {
  const sql = await readFile(new URL(name, FOLDER), 'utf8')
  const checksum = createHash('sha256').update(sql).digest('hex')
  if (known === checksum) return
  if (known !== undefined) throw new Fault('database.migration', { name }, new Error('it changed after it was applied'))
  const endsAt = performance.now() + MIGRATE_WITHIN_MS
  for (;;) {
    try {
      await transaction(client, async () => {
        await client.query(`set local lock_timeout = ${LOCK_WITHIN_MS}`)
        await client.query(patient(sql, { withinMs: MIGRATE_WITHIN_MS }))
        await client.query('insert into migration (name, checksum) values ($1, $2)', [name, checksum])
      })
      return log.info('database.migrated', { what: name })
    } catch (thrown) {
      if (!isLocked(thrown) || performance.now() > endsAt) throw new Fault('database.migration', { name }, thrown)
    }
    await pause(AGAIN_AFTER_MS)
  }
}
