import { type ChildProcess, spawn } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after } from '../operations/lifecycle.ts'
import { ownEnvironment } from '../operations/version.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const READY_WITHIN_MS = 120_000
const PAUSE_MS = 25
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface CallboxStart {
  /** The command and its options. */
  readonly args: readonly string[]
  /** All of it but the PATH. */
  readonly environment: Readonly<Record<string, string>>
  /** Ctrl-C in a terminal is for whoever started it, who ends it in order. */
  readonly isDetached?: boolean
}

/** One process of Callbox, as a force runs it: started, waited for, killed or stopped. */
export class CallboxProcess {
  readonly #httpPort: number
  #child: ChildProcess | undefined
  #output = ''

  constructor(httpPort: number) {
    this.#httpPort = httpPort
  }

  get url(): string {
    return `http://127.0.0.1:${this.#httpPort}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when `/readyz` says so; rejects with its last words when it ends before. */
  async run({ args, environment, isDetached = false }: CallboxStart): Promise<void> {
    const own = await ownEnvironment()
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isDetached,
      env: { PATH: SYSTEM_PATH, ...compiledBefore(), ...own, ...environment }
    })
    this.#child = child
    this.#output = ''
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-4_000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    let ended = false
    child.once('exit', () => {
      ended = true
      if (this.#child === child) this.#child = undefined
    })
    const until = performance.now() + READY_WITHIN_MS
    while (!(await this.isReady())) {
      if (ended) throw new Error(`callbox ${args[0]} ended before it was ready:\n${this.#output}`)
      if (performance.now() > until) throw new Error(`callbox ${args[0]} was not ready in time:\n${this.#output}`)
      await new Promise<void>(done => {
        after(PAUSE_MS, done)
      })
    }
  }

  /** Called once when it ends, whoever ended it. */
  onEnd(run: (how: string) => void): void {
    this.#child?.once('exit', (code, signal) => run(signal ?? `code ${code}`))
  }

  /** Whether it has written this to its terminal. */
  hasSaid(text: string): boolean {
    return this.#output.includes(text)
  }

  /** Whoever read what it writes is gone, as a terminal or a log collector. */
  hangUp(): void {
    this.#child?.stdout?.destroy()
    this.#child?.stderr?.destroy()
  }

  /** As a power cut does; the embedded stores are left as they are. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  /** As an operator does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM')
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok
    } catch {
      // Nobody listens there yet.
      return false
    }
  }

  /** Resolves with the exit code when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = new Promise<number | null>(done => child.once('exit', code => done(code)))
    child.kill(signal)
    return exited
  }
}

/** Where this process keeps what it has compiled, one that it starts finds it too: half a second of its start. */
function compiledBefore(): Record<string, string> {
  const folder = getCompileCacheDir()
  // It is told with a folder of the Node version in it, which Node adds by itself.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
