import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { RedisBinary } from '../operations/embedded/redis-server.ts'
import { after } from '../operations/lifecycle.ts'

const READY_WITHIN_MS = 20_000
const ASK_MS = 500
const PAUSE_MS = 25

interface Plan {
  readonly binary: RedisBinary
  /** Its data and its output. */
  readonly folder: string
  readonly port: number
  /** Before the port: a config file, where it must have one. */
  readonly args: readonly string[]
}

/** One Redis server, Cluster node or Sentinel on a loopback port, which may be killed, frozen and started again. */
export class RedisProcess {
  readonly #plan: Plan
  #child: ChildProcess | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  get port(): number {
    return this.#plan.port
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when it answers; rejects when it does not in time. */
  async start(): Promise<void> {
    const { binary, folder, port, args } = this.#plan
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const out = openSync(join(folder, 'server.log'), 'a', 0o600)
    const child = spawn(binary.command, [...args, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder], {
      stdio: ['ignore', out, out],
      // Ctrl-C in a terminal is for whoever started it, who ends it in order.
      detached: true,
      env: { ...binary.env }
    })
    closeSync(out)
    this.#child = child
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    const endsAt = performance.now() + READY_WITHIN_MS
    while (!(await this.answers())) {
      if (performance.now() > endsAt || this.#child !== child) {
        throw new Error(`no Redis on port ${port}; see ${folder}/server.log`)
      }
      await new Promise<void>(done => {
        after(PAUSE_MS, done)
      })
    }
  }

  async answers(): Promise<boolean> {
    return (await this.ask('PING').catch(() => '')).includes('PONG')
  }

  /** One inline command, and its answer as Redis writes it. */
  ask(command: string): Promise<string> {
    return new Promise((done, fail) => {
      const link = connect(this.port, '127.0.0.1')
      const stop = after(ASK_MS, () => link.destroy(new Error('no answer')))
      let answer = ''
      link.on('connect', () => link.end(`${command}\r\nQUIT\r\n`))
      link.on('data', chunk => {
        answer += chunk.toString('utf8')
      })
      link.on('close', () => {
        stop()
        done(answer)
      })
      link.on('error', thrown => {
        stop()
        fail(thrown)
      })
    })
  }

  /** Called once when it ends, whoever ended it. */
  onEnd(run: (how: string) => void): void {
    this.#child?.once('exit', (code, signal) => run(signal ?? `code ${code}`))
  }

  /** SIGSTOP and SIGCONT too. Without a process nothing happens. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = new Promise<void>(done => child.once('exit', () => done()))
    child.kill(signal)
    // A frozen one would hear it only when it goes on.
    child.kill('SIGCONT')
    await gone
  }
}
