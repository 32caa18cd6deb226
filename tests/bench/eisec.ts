import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { EisecSiteSimulator, type SiteMood } from '../../src/simulator/eisec.ts'
import { EisecAccounts } from '../../src/simulator/eisec-accounts.ts'
import { demoCallers } from '../../src/simulator/eisec-callers.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { startSipp, toCallId } from '../../src/simulator/sipp-run.ts'

/*
 * INVITE to the bare pop at a client while EISEC is well, and while its sites fail over again and again: the same gateway,
 * the same calls, one beside the other. Every call is a 999 call, and every one is asked about.
 */

const { values } = parseArgs({
  options: {
    cps: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '6' },
    pairs: { type: 'string', default: '5' }
  }
})
const [cps, seconds, pairs] = [Number(values.cps), Number(values.seconds), Number(values.pairs)]
const SCENARIO = new URL('../../sipp-scenarios/uac-999-call-expect-200.xml', import.meta.url).pathname
const TRUNK = { force: 'tvp', trunk: 'demo-switch' }
const ANSWER_MS = 20
/** What the site that is logged on to does, one after the other. */
const FAULTS: readonly SiteMood[] = ['cut', 'no-answer', 'torn', 'silent', 'garbage']
const FAULT_MS = 500

const accounts = new EisecAccounts()
accounts.add('CALLBOX', 'bench-secret')
const sites = [
  new EisecSiteSimulator({ accounts, callers: demoCallers }),
  new EisecSiteSimulator({ accounts, callers: demoCallers })
]
for (const site of sites) {
  site.answerAfterMs = ANSWER_MS
  await site.start()
}
const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-eisec-'))
const config = join(folder, 'eisec.json')
const logOn = { id: 'bench', user: 'CALLBOX', password: 'bench-secret' }
const eisec = {
  logOns: [{ ...logOn, sites: sites.map(({ port }) => ({ host: '127.0.0.1', port })) }],
  ...{ deadlineMs: 1_000, lateInARow: 2, retryFirstMs: 100, retryMaxMs: 300, logOnMs: 300 }
}
await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(DEMO_CONFIG, 'utf8')), eisec }))
const gateway = await GatewayProcess.at(join(folder, 'data'))
await gateway.start({ config })
const handler = new HandlerClient({
  ...{ url: gateway.url, handler: 'tvp-h01', password: DEMO_PASSWORD, position: 'tvp-d01' }
})
await handler.start()

/** Milliseconds from each INVITE to its pop, ascending. */
async function run(): Promise<number[]> {
  const since = handler.journal.length
  const place = { host: '127.0.0.1', port: gateway.place.sipPort, rate: cps, calls: cps * seconds }
  const report = await startSipp({ scenario: SCENARIO, ...place }).done
  await pause(500)
  const popped = new Map(
    handler.journal.slice(since).flatMap(({ at, ev }) => (ev.type === 'call.pop' ? [[ev.call as string, at]] : []))
  )
  const times = [...report.calls.values()].map(call => (popped.get(toCallId(call, TRUNK)) ?? Infinity) - call.inviteAt)
  return times.sort((one, other) => one - other)
}

/** One fault after the other at whichever site is in use, until it is told to stop. */
function spoil(): () => Promise<void> {
  let isOver = false
  const spoiling = (async () => {
    for (let n = 0; !isOver; n++) {
      const site = sites.find(({ links }) => links > 0)
      if (site !== undefined) {
        site.mood = FAULTS[n % FAULTS.length] ?? 'cut'
        if (site.mood === 'cut') site.cut()
      }
      await pause(FAULT_MS)
      for (const each of sites) each.mood = 'well'
    }
  })()
  return async () => {
    isOver = true
    await spoiling
  }
}

const at = (times: readonly number[], share: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
const line = (what: string, times: readonly number[]) =>
  `${what.padEnd(12)} p50 ${at(times, 0.5).toFixed(1)} ms  p99 ${at(times, 0.99).toFixed(1)} ms  max ${at(times, 1).toFixed(1)} ms  ` +
  `lost ${times.filter(time => time === Infinity).length} of ${times.length}\n`
const median = (all: readonly number[]) => [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0

async function switches(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(/gw_eisec_links_total\{[^}]*result="up"\} (\d+)/.exec(text)?.[1] ?? 0)
}

// What has just started compiles what it runs often.
await run()
const figures = { well: [] as number[][], failing: [] as number[][] }
const before = await switches()
for (let pair = 0; pair < pairs; pair++) {
  const well = await run()
  const stop = spoil()
  const failing = await run()
  await stop()
  figures.well.push(well)
  figures.failing.push(failing)
  process.stdout.write(line('well', well) + line('failing over', failing))
}
const p99 = (runs: readonly number[][]) => median(runs.map(times => at(times, 0.99)))
const p50 = (runs: readonly number[][]) => median(runs.map(times => at(times, 0.5)))
process.stdout.write(
  `median of ${pairs} pairs, ${cps} calls/s: well p50 ${p50(figures.well).toFixed(1)}, p99 ${p99(figures.well).toFixed(1)} ms; ` +
    `failing over p50 ${p50(figures.failing).toFixed(1)}, p99 ${p99(figures.failing).toFixed(1)} ms; ` +
    `${(await switches()) - before} log-ons meanwhile\n`
)
handler.stop()
await gateway.stop()
for (const site of sites) await site.stop()
await rm(folder, { recursive: true, force: true })
