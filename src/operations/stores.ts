import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Config } from './config-schema.ts'
import { lockDataDir } from './embedded/data-lock.ts'
import { startPostgresServer } from './embedded/postgres-server.ts'
import { type EmbeddedServer, startRedisServer } from './embedded/redis-server.ts'
import { Fault, reasonOf } from './errors.ts'
import type { ReleaseStack } from './lifecycle.ts'
import type { Log } from './log.ts'
import { postgresWhere } from './postgres.ts'
import { redisWhere } from './redis-place.ts'

export interface StorePlace {
  readonly url: string
  /** For `/readyz`: host and port or socket, and the version where the server is our own. */
  readonly detail: Readonly<Record<string, string | boolean>>
}

const SECRET_BYTES = 48

/**
 * Where both stores are: the configured ones, else servers of our own in `dataDir`, started side by side and stopped
 * with us. Rejects with the fault of the one that did not start; what had started is on `releases` by then.
 */
export async function findStores(
  { redis, database, dataDir }: Config,
  { path, log, releases }: { readonly path: string; readonly log: Log; readonly releases: ReleaseStack }
): Promise<{ readonly redis: StorePlace; readonly database: StorePlace }> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  releases.push('data folder', await lockDataDir(dataDir))
  const find = async (
    name: string,
    url: string | undefined,
    where: (url: string) => string,
    start: () => Promise<EmbeddedServer>
  ): Promise<StorePlace> => {
    if (url !== undefined) return { url, detail: { where: where(url), embedded: false } }
    const server = await start()
    releases.push(name, server.stop)
    return { url: server.url, detail: { where: where(server.url), embedded: true, version: server.version } }
  }
  const [foundRedis, foundDatabase] = await Promise.allSettled([
    find('embedded Redis', redis.url, redisWhere, () => startRedisServer({ dataDir, path, log })),
    find('embedded PostgreSQL', database.url, postgresWhere, () => startPostgresServer({ dataDir, log }))
  ])
  if (foundRedis.status === 'rejected') throw foundRedis.reason
  if (foundDatabase.status === 'rejected') throw foundDatabase.reason
  return { redis: foundRedis.value, database: foundDatabase.value }
}

/**
 * The secret that signs cookies and tickets where the config names no file: made once and kept in `dataDir`, so that a
 * restart signs nobody off. Rejects with `config.unreadable`.
 */
export async function keptSessionSecret(dataDir: string): Promise<Buffer> {
  const path = resolve(dataDir, 'session-secret')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o755 })
    // `wx` fails when there is one already, also when another process makes it at this moment.
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(randomBytes(SECRET_BYTES))
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(path, thrown)
  }
  try {
    const secret = await readFile(path)
    if (secret.length < SECRET_BYTES) throw new Error('it is cut short; delete it to have a new one made')
    return secret
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

function unreadable(path: string, thrown: unknown): Fault {
  return new Fault('config.unreadable', { path, reason: reasonOf(thrown) }, thrown)
}
