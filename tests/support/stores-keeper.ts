/*
 * The process that holds the PostgreSQL and the Redis of a test run: `node stores-keeper.ts <folder>`. It ends on
 * SIGTERM, or by itself when no test has asked for the stores for a while, so that a single test run by hand leaves
 * nothing behind for long.
 */
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDataDir } from '../../src/operations/embedded/data-lock.ts'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { startRedisServer } from '../../src/operations/embedded/redis-server.ts'
import { interval, ReleaseStack } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'

const IDLE_MS = 120_000
const CHECK_MS = 5_000

const folder = process.argv[2] ?? ''
const state = join(folder, 'stores.json')
const releases = new ReleaseStack()
const end = (code: number) =>
  releases.release().then(
    () => process.exit(code),
    thrown => {
      process.stderr.write(`${thrown}\n`)
      process.exit(1)
    }
  )
process.once('SIGTERM', () => end(0))

try {
  // A second keeper ends here; its test finds the first one's stores.
  releases.push('lock', await lockDataDir(folder))
  const postgres = await startPostgresServer({ dataDir: folder, log: silentLog })
  releases.push('PostgreSQL', postgres.stop)
  const redis = await startRedisServer({ dataDir: folder, path: process.env['PATH'] ?? '', log: silentLog })
  releases.push('Redis', redis.stop)
  releases.push('state', () => rm(state, { force: true }))
  // Renamed last, so that nobody reads half of it.
  await writeFile(`${state}.new`, JSON.stringify({ pid: process.pid, postgres: postgres.url, redis: redis.url }))
  await rename(`${state}.new`, state)
  interval(() => {
    stat(join(folder, 'used')).then(
      ({ mtimeMs }) => (Date.now() - mtimeMs > IDLE_MS ? end(0) : undefined),
      () => end(0)
    )
  }, CHECK_MS)
} catch (thrown) {
  process.stderr.write(`${thrown}\n`)
  await end(1)
}
