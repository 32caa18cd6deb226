import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t, { type Test } from 'tap'
import { lockDataDir } from '../../../src/operations/embedded/data-lock.ts'
import { startPostgresServer } from '../../../src/operations/embedded/postgres-server.ts'
import { startRedisServer } from '../../../src/operations/embedded/redis-server.ts'
import { type Log, silentLog } from '../../../src/operations/log.ts'
import { endRedis, makeRedis, untilRedis } from '../../../src/operations/redis.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { findTestStores, STORES_FOLDER } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

/** A data folder of the test's own; Redis as the shared one unpacked it, so that no test asks apt again. */
async function makeFolder(t: Test): Promise<string> {
  await findTestStores()
  const folder = await mkdtemp(join(tmpdir(), 'callbox-own-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  // Or the PostgreSQL of a root's test, which runs as nobody, has its data elsewhere.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'redis'), { recursive: true })
  await cp(join(STORES_FOLDER, 'redis/debian'), join(folder, 'redis/debian'), {
    recursive: true,
    verbatimSymlinks: true
  }).catch(() => {
    // A server in PATH was used, and will be here.
  })
  return folder
}

function makeEvents(): { log: Log; events: string[] } {
  const events: string[] = []
  const note = (event: string) => void events.push(event)
  return { events, log: { ...silentLog, info: note, warn: note, error: note, fault: note } }
}

const path = process.env['PATH'] ?? ''

async function pidOf(url: string): Promise<number> {
  const redis = makeRedis({ url, role: 'commands', log: silentLog })
  try {
    await untilRedis(redis, url, 20_000)
    return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
  } finally {
    endRedis(redis)
  }
}

const hostOf = (url: string) => decodeURIComponent(/host=([^&]+)/.exec(url)?.[1] ?? '')

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({
    host: hostOf(url),
    user: 'postgres',
    database: 'callbox',
    connectionTimeoutMillis: 1_000
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const postmasterOf = async (folder: string) =>
  Number((await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])

t.test('a Redis that is killed is started again, with all it had taken', async t => {
  const folder = await makeFolder(t)
  const { log, events } = makeEvents()
  const server = await startRedisServer({ dataDir: folder, path, log })
  t.teardown(server.stop)
  const redis = makeRedis({ url: server.url, role: 'commands', log: silentLog })
  t.teardown(() => endRedis(redis))
  await untilRedis(redis, server.url, 20_000)
  await redis.set('kept', '1')
  t.same(await redis.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction'])
  t.same(await redis.config('GET', 'appendonly'), ['appendonly', 'yes'])
  const before = await pidOf(server.url)
  process.kill(before, 'SIGKILL')
  await until(() => (events.includes('embedded.restarted') ? '' : `events: ${events}`))
  await until(() => (redis.status === 'ready' ? '' : 'not connected again'))
  t.equal(await redis.get('kept'), '1')
  t.not(await pidOf(server.url), before)
  t.ok(events.includes('embedded.exited'), 'and it is said')
})

t.test('a PostgreSQL that is killed is started again, with all it had committed', async t => {
  const folder = await makeFolder(t)
  const { log, events } = makeEvents()
  const server = await startPostgresServer({ dataDir: folder, log })
  t.teardown(server.stop)
  await ask(server.url, 'create table kept as select 1 as one')
  const before = await postmasterOf(folder)
  process.kill(before, 'SIGKILL')
  await until(() => (events.includes('embedded.restarted') ? '' : `events: ${events}`), 120_000)
  t.same(await ask(server.url, 'select one from kept'), [{ one: 1 }])
  t.not(await postmasterOf(folder), before)
  t.same(await ask(server.url, "select setting from pg_settings where name in ('fsync', 'synchronous_commit')"), [
    { setting: 'on' },
    { setting: 'on' }
  ])
})

t.test('servers that a killed gateway left behind are ended and taken over, with their data', async t => {
  const folder = await makeFolder(t)
  const at = (name: string) =>
    JSON.stringify(fileURLToPath(new URL(`../../../src/operations/${name}`, import.meta.url)))
  const code = `
    const { startRedisServer } = await import(${at('embedded/redis-server.ts')})
    const { startPostgresServer } = await import(${at('embedded/postgres-server.ts')})
    const { silentLog: log } = await import(${at('log.ts')})
    const dataDir = ${JSON.stringify(folder)}
    const redis = await startRedisServer({ dataDir, path: process.env.PATH, log })
    const postgres = await startPostgresServer({ dataDir, log })
    process.stdout.write(JSON.stringify({ redis: redis.url, postgres: postgres.url }) + '\\n')`
  const gateway = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => gateway.kill('SIGKILL'))
  let said = ''
  gateway.stdout.on('data', chunk => {
    said += chunk
  })
  await until(() => (said.endsWith('\n') ? '' : 'not started'), 20_000)
  const left = JSON.parse(said)
  const pids = [await pidOf(left.redis), await postmasterOf(folder)]
  await ask(left.postgres, 'create table kept as select 1 as one')
  const exited = once(gateway, 'exit')
  gateway.kill('SIGKILL')
  await exited
  const redis = await startRedisServer({ dataDir: folder, path, log: silentLog })
  t.teardown(redis.stop)
  const postgres = await startPostgresServer({ dataDir: folder, log: silentLog })
  t.teardown(postgres.stop)
  t.same([redis.url, postgres.url], [left.redis, left.postgres])
  t.not(await pidOf(redis.url), pids[0])
  t.not(await postmasterOf(folder), pids[1])
  t.same(await ask(postgres.url, 'select one from kept'), [{ one: 1 }])
  for (const pid of pids) await until(() => (isAlive(pid) ? `${pid} is still there` : ''))
})

t.test('stopping ends both servers, and twice is the same', async t => {
  const folder = await makeFolder(t)
  const redis = await startRedisServer({ dataDir: folder, path, log: silentLog })
  const pid = await pidOf(redis.url)
  await Promise.all([redis.stop(), redis.stop()])
  t.notOk(isAlive(pid))
})

t.test('a second gateway on the same folder is told so, and the first one’s end frees it', async t => {
  const folder = await makeFolder(t)
  const release = await lockDataDir(folder)
  await t.rejects(lockDataDir(folder), { code: 'embedded.in-use', data: { path: folder } })
  await t.rejects(lockDataDir(join(folder, '../', folder.split('/').at(-1) ?? '')), { code: 'embedded.in-use' })
  await release()
  const again = await lockDataDir(folder)
  await again()
})

t.test('a server that cannot start says so, and nothing of it goes on trying', async t => {
  const folder = await makeFolder(t)
  const before = await startPostgresServer({ dataDir: folder, log: silentLog })
  await before.stop()
  await writeFile(join(folder, 'postgres/data/PG_VERSION'), '12\n')
  const { log, events } = makeEvents()
  const startedAt = performance.now()
  await t.rejects(startPostgresServer({ dataDir: folder, log }), {
    code: 'embedded.start-failed',
    message: /server\.log/
  })
  t.ok(performance.now() - startedAt < 10_000, 'within ten seconds')
  const count = events.length
  await new Promise(done => setTimeout(done, 1_000))
  t.equal(events.length, count)
})

t.test('no Redis in PATH and no apt: the fault that says what to install', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-own-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await t.rejects(startRedisServer({ dataDir: folder, path: folder, log: silentLog }), { code: 'redis.no-server' })
})

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}
