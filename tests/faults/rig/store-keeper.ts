/*
 * The process that holds the stores of a fault run: `node store-keeper.ts <folder>`. Says their addresses in one line
 * of JSON, and starts a server that dies again, as a service manager does. It ends when its standard input ends, so that
 * nothing outlives the run, however that ends.
 */
import { startPostgresServer } from '../../../src/operations/embedded/postgres-server.ts'
import { startRedisServer } from '../../../src/operations/embedded/redis-server.ts'
import { ReleaseStack } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'

const dataDir = process.argv[2] ?? ''
const releases = new ReleaseStack()
const end = (code: number) =>
  releases.release().then(
    () => process.exit(code),
    () => process.exit(1)
  )
process.stdin.on('end', () => end(0))
process.stdin.resume()
process.on('SIGTERM', () => end(0))
// Ctrl-C reaches the whole group; the one who started us says when it is over.
process.on('SIGINT', () => {})

try {
  const postgres = await startPostgresServer({ dataDir, log: silentLog })
  releases.push('PostgreSQL', postgres.stop)
  const redis = await startRedisServer({ dataDir, path: process.env['PATH'] ?? '', log: silentLog })
  releases.push('Redis', redis.stop)
  process.stdout.write(`${JSON.stringify({ postgres: postgres.url, redis: redis.url })}\n`)
} catch (thrown) {
  process.stderr.write(`${thrown}\n`)
  await end(1)
}
