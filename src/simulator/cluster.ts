import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { lockDataDir } from '../operations/embedded/data-lock.ts'
import { startPostgresServer } from '../operations/embedded/postgres-server.ts'
import { findRedisServer } from '../operations/embedded/redis-server.ts'
import { reasonOf } from '../operations/errors.ts'
import { ReleaseStack } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { ClusterSwitch } from './cluster-switch.ts'
import { startDemoEisec } from './demo-eisec.ts'
import { startDemoUpstream } from './demo-upstream.ts'
import { freePort, portOrFree } from './free-port.ts'
import { GatewayProcess } from './gateway-process.ts'
import type { RedisProcess } from './redis-process.ts'
import { RedisSentinels } from './redis-sentinels.ts'
import { WorkerProcess } from './worker-process.ts'

interface Parts {
  /** Everything it keeps is here. */
  readonly dataDir: string
  /** The demo's config, which its gateways have but for ports and stores. */
  readonly demoConfig: string
  /** Where the programs of servers are looked for. */
  readonly path: string
  /** Any free ports, or the usual ones where they are free. */
  readonly anyPorts: boolean
  /** A switch at each gateway places calls. */
  readonly hasCalls: boolean
  readonly log: Log
  readonly say: (text: string) => void
}

/** One process of the cluster, known by a letter and a number, which may be ended to see what happens. */
export interface Member {
  readonly id: string
  readonly name: string
  readonly detail: string
  readonly process: {
    readonly pid: number | undefined
    end(signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown>
    onEnd(run: (how: string) => void): void
  }
  readonly start: () => Promise<void>
}

interface Shared {
  readonly config: string
  readonly redisUrl: string
  readonly databaseUrl: string
}

const PORTS = [
  { sip: 5_060, http: 8_080 },
  { sip: 5_062, http: 8_082 }
] as const
const WORKERS = 2
/** Of the data its gateways write, which have it by default. */
const DEMO_SEED = 7
const STOP_WITHIN_MS = 40_000

/**
 * What a force runs on several machines, on one: PostgreSQL, a Redis master with two replicas and three Sentinels, two
 * gateways and two workers, each in a process of its own.
 */
export class DemoCluster {
  readonly #parts: Parts
  readonly #releases = new ReleaseStack()
  readonly #members = new Map<string, Member>()
  #isStopping = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get members(): readonly Member[] {
    return [...this.#members.values()]
  }

  /** Rejects when a part does not start; what had started is stopped by then. */
  async start(): Promise<void> {
    try {
      await this.#startAll()
    } catch (thrown) {
      await this.stop().catch(reasonOf)
      throw thrown
    }
  }

  stop(): Promise<void> {
    this.#isStopping = true
    return this.#releases.release(STOP_WITHIN_MS)
  }

  /** Ends one at once, as a power cut does. False when there is none of this id. */
  async kill(id: string): Promise<boolean> {
    const member = this.#members.get(id)
    await member?.process.end('SIGKILL')
    return member !== undefined
  }

  /** Starts what is not there; its names. */
  async restart(): Promise<readonly string[]> {
    const gone = this.members.filter(({ process }) => process.pid === undefined)
    for (const member of gone) await this.#run(member)
    return gone.map(({ name }) => name)
  }

  async #startAll(): Promise<void> {
    const { dataDir, path, log, say, hasCalls } = this.#parts
    await mkdir(dataDir, { recursive: true, mode: 0o755 })
    this.#releases.push('data folder', await lockDataDir(dataDir))
    say('Starting PostgreSQL … ')
    const postgres = await startPostgresServer({ dataDir, log })
    this.#releases.push('PostgreSQL', postgres.stop)
    say('Redis … ')
    const redis = await this.#startRedis(await findRedisServer({ dataDir, path, log }))
    const places = [await this.#place(0), await this.#place(1)] as const
    const config = await this.#writeConfig(places.map(({ url }) => url))
    const shared = { config, redisUrl: redis.url, databaseUrl: postgres.url }
    this.#releases.push('gateways and workers', async () => {
      const ours = this.members.filter(({ id }) => /^[gw]/.test(id))
      await Promise.all(ours.map(({ process }) => process.end('SIGTERM')))
    })
    say('gateways … ')
    for (const [at, gateway] of places.entries()) await this.#startGateway(at, gateway, shared)
    const sipPorts = places.map(({ place }) => place.sipPort)
    say('workers …\n')
    for (let n = 1; n <= WORKERS; n++) await this.#startWorker(n, shared)
    if (!hasCalls) return
    const switches = new ClusterSwitch({ sipPorts, databaseUrl: postgres.url, log })
    this.#releases.push('switches', () => switches.stop())
    await switches.start()
  }

  /** Redis is speed: what an earlier run left there is not read. */
  async #startRedis(binary: Awaited<ReturnType<typeof findRedisServer>>): Promise<RedisSentinels> {
    const folder = join(this.#parts.dataDir, 'redis-nodes')
    await rm(folder, { recursive: true, force: true })
    const redis = await RedisSentinels.start(binary, folder)
    this.#releases.push('Redis', () => redis.stop())
    const add = (id: string, name: string, process: RedisProcess, what: string) =>
      this.#add({ id, name, process, detail: `127.0.0.1:${process.port}  ${what}`, start: () => process.start() })
    for (const [at, server] of redis.servers.entries()) {
      add(`d${at + 1}`, `Redis ${at + 1}`, server, at === 0 ? 'the master, to begin with' : 'a replica')
    }
    for (const [at, sentinel] of redis.sentinels.entries()) add(`s${at + 1}`, `Sentinel ${at + 1}`, sentinel, '')
    return redis
  }

  async #writeConfig(gateways: readonly string[]): Promise<string> {
    const { dataDir, demoConfig, hasCalls } = this.#parts
    const demo = JSON.parse(await readFile(demoConfig, 'utf8'))
    // The same at both gateways, so that a sign-on at one holds at the other, and a page may go from one to the other.
    const secret = resolve(dataDir, 'cluster-secret')
    await writeFile(secret, randomBytes(48), { mode: 0o600 })
    const http = { ...demo.http, sessionSecretFile: secret, gateways }
    // One service for both gateways, of which one is logged on at a time.
    const sources = hasCalls ? await startDemoUpstream(demo.sources, { releases: this.#releases, seed: DEMO_SEED }) : []
    const eisec = hasCalls
      ? await startDemoEisec(demo.eisec, { releases: this.#releases, seed: DEMO_SEED })
      : demo.eisec
    const path = resolve(dataDir, 'cluster.json')
    await writeFile(
      path,
      JSON.stringify({ ...demo, http, eisec, sources, worker: { ...demo.worker, inGateway: false } }, null, 2)
    )
    return path
  }

  /** A gateway that is not started: its ports are known already. */
  async #place(at: 0 | 1): Promise<GatewayProcess> {
    const { dataDir, anyPorts, say } = this.#parts
    const port = (usual: number) => (anyPorts ? freePort() : portOrFree(usual, say))
    const [sipPort, httpPort] = [await port(PORTS[at].sip), await port(PORTS[at].http)]
    return new GatewayProcess({ dataDir: join(dataDir, `gateway-${at + 1}`), sipPort, httpPort })
  }

  #startGateway(at: number, gateway: GatewayProcess, { config, redisUrl, databaseUrl }: Shared): Promise<void> {
    const environment = { CALLBOX_REDIS_URL: redisUrl, CALLBOX_DATABASE_URL: databaseUrl }
    return this.#run({
      id: `g${at + 1}`,
      name: `Gateway ${at + 1}`,
      detail: `${gateway.url}/  SIP 127.0.0.1:${gateway.place.sipPort}`,
      process: gateway,
      start: () => gateway.start({ config, environment, isDetached: true })
    })
  }

  async #startWorker(n: number, shared: Shared): Promise<void> {
    const process = await WorkerProcess.make()
    await this.#run({
      id: `w${n}`,
      name: `Worker ${n}`,
      detail: `${process.url}/readyz`,
      process,
      start: () => process.start({ ...shared, isDetached: true })
    })
  }

  async #run(member: Member): Promise<void> {
    // Before it is there: what has begun to start is ended with the others.
    this.#members.set(member.id, member)
    await member.start()
    this.#add(member)
  }

  #add(member: Member): void {
    this.#members.set(member.id, member)
    member.process.onEnd(how => {
      if (!this.#isStopping) this.#parts.say(`${member.name} has ended (${how}); r and Enter starts it again\n`)
    })
  }
}
