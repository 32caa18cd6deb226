import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { childrenOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const KEEPER = fileURLToPath(new URL('./store-keeper.ts', import.meta.url))
/** The first start may fetch Debian's Redis. */
const START_WITHIN_MS = 120_000

export type StoreName = 'redis' | 'postgres'
const COMMAND: Readonly<Record<StoreName, RegExp>> = { redis: /^(redis|valkey)-server$/, postgres: /^postgres$/ }

/** Own PostgreSQL and own Redis, which can be killed, kept down and stood still without the gateways' knowing why. */
export class Stores {
  readonly postgresUrl: string
  readonly redisUrl: string
  readonly #keeper: ChildProcess

  private constructor(keeper: ChildProcess, { postgres, redis }: { postgres: string; redis: string }) {
    this.#keeper = keeper
    this.postgresUrl = postgres
    this.redisUrl = redis
  }

  static async start(folder: string): Promise<Stores> {
    // Run as root, the embedded PostgreSQL is another user, who must get in.
    await mkdir(folder, { recursive: true, mode: 0o755 })
    await chmod(folder, 0o755)
    const keeper = spawn(process.execPath, [KEEPER, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    keeper.stdout?.on('data', chunk => {
      said += chunk
    })
    await until(() => {
      if (keeper.exitCode !== null) throw new Error('the stores did not start')
      return said.includes('\n') ? '' : 'no stores yet'
    }, START_WITHIN_MS)
    return new Stores(keeper, JSON.parse(said) as { postgres: string; redis: string })
  }

  async stop(): Promise<void> {
    if (this.#keeper.exitCode !== null) return
    const ended = new Promise<void>(done => this.#keeper.once('exit', () => done()))
    this.#keeper.kill('SIGCONT')
    this.#keeper.stdin?.end()
    await ended
  }

  /** The server's process first, then its own. */
  async pids(name: StoreName): Promise<number[]> {
    const children = await childrenOf(this.#keeper.pid ?? 0)
    const [server] = [...children].find(([, command]) => COMMAND[name].test(command)) ?? []
    if (server === undefined) throw new Error(`no ${name} runs`)
    return [server, ...(await childrenOf(server)).keys()]
  }

  /** Dies at once, and is started again at once. */
  async kill(name: StoreName): Promise<void> {
    send((await this.pids(name)).slice(0, 1), 'SIGKILL')
  }

  /** Dies, and stays away until the function that comes back is called; whoever started it does not notice till then. */
  async takeAway(name: StoreName): Promise<() => void> {
    const pids = await this.pids(name)
    this.#keeper.kill('SIGSTOP')
    send(pids, 'SIGKILL')
    return () => this.#keeper.kill('SIGCONT')
  }

  /** Every process of it stands still until the function that comes back is called. */
  async freeze(name: StoreName): Promise<() => void> {
    const pids = await this.pids(name)
    send(pids, 'SIGSTOP')
    return () => send(pids, 'SIGCONT')
  }

  /** The address of another database of the same server. */
  databaseUrl(database: string): string {
    return this.postgresUrl.replace('/callbox?', `/${database}?`)
  }

  /** For work on the server itself. */
  async admin<T>(work: (client: pg.Client) => Promise<T>, database = 'callbox'): Promise<T> {
    const client = new pg.Client({ connectionString: this.databaseUrl(database), connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** One that has ended by itself meanwhile needs no signal. */
export function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {}
  }
}
