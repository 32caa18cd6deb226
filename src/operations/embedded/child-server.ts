import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { Fault, reasonOf } from '../errors.ts'
import { after, type Stop } from '../lifecycle.ts'
import type { Log } from '../log.ts'

/** How a server process is started, asked and ended. */
export interface ServerPlan {
  readonly what: 'PostgreSQL' | 'Redis'
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Unix user the server runs as, where it must not be ours. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Its own output goes here. */
  readonly logFile: string
  /** SIGTERM for Redis; SIGINT for PostgreSQL, which otherwise waits for its clients. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Resolves when the server answers; rejects when it does not yet. */
  readonly probe: () => Promise<void>
}

const START_WITHIN_MS = 20_000
/** Bad data or a missing library does not get better by trying. */
const START_TRIES = 3
const PROBE_EVERY_MS = 25
const STOP_WITHIN_MS = 5_000
const FIRST_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 5_000

/**
 * A real server as a child of ours: started, waited for, started again when it ends unasked, ended with us. One that
 * a killed gateway left behind on the same data is ended first (`endPid`), so that there is always one that we watch.
 */
export class ChildServer {
  readonly #plan: ServerPlan
  readonly #log: Log
  #child: ChildProcess | undefined
  #stopping: Promise<void> | undefined
  #stopBackoff: Stop = () => {}
  #failures = 0

  constructor(plan: ServerPlan, log: Log) {
    this.#plan = plan
    this.#log = log
  }

  /**
   * Rejects with `embedded.start-failed` when the server does not answer in time, or ends again and again before it
   * has; nothing goes on trying then.
   */
  async start(): Promise<void> {
    this.#spawn()
    try {
      await this.#untilReady(START_TRIES)
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  #spawn(): void {
    const { command, args, env, user, logFile } = this.#plan
    const out = openSync(logFile, 'a', 0o600)
    const child = spawn(command, [...args], {
      stdio: ['ignore', out, out],
      // Ctrl-C in a terminal reaches the whole group; the server must outlive the gateway's own drain.
      detached: true,
      ...(env === undefined ? {} : { env: { ...env } }),
      ...(user ?? {})
    })
    closeSync(out)
    this.#child = child
    child.on('error', thrown => this.#ended(reasonOf(thrown)))
    child.on('exit', (code, signal) => this.#ended(signal ?? `code ${code}`))
  }

  #ended(reason: string): void {
    if (this.#child === undefined || this.#stopping !== undefined) return
    this.#child = undefined
    const { what } = this.#plan
    this.#log.fault('embedded.exited', new Fault('embedded.exited', { what, reason }), { what })
    const pauseMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, MAX_BACKOFF_MS)
    this.#failures += 1
    this.#stopBackoff = after(pauseMs, () => this.#again())
  }

  #again(): void {
    this.#spawn()
    this.#untilReady().then(
      () => {
        this.#failures = 0
        this.#log.info('embedded.restarted', { what: this.#plan.what })
      },
      thrown => {
        // Nobody waits for it any more.
        if (this.#stopping !== undefined) return
        this.#log.fault('embedded.start-failed', thrown, { what: this.#plan.what })
      }
    )
  }

  async #untilReady(tries = Number.POSITIVE_INFINITY): Promise<void> {
    const { what, probe, logFile } = this.#plan
    const endsAt = performance.now() + START_WITHIN_MS
    let reason = 'no answer'
    while (performance.now() < endsAt && this.#stopping === undefined && this.#failures < tries) {
      try {
        await probe()
        return
      } catch (thrown) {
        reason = reasonOf(thrown)
      }
      await new Promise<void>(resolve => {
        after(PROBE_EVERY_MS, resolve)
      })
    }
    throw new Fault('embedded.start-failed', { what, reason: `${reason}; see ${logFile}` })
  }

  async #stop(): Promise<void> {
    this.#stopBackoff()
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    await endChild(child, this.#plan.stopSignal)
  }
}

async function endChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill(signal)
  const stop = after(STOP_WITHIN_MS, () => child.kill('SIGKILL'))
  await exited
  stop()
}

/** Ends a server that an earlier, killed gateway left behind; resolves when it is gone. */
export async function endPid(pid: number, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  const endsAt = performance.now() + STOP_WITHIN_MS
  if (!sendSignal(pid, signal)) return
  while (performance.now() < endsAt) {
    if (!sendSignal(pid, 0) || isZombie(pid)) return
    await new Promise<void>(resolve => {
      after(PROBE_EVERY_MS, resolve)
    })
  }
  sendSignal(pid, 'SIGKILL')
}

/** False when there is no such process (any more). */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Ended, but nobody has asked how yet: its files are free. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/\(.*\)/, ''))
  } catch {
    return false
  }
}
