import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
/** What every gateway is started with, wherever it is started. */
const { environment: settings } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
) as { readonly environment: Readonly<Record<string, string>> }
const READY_WITHIN_MS = 60_000
const CACHE = process.env['NODE_COMPILE_CACHE']
const compiledBefore = CACHE === undefined ? {} : { NODE_COMPILE_CACHE: CACHE }
const END_WITHIN_MS = 25_000
/** A node that stands still answers nothing; a healthy one answers in far less. */
const ASK_MS = 1_000

export interface NodePlan {
  readonly name: string
  /** `start` is a gateway, `worker` takes jobs only. */
  readonly command: 'start' | 'worker'
  readonly config: string
  readonly logFile: string
  readonly httpPort: number
  readonly sipPort: number
  /** Over the few variables a node gets. */
  readonly environment?: Readonly<Record<string, string>>
  /** For Node itself, before the program. */
  readonly nodeOptions?: readonly string[]
  /** Which program it is: this one unless said. */
  main?: string
  /** A pipe that nobody reads takes the log, in place of the file. */
  readonly mutePipe?: boolean
}

export interface Ready {
  readonly level: number
  readonly why?: string
}

/** One gateway or worker in a process of its own, by its own config. Its log is kept, for whoever looks for the reason. */
export class NodeProcess {
  readonly plan: NodePlan
  #child: ChildProcess | undefined
  #starts = 0

  constructor(plan: NodePlan) {
    this.plan = plan
  }

  /** How often it was started: its counters are those of the last time. */
  get starts(): number {
    return this.#starts
  }

  get url(): string {
    return `http://127.0.0.1:${this.plan.httpPort}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** How its last process ended; empty while it runs. */
  get ending(): string {
    const { exitCode = null, signalCode = null } = this.#child ?? {}
    if (exitCode === null && signalCode === null) return ''
    return signalCode === null ? `exit ${exitCode}` : signalCode
  }

  /** Resolves when it can be used; rejects with the end of its log when it ends before that. */
  async start(): Promise<void> {
    const { command, config, logFile, main = MAIN, environment = {}, nodeOptions = [], mutePipe = false } = this.plan
    this.#starts += 1
    const log = openSync(logFile, 'a')
    const child = spawn(process.execPath, [...nodeOptions, main, command, '--config', config], {
      stdio: ['ignore', mutePipe ? 'pipe' : log, log],
      env: { PATH: process.env['PATH'] ?? '', ...compiledBefore, ...settings, ...environment }
    })
    closeSync(log)
    this.#child = child
    const until = performance.now() + READY_WITHIN_MS
    while ((await this.ready()) === undefined) {
      if (!this.isRunning) {
        throw new Error(`${this.plan.name} ended (${this.ending}) before it was ready:\n${await this.lastWords()}`)
      }
      if (performance.now() > until) throw new Error(`${this.plan.name} is not ready:\n${await this.lastWords()}`)
      await pause(20)
    }
  }

  /** What `/readyz` says, whatever its status; undefined when nobody answers. */
  async ready(): Promise<Ready | undefined> {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) })
      return (await answer.json()) as Ready
    } catch {
      return undefined
    }
  }

  /** Sum of a metric over its labels, of those that match; undefined when the node does not answer. */
  async metric(name: string, labels = ''): Promise<number | undefined> {
    try {
      const text = await (await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(ASK_MS) })).text()
      const lines = text.split('\n').filter(line => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)))
      return lines
        .filter(line => line.includes(labels))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    } catch {
      return undefined
    }
  }

  async lastWords(): Promise<string> {
    return (await readFile(this.plan.logFile, 'utf8').catch(() => '')).slice(-3_000)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child?.kill(signal)
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** As an operator does; the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return child?.exitCode ?? null
    const exited = new Promise<number | null>(done => child.once('exit', code => done(code)))
    child.kill('SIGCONT')
    child.kill(signal)
    const giveUp = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
    const code = await exited
    clearTimeout(giveUp)
    return code
  }
}
