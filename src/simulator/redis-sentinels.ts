import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisBinary } from '../operations/embedded/redis-server.ts'
import { freePort } from './free-port.ts'
import { RedisProcess } from './redis-process.ts'

const MASTER_NAME = 'callbox'
/** Without the delay a replica is brought up at once, not after the five seconds in which others might join it. */
const DATA = [
  'appendonly yes',
  'appendfsync everysec',
  'save ""',
  'maxmemory-policy noeviction',
  'repl-diskless-sync-delay 0',
  // A master that its replicas have left takes nothing that it would lose.
  'min-replicas-to-write 1',
  'min-replicas-max-lag 3'
]
const DOWN_AFTER_MS = 1_000
const FAILOVER_MS = 5_000

/** A master, its replicas and three Sentinels on free loopback ports, as a force would run them on three machines. */
export class RedisSentinels {
  readonly servers: readonly RedisProcess[]
  readonly sentinels: readonly RedisProcess[]

  private constructor(servers: readonly RedisProcess[], sentinels: readonly RedisProcess[]) {
    this.servers = servers
    this.sentinels = sentinels
  }

  /** Resolves when each Sentinel knows the master, its replicas and the other Sentinels. */
  static async start(binary: RedisBinary, folder: string, replicas = 2): Promise<RedisSentinels> {
    const [master, ...others] = await makeServers(binary, folder, replicas)
    if (master === undefined) throw new Error('no master')
    await master.start()
    for (const replica of others) await replica.start()
    const sentinels: RedisProcess[] = []
    for (let n = 1; n <= 3; n++) {
      const sentinel = await makeSentinel(binary, join(folder, `sentinel-${n}`), master.port)
      sentinels.push(sentinel)
      await sentinel.start()
    }
    return new RedisSentinels([master, ...others], sentinels)
  }

  get url(): string {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`
  }

  /** The master by the word of the first Sentinel that answers. */
  async master(): Promise<RedisProcess | undefined> {
    for (const sentinel of this.sentinels) {
      const answer = await sentinel.ask(`SENTINEL get-master-addr-by-name ${MASTER_NAME}`).catch(() => '')
      const port = /\r\n127\.0\.0\.1\r\n\$\d+\r\n(\d+)/.exec(answer)?.[1]
      if (port !== undefined) return this.servers.find(server => server.port === Number(port))
    }
    return undefined
  }

  /** Whether a master that fails now would be replaced: every Sentinel sees `replicas` and both of its fellows. */
  async isReady(replicas = this.servers.length - 1): Promise<boolean> {
    for (const sentinel of this.sentinels) {
      const answer = await sentinel.ask(`SENTINEL master ${MASTER_NAME}`).catch(() => '')
      const number = (name: string) => Number(new RegExp(`\\r\\n${name}\\r\\n\\$\\d+\\r\\n(\\d+)`).exec(answer)?.[1])
      if (number('num-slaves') < replicas || !(number('num-other-sentinels') >= 2)) return false
    }
    return true
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map(each => each.end()))
  }
}

/** Who is whose replica stands in config files, because Sentinels change it there. */
async function makeServers(binary: RedisBinary, folder: string, replicas: number): Promise<RedisProcess[]> {
  const servers: RedisProcess[] = []
  for (let n = 0; n <= replicas; n++) {
    const master = servers[0]
    const of = master === undefined ? [] : [`replicaof 127.0.0.1 ${master.port}`]
    servers.push(await makeProcess(binary, join(folder, `redis-${n + 1}`), [...DATA, ...of]))
  }
  return servers
}

/** What a Sentinel learns is kept in its config file. */
function makeSentinel(binary: RedisBinary, folder: string, masterPort: number): Promise<RedisProcess> {
  const lines = [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER_NAME} ${FAILOVER_MS}`
  ]
  return makeProcess(binary, folder, lines, ['--sentinel'])
}

async function makeProcess(
  binary: RedisBinary,
  folder: string,
  config: readonly string[],
  args: readonly string[] = []
): Promise<RedisProcess> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'server.conf')
  await writeFile(file, `${config.join('\n')}\n`)
  return new RedisProcess({ binary, folder, port: await freePort(), args: [file, ...args] })
}
