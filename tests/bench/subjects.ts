import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { whoHolds } from '../../src/operations/port-holder.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from '../support/until.ts'
import type { Memory } from './driver-process.ts'

const HOST = '127.0.0.1'
/** The receive buffer the driver asks for too. */
const RECEIVE_BYTES = String(4 * 1024 * 1024)
/** The kernel's clock tick, in ms. */
const TICK_MS = 10
const ECHO = fileURLToPath(new URL('echo-process.ts', import.meta.url))
const DRIVER = fileURLToPath(new URL('driver-process.ts', import.meta.url))

/** What is measured: something that answers calls in processes of its own. */
export interface Subject {
  readonly name: string
  readonly port: number
  /** User and system time of all its processes so far. */
  cpuMs(): Promise<number>
  rssBytes(): Promise<number>
  /** The heap after a full collection, where there is one. */
  memory(): Promise<Memory | undefined>
  stop(): Promise<void>
}

/** The embedded driver, in one process, or in several that share the port. */
export async function startDriver(processes = 1): Promise<Subject> {
  const port = await freePort()
  const flags = processes > 1 ? ['--share'] : []
  const children = Array.from({ length: processes }, () =>
    fork(DRIVER, [String(port), ...flags], { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  )
  await Promise.all(
    children.map(child =>
      Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => Promise.reject(new Error('the driver ended before it listened')))
      ])
    )
  )
  const pids = children.flatMap(({ pid }) => pid ?? [])
  return {
    name: processes === 1 ? 'Callbox' : `Callbox × ${processes}`,
    port,
    cpuMs: () => sum(pids, cpuMsOf),
    rssBytes: () => sum(pids, rssOf),
    memory: async () => {
      const [child] = children
      if (child === undefined || processes > 1) return undefined
      child.send('memory')
      const [memory] = await once(child, 'message')
      return memory as Memory
    },
    stop: async () => {
      for (const child of children) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
    }
  }
}

/** A bare Node process that answers and does nothing else. */
export async function startEcho(): Promise<Subject> {
  const port = await freePort()
  const child = fork(ECHO, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  await once(child, 'message')
  const pids = [child.pid ?? 0]
  return {
    ...{ name: 'bare Node echo', port, cpuMs: () => sum(pids, cpuMsOf), rssBytes: () => sum(pids, rssOf) },
    memory: async () => undefined,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** Debian's Kamailio doing the same with its `tm` module, in one process: the reference. */
export async function startKamailio(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  const port = await freePort()
  const script = join(folder, 'kamailio.cfg')
  await writeFile(script, answering(port))
  const args = ['-DD', '-E', '-f', script, '-w', folder, '-Y', folder, '-m', '1024', '-M', '16', '-b', RECEIVE_BYTES]
  const child = spawn('kamailio', args, { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
  const ended = once(child, 'exit')
  await until(async () => ((await whoHolds(port, 'udp')) === '' ? 'Kamailio does not listen' : ''))
  const pids = async () => [child.pid ?? 0, ...(await childrenOf(child.pid ?? 0))]
  return {
    name: 'Kamailio tm',
    port,
    cpuMs: async () => sum(await pids(), cpuMsOf),
    rssBytes: async () => (await sum(await pids(), rssOf)) + (await sharedOf(await pids())),
    memory: async () => undefined,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function answering(port: number): string {
  const answer = [
    'v=0',
    `o=- 1 1 IN IP4 ${HOST}`,
    's=-',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    'm=audio 9 RTP/AVP 8',
    'a=inactive'
  ]
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:${HOST}:${port}
listen=tcp:${HOST}:${port}
${['tm', 'tmx', 'sl', 'pv', 'textops', 'siputils'].map(name => `loadmodule "${name}.so"`).join('\n')}
request_route {
  if (is_method("ACK")) { t_check_trans(); exit; }
  if (!t_newtran()) exit;
  if (is_method("INVITE")) {
    t_reply("180", "Ringing");
    append_to_reply("Contact: <sip:${HOST}:${port}>\\r\\n");
    set_reply_body("${answer.join('\\r\\n')}\\r\\n", "application/sdp");
  }
  t_reply("200", "OK");
}
`
}

async function sum(pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> {
  return (await Promise.all(pids.map(of))).reduce((all, one) => all + one, 0)
}

export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS
}

/** Without what it shares with its siblings. */
export async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
}

/** The pool of memory they share, as far as the one that touched most of it did. */
async function sharedOf(pids: readonly number[]): Promise<number> {
  const statuses = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')))
  return Math.max(...statuses.map(status => Number(/^RssShmem:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024))
}

async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '') : ''
    if (/\) \S (\d+)/.exec(stat)?.[1] === String(parent)) found.push(Number(name))
  }
  return found
}
