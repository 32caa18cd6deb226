/*
 * The embedded SIP driver alone, and Kamailio and a bare Node echo beside it, under SIPp: `npm run bench:sip -- [options]`.
 *
 *   --rates 500,1000,2000   calls a second, one run each, for --seconds 20
 *   --transport u1          SIPp's: u1 one UDP socket, un one for each call, t1 one TCP connection
 *   --processes 2           also the driver in two processes that share the port
 *   --memory                200,000 calls at 1,000 a second, the heap after a collection every 20,000
 *   --held                  5,000 calls up at once
 *   --repeat 3              each point so often; the table has the median by p99
 *   --no-reference          without Kamailio and the echo, which speaks UDP only
 *   --json FILE             also as JSON; default report/bench-sip.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { inMs } from '../../src/simulator/percentiles.ts'
import { lacksKamailio } from './kamailio.ts'
import { type Load, type LoadReport, runLoad } from './load.ts'
import { startProbe } from './probe.ts'
import { type Subject, startDriver, startEcho, startKamailio } from './subjects.ts'

interface Point extends LoadReport {
  readonly subject: string
  readonly what: string
  readonly p50: number
  readonly p99: number
  readonly cpuUsPerCall: number
  readonly rssMb: number
  readonly loadAverage: number
}

const WARM_UP = { rate: 200, calls: 600 } as const
const MEMORY = { rate: 1_000, calls: 20_000, rounds: 10 } as const
const HELD = { rate: 500, calls: 5_000, holdMs: 15_000 } as const
const MB = 1024 * 1024

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '500,1000,2000' },
    seconds: { type: 'string', default: '20' },
    transport: { type: 'string', default: 'u1' },
    processes: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '1' },
    json: { type: 'string', default: 'report/bench-sip.json' },
    memory: { type: 'boolean', default: false },
    held: { type: 'boolean', default: false },
    'no-reference': { type: 'boolean', default: false }
  }
})

const points: Point[] = []
if (values.memory) await overManyCalls()
else if (values.held) for (const start of subjects()) points.push(await measure(start, HELD))
else await atEachRate()
if (points.length > 0) process.stdout.write(toTable(points))
await mkdir(dirname(values.json), { recursive: true })
const missing = values['no-reference'] ? undefined : lacksKamailio('Kamailio tm')
if (missing !== undefined) process.stdout.write(`${missing.subject}: reference not here: ${missing.install}\n`)
const all = { machine: machine(), points, missing: missing === undefined ? [] : [missing] }
await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`)

async function atEachRate(): Promise<void> {
  const transport = values.transport as NonNullable<Load['transport']>
  for (const rate of values.rates.split(',').map(Number)) {
    for (const start of subjects()) {
      const runs: Point[] = []
      for (let run = 0; run < Number(values.repeat); run++) {
        runs.push(await measure(start, { rate, calls: rate * Number(values.seconds), transport }))
      }
      runs.sort((one, other) => one.p99 - other.p99)
      points.push(...runs.slice(Math.floor((runs.length - 1) / 2)).slice(0, 1))
    }
  }
}

function subjects(): (() => Promise<Subject>)[] {
  const processes = Number(values.processes)
  const several = processes > 1 ? [() => startDriver(processes)] : []
  return [() => startDriver(), ...several, ...(values['no-reference'] ? [] : references())]
}

function references(): (() => Promise<Subject>)[] {
  const kamailio = lacksKamailio('Kamailio tm') === undefined ? [startKamailio] : []
  return values.transport === 't1' ? kamailio : [...kamailio, startEcho]
}

/** One subject, fresh and warmed up, under one load. */
async function measure(start: () => Promise<Subject>, load: Omit<Load, 'port'>): Promise<Point> {
  const subject = await start()
  try {
    const { port, name } = subject
    await runLoad({ ...WARM_UP, port, ...(load.transport === undefined ? {} : { transport: load.transport }) })
    const probe = await startProbe(port)
    const before = await subject.cpuMs()
    const report = await runLoad({ ...load, port })
    const cpuMs = (await subject.cpuMs()) - before
    const rssBytes = await subject.rssBytes()
    const answer = await probe.stop()
    const point = {
      subject: name,
      what: `${load.rate}/s${load.holdMs === undefined ? '' : `, held ${load.holdMs / 1000} s`}, ${load.transport ?? 'u1'}`,
      ...report,
      p50: answer.at(50),
      p99: answer.at(99),
      cpuUsPerCall: Math.round((cpuMs * 1_000) / (report.offered + answer.count)),
      rssMb: Math.round(rssBytes / MB),
      loadAverage: loadavg()[0] ?? 0
    }
    process.stderr.write(`${toRow(point)}\n`)
    return point
  } finally {
    await subject.stop()
  }
}

/** The heap after each 20,000 calls, when the answers kept for 32 s have gone as well as they have come. */
async function overManyCalls(): Promise<void> {
  const subject = await startDriver()
  try {
    process.stdout.write('| calls | failed | heap after a collection | RSS |\n|---|---|---|---|\n')
    let failed = 0
    for (let round = 1; round <= MEMORY.rounds; round++) {
      failed += (await runLoad({ port: subject.port, rate: MEMORY.rate, calls: MEMORY.calls })).failed
      const memory = await subject.memory()
      const inMb = (bytes = 0) => `${Math.round(bytes / MB)} MB`
      const row = [round * MEMORY.calls, failed, inMb(memory?.heapUsed), inMb(memory?.rss)]
      process.stdout.write(`| ${row.join(' | ')} |\n`)
    }
  } finally {
    await subject.stop()
  }
}

function toTable(rows: readonly Point[]): string {
  const head =
    '| | calls/s | offered | completed | failed | sent again | INVITE → 200, p50 / p99 | CPU a call | RSS |\n|---|---|---|---|---|---|---|---|---|'
  return `${head}\n${rows.map(toRow).join('\n')}\n\n${machine()}\n`
}

function toRow(point: Point): string {
  const { subject, what, offered, completed, failed, retransmissions, p50, p99, cpuUsPerCall, rssMb } = point
  const times = `${inMs(p50)} / ${inMs(p99)} ms`
  const cells = [subject, what, offered, completed, failed, retransmissions, times, `${cpuUsPerCall} µs`, `${rssMb} MB`]
  return `| ${cells.join(' | ')} |`
}

function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}, SIPp on the same machine.`
}
