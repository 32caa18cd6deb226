import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { interval, type Stop } from '../operations/lifecycle.ts'

/** Processes of this machine that belong together, by what a reader would call them. */
export interface Group {
  readonly name: string
  /** Asked again each time: a store's children come and go. */
  readonly pids: () => Promise<readonly number[]>
}

export interface GroupFigures {
  readonly name: string
  readonly processes: number
  readonly cpuSeconds: number
  /** Of one core, on the average. */
  readonly cpuPercent: number
  readonly memoryMbMost: number
  readonly memoryMbEnd: number
}

/** One on this machine, its own or another's. */
export function isGateway({ name }: Pick<GroupFigures, 'name'>): boolean {
  return /^gateway( \d+)?$/.test(name)
}

const EVERY_MS = 1_000
/** What several share is counted page by page in the kernel, which takes as long as some calls of the load. */
const SHARED_EVERY_MS = 5_000
const TICKS_PER_SECOND = 100
const MB = 1024 * 1024
const PAGE_BYTES = 4_096
const PAGE = Buffer.allocUnsafe(PAGE_BYTES)

interface Kept {
  cpu: number
  readonly lastOf: Map<number, number>
  memoryMost: number
  memoryEnd: number
  processes: number
  sharedAt: number
}

/** CPU and memory by group, as the kernel counts them (/proc), while it runs. */
export class ProcessWatch {
  readonly #groups: readonly Group[]
  readonly #kept: readonly Kept[]
  readonly #startedAt = performance.now()
  #stopAsking: Stop = () => {}
  #asking: Promise<void> = Promise.resolve()

  constructor(groups: readonly Group[]) {
    this.#groups = groups
    const none = { cpu: 0, memoryMost: 0, memoryEnd: 0, processes: 0, sharedAt: -Infinity }
    this.#kept = groups.map(() => ({ ...none, lastOf: new Map() }))
  }

  async start(): Promise<void> {
    await this.#ask(true)
    this.#stopAsking = interval(() => {
      this.#asking = this.#asking.then(() => this.#ask(false))
    }, EVERY_MS)
  }

  async stop(): Promise<readonly GroupFigures[]> {
    this.#stopAsking()
    await this.#asking
    await this.#ask(false)
    const seconds = (performance.now() - this.#startedAt) / 1_000
    return this.#groups.map(({ name }, at) => {
      const { cpu = 0, memoryMost = 0, memoryEnd = 0, processes = 0 } = this.#kept[at] ?? {}
      return {
        ...{ name, processes, cpuSeconds: round(cpu), cpuPercent: round((100 * cpu) / seconds) },
        ...{ memoryMbMost: round(memoryMost / MB), memoryMbEnd: round(memoryEnd / MB) }
      }
    })
  }

  async #ask(isFirst: boolean): Promise<void> {
    for (const [at, group] of this.#groups.entries()) {
      const kept = this.#kept[at]
      if (kept === undefined) continue
      const pids = await group.pids()
      for (const pid of pids) {
        const cpu = cpuSecondsOf(pid)
        if (cpu === undefined) continue
        // What a process had used before it was first seen counts only when it began since.
        kept.cpu += cpu - (kept.lastOf.get(pid) ?? (isFirst ? cpu : 0))
        kept.lastOf.set(pid, cpu)
      }
      kept.processes = Math.max(kept.processes, pids.length)
      const memory = memoryOfAll(pids, kept)
      if (memory === 0) continue
      kept.memoryMost = Math.max(kept.memoryMost, memory)
      kept.memoryEnd = memory
    }
  }
}

/** 0 where nothing is to be noted of it now. */
function memoryOfAll(pids: readonly number[], kept: Kept): number {
  if (pids.length === 1) return memoryOf(pids[0] ?? 0)
  const now = performance.now()
  if (now - kept.sharedAt < SHARED_EVERY_MS) return 0
  kept.sharedAt = now
  return pids.reduce((sum, pid) => sum + sharedMemoryOf(pid), 0)
}

/** All that this process started, and what those started. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(afterName(read(`/proc/${name}/stat`))[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  const walk = (of: number) => {
    for (const child of parents.get(of) ?? []) {
      found.push(child)
      walk(child)
    }
  }
  walk(pid)
  return found
}

function cpuSecondsOf(pid: number): number | undefined {
  const fields = afterName(read(`/proc/${pid}/stat`))
  if (fields.length < 13) return undefined
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function memoryOf(pid: number): number {
  return (Number(read(`/proc/${pid}/statm`).split(' ')[1]) || 0) * PAGE_BYTES
}

/** Each page that several share counts once, in parts. */
function sharedMemoryOf(pid: number): number {
  const kb = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]
  return kb === undefined ? memoryOf(pid) : Number(kb) * 1024
}

/** The fields of `stat` behind the name, which may hold anything: state first, then the parent. */
function afterName(stat: string): readonly string[] {
  const end = stat.lastIndexOf(')')
  return end < 0 ? [] : stat.slice(end + 2).split(' ')
}

/**
 * Empty where the process is gone. These files are the kernel's memory, so that reading one takes some microseconds; a
 * promise and a buffer for each would cost the load more than the calls it counts.
 */
function read(path: string): string {
  try {
    const file = openSync(path, 'r')
    try {
      return PAGE.toString('latin1', 0, readSync(file, PAGE, 0, PAGE.length, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Share of the machine's time that another machine had (`steal`), and busy time, since the given look. */
export function lookAtCpu(): { readonly all: number; readonly steal: number } {
  const numbers = (read('/proc/stat').split('\n')[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number)
  return { all: numbers.reduce((sum, each) => sum + each, 0), steal: numbers[7] ?? 0 }
}
