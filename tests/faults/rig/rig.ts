import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { DEMO_CONFIG } from '../../../src/operations/config.ts'
import { findRedisServer } from '../../../src/operations/embedded/redis-server.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { DEMO_DESKS, DEMO_PASSWORD } from '../../../src/simulator/demo-data.ts'
import { freePort } from '../../../src/simulator/free-port.ts'
import { RedisSentinels } from '../../../src/simulator/redis-sentinels.ts'
import type { SeededRandom } from '../../../src/simulator/seeded-random.ts'
import { makeSilentProxy, type SilentProxy } from '../../support/silent-proxy.ts'
import { until } from '../../support/until.ts'
import type { Desk } from '../oracle/history.ts'
import type { Shape } from '../row.ts'
import { ScreenClient } from '../screens/screen-client.ts'
import { BadNetwork } from './bad-network.ts'
import { Dispatcher } from './dispatcher.ts'
import { FakeClock } from './fake-clock.ts'
import { fillDatabase } from './fill-database.ts'
import { LevelWatch } from './levels.ts'
import { LyingRelay } from './lying-relay.ts'
import { NodeProcess } from './node-process.ts'
import { mountSmallDisk } from './small-disk.ts'
import type { Stores } from './stores.ts'

const FIRST_DEVICE = { tvp: 4_000, hants: 5_000 } as const
/** At the second desk of the other force: nothing rings there, so whatever comes is a mistake. */
const OTHER_DESKS = 2
const SIGN_ON_TRIES = 3
const SIGN_ON_AGAIN_MS = 500
/** A record that is away is so for 10 s in any row. */
const SIGN_ON_WITHIN_MS = 20_000

/** The links of one gateway to its stores. */
export interface StoreLinks {
  readonly postgres: SilentProxy
  readonly redis: SilentProxy
}

export interface RigPlan {
  readonly shape: Shape
  readonly stores: Stores
  readonly random: SeededRandom
  /** Desks of the force that most calls go to. */
  readonly desks: number
  readonly isLong?: boolean
}

/**
 * Everything one run needs, as real processes on this machine: gateways and workers by their own configs, a database of
 * the run's own, the desks' witnesses, and whatever stands between them. Ended in reverse, whatever happens.
 */
export class Rig {
  readonly plan: RigPlan
  readonly gateways: NodeProcess[] = []
  readonly workers: NodeProcess[] = []
  readonly screens: ScreenClient[] = []
  readonly storeLinks: StoreLinks[] = []
  readonly deskLinks: SilentProxy[] = []
  readonly clocks: FakeClock[] = []
  folder = ''
  database = ''
  /** Where the switch sends its calls. */
  sipPort = 0
  network: BadNetwork | undefined
  sentinels: RedisSentinels | undefined
  levels: LevelWatch | undefined
  readonly #ends: (() => unknown)[] = []
  readonly #owner = { teardown: (end: () => unknown) => void this.#ends.push(end) }

  constructor(plan: RigPlan) {
    this.plan = plan
  }

  get stores(): Stores {
    return this.plan.stores
  }

  /** The first gateway, which a row with one gateway does its fault to. */
  get gateway(): NodeProcess {
    return this.gatewayAt(0)
  }

  gatewayAt(at: number): NodeProcess {
    const found = this.gateways[at]
    if (found === undefined) throw new Error(`no gateway ${at}`)
    return found
  }

  /** The devices of the desks most calls go to, in order. */
  get devices(): string[] {
    return Array.from({ length: this.plan.desks }, (_, at) => String(FIRST_DEVICE.tvp + at + 1))
  }

  async start(): Promise<void> {
    const { shape, stores } = this.plan
    this.folder = await mkdtemp(join(tmpdir(), 'callbox-fault-run-'))
    await chmod(this.folder, 0o755)
    this.#ends.push(() => rm(this.folder, { recursive: true, force: true }))
    this.database = `run_${randomBytes(6).toString('hex')}`
    const main = await shape.otherMain?.()
    const template = main === undefined ? ` template ${TEMPLATE}` : ''
    await stores.admin(client => client.query(`create database ${this.database}${template}`))
    this.#ends.push(() => stores.admin(client => client.query(`drop database ${this.database} with (force)`)))
    if (main !== undefined) await fillDatabase(stores.databaseUrl(this.database), join(this.folder, 'demo'), main)
    if (shape.redis === 'sentinel') await this.#startSentinels()
    for (let at = 0; at < (shape.gateways ?? 1); at++) this.gateways.push(await this.#makeNode('start', at, main))
    for (let at = 0; at < (shape.workers ?? 0); at++) this.workers.push(await this.#makeNode('worker', at))
    await Promise.all([...this.gateways, ...this.workers].map(node => node.start()))
    await this.#openWay()
    await this.#signOn()
    this.levels = new LevelWatch(this.gateways)
    this.#ends.push(() => this.levels?.stop())
  }

  /** Whatever is left; each end is tried, and none keeps the next from being tried. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end()
      } catch (thrown) {
        process.stderr.write(`while clearing up: ${thrown}\n`)
      }
    }
  }

  /** Something a row has opened itself. */
  onStop(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Work on the run's own record. */
  record<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.stores.admin(work, this.database)
  }

  /** Work on the Redis of the run. */
  async withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis({ path: this.stores.redisUrl.replace('unix://', '') })
    try {
      return await work(redis)
    } finally {
      redis.disconnect()
    }
  }

  /** Before every key of the run in Redis. */
  get keyPrefix(): string {
    return this.database.replace('_', '-')
  }

  async #startSentinels(): Promise<void> {
    const binary = await findRedisServer({ dataDir: this.folder, path: process.env['PATH'] ?? '', log: silentLog })
    const group = await RedisSentinels.start(binary, join(this.folder, 'sentinels'))
    this.sentinels = group
    this.#ends.push(() => group.stop())
    await until(async () => ((await group.isReady()) ? '' : 'the Sentinels do not know each other yet'), 30_000)
  }

  async #makeNode(command: 'start' | 'worker', at: number, main?: string): Promise<NodeProcess> {
    const { shape } = this.plan
    const name = `${command === 'start' ? 'gateway' : 'worker'}-${at + 1}`
    const dataDir = join(this.folder, name)
    await mkdir(dataDir, { mode: 0o755 })
    if (command === 'start' && shape.diskMegabytes !== undefined) {
      this.#ends.push(await mountSmallDisk(dataDir, shape.diskMegabytes))
    }
    const ports = { sipPort: await freePort(), httpPort: await freePort() }
    const config = join(this.folder, `${name}.json`)
    await writeFile(config, JSON.stringify({ ...(await this.#config(dataDir, ports)), ...siteOf(shape, at) }))
    const clock = shape.fakeClock === true ? await FakeClock.make(this.folder, name) : undefined
    if (clock !== undefined) this.clocks.push(clock)
    const node = new NodeProcess({
      ...{ name, command, config, ...ports },
      logFile: join(this.folder, `${name}.log`),
      environment: clock?.environment ?? {},
      nodeOptions: [
        ...(shape.inspect === true ? ['--inspect-port=0'] : []),
        ...(shape.heapMegabytes === undefined ? [] : [`--max-old-space-size=${shape.heapMegabytes}`])
      ],
      mutePipe: shape.mutePipe === true,
      ...(main === undefined ? {} : { main })
    })
    this.#ends.push(() => this.#endNode(node))
    return node
  }

  async #endNode(node: NodeProcess): Promise<void> {
    await node.stop()
    await this.keep(`${node.plan.name}.log`, await readFile(node.plan.logFile))
  }

  /** For whoever looks for the reason. What comes in pieces is made only where it is kept, and may be longer than a string. */
  async keep(name: string, content: Buffer | Iterable<string>): Promise<void> {
    const folder = process.env['FAULTS_KEEP']
    if (folder === undefined) return
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${this.database}-${name}`), content)
  }

  async #config(dataDir: string, { sipPort, httpPort }: { sipPort: number; httpPort: number }) {
    const { shape, stores } = this.plan
    const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
    const sessionSecretFile = join(this.folder, 'secret')
    await writeFile(sessionSecretFile, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'a' })
    const links = shape.cutStores === true ? await this.#linkStores() : undefined
    const config = {
      ...{ ...demo, dataDir, keyPrefix: this.keyPrefix, logLevel: 'info' },
      sip: { ...demo.sip, port: sipPort },
      http: { ...demo.http, port: httpPort, sessionSecretFile },
      worker: { port: httpPort, inGateway: (shape.workers ?? 0) === 0 },
      redis: { url: this.sentinels?.url ?? (links === undefined ? stores.redisUrl : `unix://${links.redis.path}`) },
      database: { url: this.#databaseUrl(links) }
    }
    return { ...config, ...shape.config }
  }

  #databaseUrl(links: StoreLinks | undefined): string {
    const url = this.stores.databaseUrl(this.database)
    return links === undefined ? url : url.replace(/host=[^&]*/, `host=${encodeURIComponent(links.postgres.folder)}`)
  }

  async #linkStores(): Promise<StoreLinks> {
    const folder = decodeURIComponent(/host=([^&]*)/.exec(this.stores.postgresUrl)?.[1] ?? '')
    const postgres = await makeSilentProxy(this.#owner, join(folder, '.s.PGSQL.5432'), '.s.PGSQL.5432')
    const redis = await makeSilentProxy(this.#owner, this.stores.redisUrl.replace('unix://', ''))
    this.storeLinks.push({ postgres, redis })
    return { postgres, redis }
  }

  /** What stands between the switch and the gateways. */
  async #openWay(): Promise<void> {
    const { shape, random } = this.plan
    this.sipPort = this.gateway.plan.sipPort
    if (this.gateways.length > 1) {
      const dispatcher = new Dispatcher(this.gateways.map(gateway => gateway.plan.sipPort))
      await dispatcher.start()
      this.#ends.push(() => dispatcher.stop())
      this.sipPort = dispatcher.port
    }
    if (shape.badNetwork !== true) return
    this.network = new BadNetwork(this.sipPort, random)
    await this.network.start()
    this.#ends.push(() => this.network?.stop())
    this.sipPort = this.network.port
  }

  async #signOn(): Promise<void> {
    const desks = [
      ...Array.from({ length: this.plan.desks }, (_, at) => makeDesk('tvp', at + 1)),
      ...Array.from({ length: OTHER_DESKS }, (_, at) => makeDesk('hants', at + 1))
    ]
    // One after the other: a busy machine must not make the beginning a fault of its own.
    for (const [at, desk] of desks.entries()) await this.#openScreen(desk, at)
  }

  async #openScreen(desk: Desk, at: number): Promise<void> {
    const { shape, random } = this.plan
    const cookie = await patiently(() => signOn(this.gateway.url, desk.handler))
    const urls = this.gateways.map(gateway => gateway.url)
    // Half of the desks begin at each gateway.
    const turned = [...urls.slice(at % urls.length), ...urls.slice(0, at % urls.length)]
    await untilKnown(turned[0] ?? '', cookie)
    if (shape.cutDesks === true) {
      for (const [place, url] of turned.entries()) {
        const link = await makeSilentProxy(this.#owner, Number(new URL(url).port))
        this.deskLinks.push(link)
        turned[place] = `http://127.0.0.1:${link.port}`
      }
    }
    if (shape.lieTo !== undefined) {
      for (const [place, url] of turned.entries()) {
        const relay = new LyingRelay(url, shape.lieTo(desk.handler))
        this.#ends.push(() => relay.stop())
        turned[place] = await relay.start()
      }
    }
    const isLean = this.plan.isLong === true
    const screen = new ScreenClient({ desk, gateways: turned, cookie, random, isLean })
    this.screens.push(screen)
    this.#ends.push(() => screen.stop())
    await screen.start()
  }
}

/** With several sites, the first gateways stand at the first. */
function siteOf({ sites, gateways = 1 }: Shape, at: number): { node?: { siteGroup: string } } {
  return sites === undefined ? {} : { node: { siteGroup: `site-${Math.floor((at * sites) / gateways) + 1}` } }
}

/** The database every run's own is copied from. */
export const TEMPLATE = 'fault_template'

/** As the demo's data has them: the last desk of each force may see the other's calls. */
export function makeDesk(force: 'tvp' | 'hants', number: number): Desk {
  const device = FIRST_DEVICE[force] + number
  return {
    handler: `${force}-h${String(number).padStart(2, '0')}`,
    force,
    grants: number === DEMO_DESKS ? [force === 'tvp' ? 'hants' : 'tvp'] : [],
    devices: [String(device), String(device + 100)]
  }
}

/** Once more, where a busy machine made a store late. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (thrown) {
      if (tries === SIGN_ON_TRIES) throw thrown
    }
  }
}

/** Signed on at one gateway, a handler is known at the others a moment later; a screen that comes before that goes elsewhere. */
async function untilKnown(url: string, cookie: string): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${url}/api/v1/ws-ticket`, { method: 'POST', headers: { 'x-callbox': '1', cookie } })
    return answer.ok ? '' : `${url} does not know of a sign-on: ${answer.status}`
  }, SIGN_ON_WITHIN_MS)
}

/** At the desk of the same number; answers the cookie. Told that the record is away, one tries again, as a person does. */
export async function signOn(url: string, handler: string): Promise<string> {
  const until = performance.now() + SIGN_ON_WITHIN_MS
  for (;;) {
    const answer = await fetch(`${url}/api/v1/sign-on`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-callbox': '1' },
      body: JSON.stringify({ handler, password: DEMO_PASSWORD, position: handler.replace('-h', '-d') })
    })
    if (answer.ok) return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const said = await answer.text()
    const mayTryAgain = said.includes('record.away') && performance.now() < until
    if (!mayTryAgain) throw new Error(`${handler} cannot sign on: ${answer.status} ${said}`)
    await pause(SIGN_ON_AGAIN_MS)
  }
}
