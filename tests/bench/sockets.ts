/*
 * A gateway with its stores, and thousands of consoles that are all cut at once: `npm run bench:sockets -- [options]`.
 *
 *   --sockets 10000   consoles, in a process of their own; all are cut
 *   --steady 50       consoles in another process that are not
 *   --pops 20         calls a second all the while, in turn to a console that is cut and to one that is not
 *   --open-rate 400   consoles opened in a second at the beginning
 *   --json FILE       also as JSON; default report/bench-sockets.json
 *   --profile FILE    a CPU profile of the gateway from the cut until all are back (.cpuprofile, for any browser)
 *
 * Times are those of the consoles and of the switch that placed the calls, on one clock; CPU and memory are the
 * kernel's own of the gateway's process, of the consoles' and of the stores', its heap as it is after a collection.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { interval } from '../../src/operations/lifecycle.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { inMs, Percentiles } from '../../src/simulator/percentiles.ts'
import { SipCaller } from '../../src/simulator/sip-caller.ts'
import { childrenOf } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { openBare } from './bare-sockets.ts'
import { Crowd, desks, now, pause, signOnAll } from './crowd.ts'
import { cpuMsOf, rssOf } from './subjects.ts'

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    steady: { type: 'string', default: '50' },
    pops: { type: 'string', default: '20' },
    'open-rate': { type: 'string', default: '400' },
    json: { type: 'string', default: 'report/bench-sockets.json' },
    profile: { type: 'string' }
  }
})
const [SOCKETS, STEADY, POPS] = [Number(values.sockets), Number(values.steady), Number(values.pops)]
const REPORT_MEMORY = new URL('report-memory.ts', import.meta.url).href
const WITHIN_MS = 300_000
/** Who is not back by then is told of, and counted as not back. */
const BACK_WITHIN_MS = 120_000
const QUIET_MS = 10_000
const AFTER_MS = 5_000
/** Ofcom's numbers for drama, each used once: a pop is told by its number. */
const NUMBERS = [...drama('+447700900'), ...drama('+441632960')]

const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
await chmod(folder, 0o755)
const memoryPath = join(folder, 'memory.json')
const gateway = await GatewayProcess.at(join(folder, 'data'))
const started: { stop: () => unknown }[] = []
try {
  const report = { ...(await run()), bare: await bareStorm() }
  process.stdout.write(toText(report))
  await mkdir(dirname(values.json), { recursive: true })
  await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
} finally {
  for (const part of started.reverse()) await part.stop()
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
}

async function run() {
  const environment = {
    NODE_OPTIONS: `--import=${REPORT_MEMORY}`,
    BENCH_MEMORY: memoryPath,
    ...(values.profile === undefined ? {} : { BENCH_PROFILE: resolve(values.profile) })
  }
  await gateway.start({ environment })
  await signOnAll(gateway.url, [...desks('cut', SOCKETS), ...desks('steady', STEADY)])
  const crowd = startCrowd('cut', SOCKETS)
  const steady = startCrowd('steady', STEADY)
  const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
  await caller.start()
  started.push(caller)
  const empty = await memory()
  say(`opening ${SOCKETS} consoles at ${values['open-rate']} a second …`)
  const openedAt = now()
  for (const each of [crowd, steady]) each.order('open')
  await until(() => (steady.live === STEADY ? '' : `${steady.live} of ${STEADY} are live`), WITHIN_MS)
  await until(() => (crowd.live === SOCKETS ? '' : `${crowd.live} of ${SOCKETS} are live`), WITHIN_MS)
  const openMs = now() - openedAt
  const full = await memory()
  say('all live; a quiet while …')
  const quiet = await measure(crowd, () => pause(QUIET_MS))
  const calls = startCalls(caller)
  await pause(AFTER_MS)
  const before = await crowd.count()
  say('cut …')
  const cutAt = now()
  turnProfile()
  const storm = await measure(crowd, async () => {
    crowd.order('cut')
    await until(
      () => (crowd.lives.some(({ count, at }) => at > cutAt && count < SOCKETS / 2) ? '' : 'not cut'),
      WITHIN_MS
    )
    await until(() => (crowd.live === SOCKETS ? '' : `${crowd.live} of ${SOCKETS} are back`), BACK_WITHIN_MS).catch(
      thrown => say(String(thrown))
    )
  })
  turnProfile()
  const placed = calls.placed()
  await pause(AFTER_MS)
  calls.stop()
  const after = await crowd.count()
  return {
    ...{ sockets: SOCKETS, machine: machine(), openMs, quietMs: QUIET_MS, quietCpuMs: quiet.cpuMs },
    heapPerSocket: (full.heapUsed + full.external - empty.heapUsed - empty.external) / (SOCKETS + STEADY),
    rssPerSocket: (full.rss - empty.rss) / (SOCKETS + STEADY),
    rssMb: full.rss / 1024 / 1024,
    storm: {
      ...{
        allBackMs: crowd.live === SOCKETS ? storm.ms : Number.POSITIVE_INFINITY,
        live: crowd.live,
        half: backMs(crowd, cutAt, 0.5),
        most: backMs(crowd, cutAt, 0.99)
      },
      ...{ cpuMs: storm.cpuMs, consolesCpuMs: storm.consolesCpuMs, storesCpuMs: storm.storesCpuMs },
      ...{
        tries: after.sockets - before.sockets,
        snapshots: after.snapshots - before.snapshots,
        ends: difference(after.ends, before.ends)
      },
      rssMb: (await memory()).rss / 1024 / 1024
    },
    pops: {
      placed: placed.length,
      doubled: crowd.doubled + steady.doubled,
      before: judge(
        placed.filter(({ at }) => at < cutAt - 1_000),
        steady,
        crowd
      ),
      steady: judge(
        placed.filter(({ at, isCut }) => at >= cutAt && !isCut),
        steady
      ),
      cut: judge(
        placed.filter(({ at, isCut }) => at >= cutAt && isCut),
        crowd
      )
    }
  }
}

/** As many sockets of a bare `ws` server, cut in the same way: how long until each was open again. */
async function bareStorm() {
  say('the same with bare sockets …')
  const bare = await openBare({ sockets: SOCKETS, bytes: 1, openRate: Number(values['open-rate']) })
  try {
    const cpuBefore = await cpuMsOf(bare.serverPid)
    const times = new Percentiles()
    for (const ms of await bare.storm(BACK_WITHIN_MS)) times.add(ms)
    while (times.count < SOCKETS) times.addLost()
    const cpuMs = (await cpuMsOf(bare.serverPid)) - cpuBefore
    return { half: times.at(50), most: times.at(99), lost: times.lost, cpuMs }
  } finally {
    bare.stop()
  }
}

/** How long after the cut this share of the consoles was live again. */
function backMs({ lives }: Crowd, cutAt: number, share: number): number {
  const since = lives.filter(({ at }) => at > cutAt)
  const lowest = since.reduce((low, { count }, at) => (count < (since[low]?.count ?? 0) ? at : low), 0)
  return (since.slice(lowest).find(({ count }) => count >= SOCKETS * share)?.at ?? Number.POSITIVE_INFINITY) - cutAt
}

function judge(calls: readonly { number: string; at: number }[], ...crowds: readonly Crowd[]) {
  const pops = new Percentiles()
  for (const { number, at } of calls) {
    const pop = crowds.map(crowd => crowd.pops.get(number)).find(found => found !== undefined)
    if (pop === undefined) pops.addLost()
    else pops.add(pop.at - at)
  }
  return { calls: pops.count, lost: pops.lost, p50: pops.at(50), p99: pops.at(99) }
}

function startCalls(caller: SipCaller) {
  const placed: { number: string; at: number; isCut: boolean }[] = []
  const stop = interval(() => {
    const number = NUMBERS[placed.length]
    if (number === undefined) return
    const isCut = placed.length % 2 === 0
    const crowd = isCut ? desks('cut', SOCKETS) : desks('steady', STEADY)
    const device = crowd[Math.floor((placed.length * 7_919) % crowd.length)]?.device ?? ''
    placed.push({ number, at: now(), isCut })
    caller.place({ ddi: '999', asserted: number, shown: number, device })
  }, 1_000 / POPS)
  started.push({ stop })
  return { placed: () => [...placed], stop }
}

function startCrowd(kind: 'cut' | 'steady', count: number): Crowd {
  const crowd = new Crowd({
    url: gateway.url,
    secretPath: join(gateway.place.dataDir, 'session-secret'),
    prefix: `bench-${kind}-`,
    count,
    openRate: Number(values['open-rate'])
  })
  started.push(crowd)
  return crowd
}

async function memory(): Promise<{ heapUsed: number; external: number; rss: number }> {
  await rm(memoryPath, { force: true })
  process.kill(gateway.pid ?? 0, 'SIGUSR2')
  let text = ''
  await until(async () => {
    text = await readFile(memoryPath, 'utf8').catch(() => '')
    return text === '' ? 'no report of the heap' : ''
  }, WITHIN_MS)
  const { heapUsed, external } = JSON.parse(text) as { heapUsed: number; external: number }
  return { heapUsed, external, rss: await rssOf(gateway.pid ?? 0) }
}

/** Time, and CPU of each who takes part: client and server share this machine. */
async function measure(crowd: Crowd, during: () => Promise<unknown>) {
  const [at, before] = [now(), await cpuOfAll(crowd)]
  await during()
  const after = await cpuOfAll(crowd)
  return {
    ms: now() - at,
    cpuMs: after.gateway - before.gateway,
    consolesCpuMs: after.consoles - before.consoles,
    storesCpuMs: after.stores - before.stores
  }
}

async function cpuOfAll(crowd: Crowd) {
  const pid = gateway.pid ?? 0
  const each = [...(await descendantsOf(pid))].map(cpuMsOf)
  const stores = (await Promise.all(each)).reduce((all, one) => all + one, 0)
  return { gateway: await cpuMsOf(pid), consoles: await cpuMsOf(crowd.pid), stores }
}

async function descendantsOf(pid: number): Promise<number[]> {
  const children = [...(await childrenOf(pid)).keys()]
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()]
}

/** Begins a CPU profile of the gateway, or ends it. */
function turnProfile(): void {
  if (values.profile !== undefined) process.kill(gateway.pid ?? 0, 'SIGWINCH')
}

type Report = Awaited<ReturnType<typeof run>> & { readonly bare: Awaited<ReturnType<typeof bareStorm>> }

function toText({ storm, pops, bare, ...all }: Report): string {
  const row = (name: string, { calls, lost, p50, p99 }: typeof pops.cut) =>
    `| ${[name, calls, lost, inMs(p50), inMs(p99)].join(' | ')} |`
  return [
    `${all.sockets} consoles: opened in ${seconds(all.openMs)} s; ${bytes(all.heapPerSocket)} of heap and ${bytes(all.rssPerSocket)} of RSS each; the gateway has ${all.rssMb.toFixed(0)} MB.`,
    `Idle, with heartbeats: ${((all.quietCpuMs / all.quietMs) * 100).toFixed(0)} % of one core.`,
    `All cut at once: half back after ${seconds(storm.half)} s, 99 % after ${seconds(storm.most)} s, all after ${seconds(storm.allBackMs)} s; ${seconds(storm.cpuMs)} s of the gateway's CPU, ${seconds(storm.consolesCpuMs)} s of the consoles', ${seconds(storm.storesCpuMs)} s of the stores'; ${storm.tries} sockets opened, ${storm.snapshots} snapshots, ${storm.rssMb.toFixed(0)} MB afterwards.`,
    `Bare sockets, as fast as they can: half back after ${seconds(bare.half)} s, 99 % after ${seconds(bare.most)} s; ${seconds(bare.cpuMs)} s of their server's CPU.`,
    `How links and tries ended: ${JSON.stringify(storm.ends)}`,
    `${pops.placed} calls, ${pops.doubled} pops shown twice:`,
    '',
    '| pops | calls | lost | p50 ms | p99 ms |',
    '|---|---|---|---|---|',
    row('before the cut', pops.before),
    row('meanwhile, at consoles that were not cut', pops.steady),
    row('meanwhile, at consoles that were', pops.cut),
    '',
    `${all.machine}`,
    ''
  ].join('\n')
}

function difference(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>
): Record<string, number> {
  return Object.fromEntries(Object.entries(one).map(([how, count]) => [how, count - (other[how] ?? 0)]))
}

function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}, load average ${loadavg()[0]?.toFixed(1)}`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}

function bytes(count: number): string {
  return `${(count / 1024).toFixed(1)} KB`
}

function drama(prefix: string): string[] {
  return Array.from({ length: 1_000 }, (_, at) => `${prefix}${String(at).padStart(3, '0')}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
