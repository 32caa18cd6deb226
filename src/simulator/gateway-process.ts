import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { after } from '../operations/lifecycle.ts'
import { freePort } from './free-port.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const READY_WITHIN_MS = 120_000

export interface GatewayPlace {
  readonly dataDir: string
  readonly sipPort: number
  readonly httpPort: number
}

export interface GatewayStart {
  /** The demo's own switch places calls. */
  readonly calls?: boolean
  /** Path of a config file in place of the demo's own. */
  readonly config?: string
  /** Goes over the variables it is started with. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A gateway with demo data in a process of its own, as a force runs it. */
export class GatewayProcess {
  readonly place: GatewayPlace
  #child: ChildProcess | undefined
  #output = ''

  constructor(place: GatewayPlace) {
    this.place = place
  }

  /** On ports that are free now, so that several can run beside each other. */
  static async at(dataDir: string): Promise<GatewayProcess> {
    return new GatewayProcess({ dataDir, sipPort: await freePort(), httpPort: await freePort() })
  }

  get url(): string {
    return `http://127.0.0.1:${this.place.httpPort}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when `/readyz` says so; rejects with the gateway's last words when it ends before. */
  async start({ calls = false, config, environment = {} }: GatewayStart = {}): Promise<void> {
    const { dataDir, sipPort, httpPort } = this.place
    const options = [...(calls ? [] : ['--no-calls']), ...(config === undefined ? [] : ['--config', config])]
    const child = spawn(process.execPath, [MAIN, 'demo', ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        CALLBOX_DATA_DIR: dataDir,
        CALLBOX_SIP_PORT: String(sipPort),
        CALLBOX_HTTP_PORT: String(httpPort),
        CALLBOX_LOG_LEVEL: 'warn',
        ...environment
      }
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
    })
    const until = performance.now() + READY_WITHIN_MS
    while (!(await this.#isReady())) {
      if (ended) throw new Error(`the gateway ended before it was ready:\n${this.#output}`)
      if (performance.now() > until) throw new Error(`the gateway was not ready in time:\n${this.#output}`)
      await new Promise<void>(done => {
        after(25, done)
      })
    }
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
    await this.#end('SIGKILL')
  }

  /** As an operator does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = new Promise<number | null>(done => child.once('exit', code => done(code)))
    child.kill(signal)
    return exited
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok
    } catch {
      // Nobody listens there yet.
      return false
    }
  }
}
