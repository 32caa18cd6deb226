import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Fault, reasonOf } from '../errors.ts'
import { after } from '../lifecycle.ts'
import type { Log } from '../log.ts'
import { ChildServer, endPid } from './child-server.ts'

const run = promisify(execFile)

/** The kernel's limit on a unix socket's path. */
const SOCKET_PATH_MAX = 107
const PROBE_MS = 500
const DEBS = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1']

export interface EmbeddedServer {
  readonly url: string
  readonly version: string
  readonly stop: () => Promise<void>
}

/** A Redis program and what it needs to run; its Sentinel is the same program with `--sentinel`. */
export interface RedisBinary {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  readonly version: string
  readonly from: 'path' | 'unpacked'
}

/**
 * A Redis of our own on a unix socket in `<dataDir>/redis`: the server in PATH, or Debian's packages unpacked
 * without root. One left over by a killed gateway is ended first; it writes what it holds. Rejects with `redis.no-server` when none of these is to be had.
 */
export async function startRedisServer({ dataDir, path, log }: Where & { log: Log }): Promise<EmbeddedServer> {
  const folder = resolve(dataDir, 'redis')
  // The data folder itself lets others pass: PostgreSQL under it may run as another user.
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const socket = socketPath(folder)
  const url = `unix://${socket}`
  // No answer is the usual case: nobody was killed here before.
  const leftOver = await ask(socket, 'INFO server').catch(() => undefined)
  if (leftOver !== undefined) await endPid(Number(/process_id:(\d+)/.exec(leftOver)?.[1]), 'SIGTERM')
  const binary = await findRedisServer({ dataDir, path, log })
  const server = new ChildServer({ ...plan(folder, socket), command: binary.command, env: binary.env }, log)
  await server.start()
  log.info('embedded.redis', { source: binary.from, version: binary.version, path: binary.command })
  return { url, version: binary.version, stop: () => server.stop() }
}

/**
 * The server in PATH, else Debian's packages unpacked into `<dataDir>/redis`. Rejects with `redis.no-server` when
 * neither is to be had.
 */
export async function findRedisServer({ dataDir, path, log }: Where & { log: Log }): Promise<RedisBinary> {
  const folder = resolve(dataDir, 'redis')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return (await inPath(path)) ?? (await unpacked(folder, path, log))
}

interface Where {
  readonly dataDir: string
  /** The PATH to look in. */
  readonly path: string
}

function plan(folder: string, socket: string) {
  const file = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder]
  const keep = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction']
  const rewrite = ['--auto-aof-rewrite-min-size', '64mb', '--no-appendfsync-on-rewrite', 'yes']
  return {
    what: 'Redis' as const,
    args: [...file, ...keep, ...rewrite, '--latency-monitor-threshold', '10', '--daemonize', 'no'],
    logFile: join(folder, 'server.log'),
    stopSignal: 'SIGTERM' as const,
    probe: async () => void (await ask(socket, 'PING'))
  }
}

/** In the data folder, or under the system's temporary one when that is too deep for a socket. */
function socketPath(folder: string): string {
  const near = join(folder, 'r.sock')
  if (near.length <= SOCKET_PATH_MAX) return near
  return join(tmpdir(), `callbox-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`)
}

/** One inline command, one answer. */
function ask(socket: string, command: string): Promise<string> {
  return new Promise((done, fail) => {
    const link = connect(socket)
    const stop = after(PROBE_MS, () => link.destroy(new Error('no answer')))
    let answer = ''
    link.on('connect', () => link.write(`${command}\r\n`))
    link.on('data', chunk => {
      answer += chunk.toString('utf8')
      const size = /^\$(\d+)\r\n/.exec(answer)
      if (size !== null && answer.length < Number(size[1]) + size[0].length) return
      stop()
      link.destroy()
      if (answer.startsWith('-')) fail(new Error(answer.trim()))
      else done(answer)
    })
    link.on('error', thrown => {
      stop()
      fail(thrown)
    })
  })
}

function versionOf(text: string): string {
  return /(?:redis_version:|v=)([\d.]+)/.exec(text)?.[1] ?? 'unknown'
}

async function inPath(path: string): Promise<RedisBinary | undefined> {
  for (const name of ['valkey-server', 'redis-server']) {
    for (const folder of path.split(delimiter)) {
      const command = join(folder, name)
      if (!existsSync(command)) continue
      const version = await run(command, ['--version']).then(({ stdout }) => versionOf(stdout), reasonOf)
      const [major = 0, minor = 0] = version.split('.').map(Number)
      if (major > 6 || (major === 6 && minor >= 2)) return { command, env: { PATH: path }, version, from: 'path' }
    }
  }
  return undefined
}

async function unpacked(folder: string, path: string, log: Log): Promise<RedisBinary> {
  const root = join(folder, 'debian')
  const command = join(root, 'usr/bin/redis-server')
  try {
    if (!existsSync(command)) await fetchDebs(folder, root, path, log)
    const libs = join(root, 'usr/lib')
    const machines = (await readdir(libs)).filter(name => name.includes('-linux-gnu')).map(name => join(libs, name))
    const env = { PATH: path, LD_LIBRARY_PATH: machines.join(delimiter) }
    const { stdout } = await run(command, ['--version'], { env })
    return { command, env, version: versionOf(stdout), from: 'unpacked' }
  } catch (thrown) {
    throw new Fault('redis.no-server', {}, thrown)
  }
}

/** `apt-get download` with package lists of our own, so that neither root nor the system's lists are needed. */
async function fetchDebs(folder: string, root: string, path: string, log: Log): Promise<void> {
  const state = join(folder, 'apt')
  await mkdir(join(state, 'lists/partial'), { recursive: true })
  await mkdir(join(state, 'cache/archives/partial'), { recursive: true })
  const own = [
    `Dir::State::lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=1'
  ]
  const options = own.flatMap(option => ['-o', option])
  const at = { cwd: state, env: { PATH: path }, timeout: 120_000 }
  log.info('embedded.redis-fetch', { source: 'apt', path: root })
  await run('apt-get', [...options, '-qq', 'update'], at)
  await run('apt-get', [...options, '-qq', 'download', ...DEBS], at)
  const fresh = `${root}.new`
  await rm(fresh, { recursive: true, force: true })
  for (const name of await readdir(state)) {
    if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(state, name), fresh], at)
  }
  await rm(state, { recursive: true, force: true })
  // Renamed last, so that a fetch cut short is never taken for a whole one.
  await rename(fresh, root)
}
