import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Gateway, startGateway, withDatabase } from './gateway.ts'
import { DEMO_CONFIG, type LoadedConfig, loadConfig } from './operations/config.ts'
import { reasonOf } from './operations/errors.ts'
import { ungranted } from './operations/grants-schema.ts'
import { keepHeapSmall } from './operations/heap.ts'
import { ReleaseStack } from './operations/lifecycle.ts'
import type { Log, WrittenLog } from './operations/log.ts'
import { openLog, silentLog } from './operations/log.ts'
import { sourceWarnings } from './operations/sources-checks.ts'
import { putDesks } from './records/desks.ts'
import { readDesks } from './records/read-desks.ts'
import { DemoCluster } from './simulator/cluster.ts'
import { DEMO_DESKS, DEMO_PASSWORD, makeDemoData } from './simulator/demo-data.ts'
import { withDemoEisec } from './simulator/demo-eisec.ts'
import { startDemoRadio, withDemoRadio } from './simulator/demo-radio.ts'
import { DemoSwitch } from './simulator/demo-switch.ts'
import { withDemoUpstream } from './simulator/demo-upstream.ts'
import { WORLD_SIZES, worldTables } from './simulator/demo-world.ts'
import { makeSeededRandom } from './simulator/seeded-random.ts'
import { startWorker } from './worker.ts'

/** What a command that goes on running gives to the process. */
export interface Running {
  readonly log: Log
  /** Drains and stops everything; idempotent. */
  stop(): Promise<void>
}

/** The command line asks for something that cannot be. */
export class UsageFault extends Error {}

export interface CommandOptions {
  readonly config?: string
  /** What stands behind the command's name. */
  readonly file?: string
  readonly resetPasswords: boolean
  readonly seed: number
  /** Of a demo: no calls but those placed from outside. */
  readonly noCalls?: boolean
  /** Of a cluster: any free ports in place of the usual ones. */
  readonly freePorts?: boolean
  /** Of a demo: desks of each force. */
  readonly desks?: number
  /** Of demo data: how large a world, when it is, and the folder of its files. */
  readonly size?: string
  readonly now?: string
  readonly out?: string
  /** All that stands behind the command's name, for a command that reads it itself. */
  readonly args: readonly string[]
  /** Tells when the gateway is ready; for people, not for a log. */
  readonly say: (text: string) => void
  /** A command that ends by itself can be stopped all the same. */
  readonly onRunning?: (running: Running) => void
  /** Every log opened, so that the process can flush it whatever happens. */
  readonly onLog: (log: WrittenLog) => void
}

/** Where nobody watches a terminal, of the lines of progress one in so many is written. */
const PROGRESS_EVERY = 5
/** Handlers of each force that the demo's sign-on page offers. */
const DEMO_HANDLERS_SHOWN = 3

/** `npm start`: the gateway from its config, until a signal. */
export async function runStart({ config, onLog }: CommandOptions): Promise<Running> {
  const loaded = await loadConfig(config === undefined ? {} : { path: config })
  const log = openLog(loaded.config.logLevel)
  onLog(log)
  keepHeapSmall()
  const gateway = await startGateway({ loaded, log })
  gateway.metrics.startDefault()
  return { log, stop: () => gateway.stop() }
}

/** `callbox worker`: lookups for the gateways of the same Redis and PostgreSQL, until a signal. */
export async function runWorker({ config, onLog }: CommandOptions): Promise<Running> {
  const loaded = await loadConfig(config === undefined ? {} : { path: config })
  const log = openLog(loaded.config.logLevel)
  onLog(log)
  keepHeapSmall()
  const worker = await startWorker({ loaded, log })
  return { log, stop: () => worker.stop() }
}

/** `npm run demo`: demo data, the gateway, and a switch that places real SIP calls into it. */
export async function runDemo({
  config,
  seed,
  noCalls,
  desks = DEMO_DESKS,
  say,
  onLog
}: CommandOptions): Promise<Running> {
  const releases = new ReleaseStack()
  const service = { isOn: noCalls !== true, releases, seed }
  const { loaded, tokens } = withDemoRadio(
    await withDemoUpstream(await withDemoEisec(await loadConfig({ path: config ?? DEMO_CONFIG }), service), service),
    service.isOn
  )
  const logFile = resolve(loaded.config.dataDir, 'gateway.log')
  const log = openLog(loaded.config.logLevel, logFile)
  onLog(log)
  say(`Callbox demo. Stores, calls and log in ${resolve(loaded.config.dataDir)}; starting …\n`)
  keepHeapSmall()
  const gateway = await startGateway({
    loaded,
    log,
    demo: {
      password: DEMO_PASSWORD,
      perForce: DEMO_HANDLERS_SHOWN,
      makeData: () => makeDemoData(seed, Date.now(), desks),
      world: () => worldTables(seed, Date.now(), WORLD_SIZES.demo)
    }
  })
  gateway.metrics.startDefault()
  releases.push('gateway', () => gateway.stop())
  await startDemoRadio({ url: `http://127.0.0.1:${gateway.httpPort}`, tokens, seed, releases })
  const demoSwitch = new DemoSwitch({
    host: loaded.config.sip.host,
    port: gateway.sipPort,
    // Other calls each time: a demo that begins with the same caller again looks broken.
    random: makeSeededRandom(Date.now() % 1_000_000),
    devicesInUse: gateway.devicesInUse,
    now: () => Date.now()
  })
  if (noCalls !== true) {
    await demoSwitch.start()
    releases.push('demo switch', () => demoSwitch.stop())
  }
  say(demoWelcome(loaded, gateway, logFile, noCalls !== true))
  return { log, stop: () => releases.release() }
}

/** `npm run cluster`: two gateways, two workers and their stores on this machine, any of which may be killed. */
export async function runCluster({ noCalls, freePorts, say, onLog }: CommandOptions): Promise<Running> {
  const { config, searchPath } = await loadConfig({ path: DEMO_CONFIG })
  const dataDir = resolve(config.dataDir, 'cluster')
  const log = openLog('warn', resolve(dataDir, 'cluster.log'))
  onLog(log)
  const cluster = new DemoCluster({
    ...{ dataDir, log, say, demoConfig: DEMO_CONFIG, path: searchPath },
    anyPorts: freePorts === true,
    hasCalls: noCalls !== true
  })
  await cluster.start()
  say(clusterWelcome(cluster, dataDir))
  const lines = createInterface({ input: process.stdin })
  lines.on('line', line => {
    obey(cluster, line.trim(), say).catch(thrown => say(`${reasonOf(thrown)}\n`))
  })
  return {
    log,
    stop: () => {
      lines.close()
      return cluster.stop()
    }
  }
}

async function obey(cluster: DemoCluster, word: string, say: (text: string) => void): Promise<void> {
  if (word === '') say(clusterTable(cluster))
  else if (word === 'r') {
    const back = await cluster.restart()
    say(back.length === 0 ? 'Everything runs.\n' : `${back.join(', ')} started again.\n${clusterTable(cluster)}`)
  } else if (!(await cluster.kill(word))) say(`Nothing here is called ${word}.\n`)
}

/** `callbox check-config`: reads the config and starts nothing. Rejects with every mistake it has. */
export async function runCheckConfig({ config, say }: CommandOptions): Promise<void> {
  const { path, config: settings } = await loadConfig(config === undefined ? {} : { path: config })
  const { forces, trunks, switches, sources } = settings
  for (const warning of sourceWarnings(settings)) say(`warning: ${warning}\n`)
  say(
    `${path}: no faults. ${forces.length} forces, ${trunks.length + switches.length} trunks, ${sources.length} sources.\n`
  )
  for (const [owner, to] of ungranted(settings)) {
    say(`Calls that ${to} takes for ${owner} show nothing of the records of ${owner}: no grant in buddyGrants.\n`)
  }
}

/** `callbox load`: calls by the clock into gateways, and a report of what became of each. Resolves with an exit code. */
export async function runLoad({ args, say, onRunning }: CommandOptions): Promise<number> {
  // No gateway has it in memory: the load stands outside of what it judges.
  const { startLoadCommand } = await import('./load/run-command.ts')
  const { done, stop } = startLoadCommand(args, toSay(say))
  const stopped = async () => {
    stop()
    // Its own gateway goes before this process does.
    await done.catch(reasonOf)
  }
  onRunning?.({ log: silentLog, stop: stopped })
  return done
}

/** `callbox locate FILE|TEXT|-`: what a sample says of where its caller is; starts nothing. */
export async function runLocate({ args, say }: CommandOptions): Promise<void> {
  const { runLocateCommand } = await import('./locate/run-command.ts')
  const remark = (text: string) => process.stderr.write(text)
  const load = (path: string | undefined) => loadConfig(path === undefined ? {} : { path })
  await runLocateCommand({ args, say, remark, stdin: process.stdin, loadConfig: load })
}

/** In a terminal progress is one line that is written over; elsewhere it is a line now and then. */
export function toSay(say: (text: string) => void) {
  const { isTTY } = process.stdout
  let isOpen = false
  let count = 0
  return {
    progress: (text: string) => {
      if (isTTY) say(`\r\u001b[K${text}`)
      else if (count++ % PROGRESS_EVERY === 0) say(`${text}\n`)
      isOpen = isTTY
    },
    line: (text: string) => {
      if (isOpen) say('\n')
      isOpen = false
      say(text)
    }
  }
}

/** `callbox desks FILE`: positions and handlers of a site; passwords of new handlers are said once. */
export async function runDesks({ config, file, resetPasswords, say, onLog }: CommandOptions): Promise<void> {
  if (file === undefined) throw new UsageFault('desks takes the path of a file, as config/desks-example.json')
  const loaded = await loadConfig(config === undefined ? {} : { path: config })
  const log = openLog('silent')
  onLog(log)
  const desks = await readDesks(
    file,
    loaded.config.forces.map(force => force.id)
  )
  const fresh = await withDatabase(loaded, log, pool => putDesks(pool, desks, { resetPasswords }))
  say(`${desks.positions.length} positions and ${desks.handlers.length} handlers are in the record.\n`)
  if (fresh.length > 0) say('Passwords, shown only here and now:\n')
  for (const { handler, password } of fresh) say(`  ${handler.padEnd(24)} ${password}\n`)
}

function clusterTable({ members }: DemoCluster): string {
  const row = ({ id, name, detail, process: { pid } }: DemoCluster['members'][number]) =>
    `  ${id}  ${name.padEnd(11)}${pid === undefined ? 'ended' : `pid ${pid}`}  ${detail}`
  return `${members.map(row).join('\n')}\n`
}

function clusterWelcome(cluster: DemoCluster, dataDir: string): string {
  const first = cluster.members.find(({ id }) => id === 'g1')
  return `
${clusterTable(cluster)}
Sign in at either gateway, password "${DEMO_PASSWORD}", and watch the console while you end something:

  kill -9 ${first?.process.pid}     ends gateway 1; or type g1 and Enter
  w1, d1, s1      and Enter end a worker, the Redis master, a Sentinel
  r               and Enter starts again what has ended; Enter alone shows what runs

Everything is kept in ${dataDir}. Ctrl-C ends all of it.
`
}

function demoWelcome(
  { config }: LoadedConfig,
  { httpPort, sipPort }: Gateway,
  logFile: string,
  hasCalls: boolean
): string {
  return `
  Console    http://${config.http.host}:${httpPort}/
  Sign in    one of the handlers offered there, password "${DEMO_PASSWORD}"
  SIP        ${config.sip.host}:${sipPort}, UDP and TCP, as a 999 and 101 switch
  Your call  sipp -sf sipp-scenarios/uac-999-call-expect-200.xml ${config.sip.host}:${sipPort} -m 1
             rings at desk 1 of Thames Valley (device 4001)
  Health     http://${config.http.host}:${httpPort}/readyz and /metrics
  Log        ${logFile}

${hasCalls ? 'A switch simulator places a call every ten seconds or so at the desks signed on. ' : ''}Ctrl-C drains and stops.
`
}
