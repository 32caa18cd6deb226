import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LOOKUP_NAMES } from '../../src/lookups/lookup.ts'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { interval, ReleaseStack } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { HandlerClient, type Received } from '../../src/simulator/handler-client.ts'
import { startSipp } from '../../src/simulator/sipp-run.ts'
import { PoolProxy } from '../support/pool-proxy.ts'
import { UpstreamProcess } from '../support/upstream-processes.ts'

const OTHERS = ['keeper', 'custody', 'premises'] as const
export const SOURCES: readonly string[] = [...LOOKUP_NAMES, ...OTHERS]
export type Fault = 'killed' | 'frozen' | 'slow'

const BEFORE_MS = 3_000
/** Past every deadline, and soon enough to be shown. */
const SLOW_MS = 1_900
const WARM_UP = { rate: 50, calls: 250 } as const
const QUIET_MS = 3_000
const SCENARIO = new URL('../../sipp-scenarios/uac-999-call-expect-200.xml', import.meta.url).pathname

export interface Ran {
  readonly received: readonly Received[]
  readonly levels: readonly { readonly at: number; readonly level: number }[]
  /** Epoch ms of the fault. */
  readonly from: number
  readonly to: number
  readonly failedCalls: number
}

export interface SourceRig {
  run(of: { source: string; fault: Fault; rate: number; lastsMs: number }): Promise<Ran>
  stop(): Promise<void>
}

/** A gateway with demo data whose every source can be hurt by itself. */
export async function openSourceRig(): Promise<SourceRig> {
  const releases = new ReleaseStack()
  try {
    return await open(releases)
  } catch (thrown) {
    await releases.release(30_000)
    throw thrown
  }
}

async function open(releases: ReleaseStack): Promise<SourceRig> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-sources-'))
  releases.push('folder', () => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const postgres = await startPostgresServer({ dataDir: folder, log: silentLog })
  releases.push('PostgreSQL', postgres.stop)
  const behind = decodeURIComponent(/host=([^&]+)/.exec(postgres.url)?.[1] ?? '')
  const proxy = await PoolProxy.before(join(behind, '.s.PGSQL.5432'))
  releases.push('proxy', () => proxy.stop())
  const databaseUrl = postgres.url.replace(/host=[^&]+/, `host=${encodeURIComponent(proxy.folder)}`)
  const systems = new Map<string, UpstreamProcess>()
  const config = await writeConfig(folder, async id => {
    const system = new UpstreamProcess()
    systems.set(id, system)
    releases.push(id, () => system.kill())
    return system.start()
  })
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  releases.push('gateway', async () => void (await gateway.stop()))
  await gateway.start({ config, environment: { CALLBOX_DATABASE_URL: databaseUrl, CALLBOX_LOG_LEVEL: 'error' } })
  const handler = new HandlerClient({
    ...{ url: gateway.url, handler: 'tvp-h01', password: DEMO_PASSWORD, position: 'tvp-d01' }
  })
  releases.push('handler', () => handler.stop())
  await handler.start()
  const hurt = makeHurt(proxy, systems)
  const ring = (rate: number, calls: number) =>
    startSipp({ ...{ scenario: SCENARIO, host: '127.0.0.1', port: gateway.place.sipPort }, rate, calls, args: [] })
  // What a gateway’s first calls take is nothing of a source.
  await ring(WARM_UP.rate, WARM_UP.calls).done
  await pause(QUIET_MS)
  return {
    stop: () => releases.release(30_000),
    run: async ({ source, fault, rate, lastsMs }) => {
      const [first, levels] = [handler.journal.length, [] as { at: number; level: number }[]]
      const stopLevels = watchLevels(gateway.url, levels)
      const calls = Math.round((rate * (BEFORE_MS + 2 * lastsMs)) / 1_000)
      const sipp = ring(rate, calls)
      await pause(BEFORE_MS)
      const from = Date.now()
      const heal = await hurt(source, fault)
      await pause(lastsMs)
      const to = Date.now()
      await heal()
      const report = await sipp.done
      await pause(QUIET_MS)
      stopLevels()
      return { received: handler.journal.slice(first), levels, from, to, failedCalls: report.failed }
    }
  }
}

/** The demo's, each source at a system of its own, none of whose answers is kept. */
async function writeConfig(folder: string, start: (id: string) => Promise<number>): Promise<string> {
  const demo = JSON.parse(await readFile(new URL('../../config/demo.json', import.meta.url), 'utf8'))
  const sources = []
  for (const source of demo.sources as { id: string; url: string; healthUrl?: string }[]) {
    const port = await start(source.id)
    const at = (url: string) => url.replace(':0/', `:${port}/`)
    const health = source.healthUrl === undefined ? {} : { healthUrl: at(source.healthUrl) }
    sources.push({ ...source, url: at(source.url), ...health, cacheSeconds: 0 })
  }
  const path = join(folder, 'config.json')
  await writeFile(path, JSON.stringify({ ...demo, sources }))
  return path
}

/** Hurts one source; what it gives makes it well. */
function makeHurt(proxy: PoolProxy, systems: ReadonlyMap<string, UpstreamProcess>) {
  return async (source: string, fault: Fault): Promise<() => Promise<void> | void> => {
    const system = systems.get(source)
    if (system === undefined) {
      const name = `callbox-${source}`
      proxy.put(name, fault === 'killed' ? 'away' : fault === 'frozen' ? 'frozen' : { slowMs: SLOW_MS })
      return () => proxy.put(name, 'well')
    }
    if (fault === 'killed') {
      await system.kill()
      return async () => void (await system.start())
    }
    if (fault === 'frozen') {
      system.signal('SIGSTOP')
      return () => system.signal('SIGCONT')
    }
    system.answerAfter(SLOW_MS)
    return () => system.answerAfter(10)
  }
}

function watchLevels(url: string, levels: { at: number; level: number }[]): () => void {
  return interval(() => {
    fetch(`${url}/readyz`)
      .then(async answer => {
        const { level } = (await answer.json()) as { level: number }
        levels.push({ at: Date.now(), level })
      })
      // The next question asks again.
      .catch(() => {})
  }, 100)
}
