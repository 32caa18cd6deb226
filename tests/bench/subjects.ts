import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/simulator/free-port.ts'
import type { Memory } from './driver-process.ts'
import { startAnswering } from './kamailio.ts'

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
  const port = await freePort()
  const { pids, stop } = await startAnswering(port)
  return {
    ...{ name: 'Kamailio tm', port, stop },
    cpuMs: async () => sum(await pids(), cpuMsOf),
    rssBytes: async () => memoryOfAll(await pids()),
    memory: async () => undefined
  }
}

/** Of processes that share a pool of memory. */
export async function memoryOfAll(pids: readonly number[]): Promise<number> {
  return (await sum(pids, rssOf)) + (await sharedOf(pids))
}

export async function sum(pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> {
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
