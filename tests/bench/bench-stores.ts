import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { startRedisServer } from '../../src/operations/embedded/redis-server.ts'
import { ReleaseStack } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makePool, untilPostgres } from '../../src/operations/postgres.ts'
import { endRedis, makeRedis, type RedisLink, type RedisRole, untilRedis } from '../../src/operations/redis.ts'
import { migrate } from '../../src/records/migrate.ts'

const UP_WITHIN_MS = 30_000
const STATEMENT_MS = 120_000

/** PostgreSQL and Redis as a gateway starts them for itself, empty, and gone with the bench. */
export interface BenchStores {
  /** Others may read it: PostgreSQL can be another user. */
  readonly folder: string
  readonly openPool: (max: number, options?: { readonly keepsPlans?: boolean }) => pg.Pool
  readonly connect: (role: RedisRole, onState?: (isUp: boolean) => void) => Promise<RedisLink>
  /** Pushed here, it ends before the stores do. */
  readonly releases: ReleaseStack
}

/** Migrated, and what was started is stopped whether `run` succeeds or not. */
export async function withStores<T>(run: (stores: BenchStores) => Promise<T>): Promise<T> {
  const releases = new ReleaseStack()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
    releases.push('folder', () => rm(folder, { recursive: true, force: true }))
    await chmod(folder, 0o755)
    const postgres = await startPostgresServer({ dataDir: folder, log: silentLog })
    releases.push('PostgreSQL', postgres.stop)
    const redis = await startRedisServer({ dataDir: folder, path: process.env['PATH'] ?? '', log: silentLog })
    releases.push('Redis', redis.stop)
    const openPool: BenchStores['openPool'] = (max, { keepsPlans = false } = {}) => {
      const common = { url: postgres.url, name: 'bench', statementMs: STATEMENT_MS, log: silentLog }
      const pool = makePool({ ...common, max, keepsPlans })
      releases.push('pool', () => pool.end())
      return pool
    }
    const connect = async (role: RedisRole, onState?: (isUp: boolean) => void) => {
      const link = makeRedis({ url: redis.url, role, log: silentLog, ...(onState === undefined ? {} : { onState }) })
      releases.push('link', () => endRedis(link))
      await untilRedis(link, redis.url, UP_WITHIN_MS)
      return link
    }
    const pool = openPool(1)
    await untilPostgres(pool, postgres.url, UP_WITHIN_MS)
    await migrate(pool, silentLog)
    return await run({ folder, openPool, connect, releases })
  } finally {
    await releases.release(UP_WITHIN_MS)
  }
}
