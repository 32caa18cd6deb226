import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after } from '../operations/lifecycle.ts'
import { PANEL_NAMES } from '../pop/pop.ts'
import { DEMO_PASSWORD } from './demo-data.ts'
import { GatewayProcess } from './gateway-process.ts'
import { HandlerClient } from './handler-client.ts'
import { inMs, Percentiles } from './percentiles.ts'
import { type SippReport, startSipp, toCallId } from './sipp-run.ts'
import { startSippServer } from './sipp-server.ts'

export interface MeasureOptions {
  /** Calls a second, one run each. */
  readonly rates: readonly number[]
  readonly seconds: number
  /** Desks signed on; calls go round them. */
  readonly desks: number
  readonly say: (text: string) => void
}

export interface Measured {
  readonly rate: number
  readonly calls: number
  readonly failed: number
  readonly answer: Percentiles
  readonly pop: Percentiles
  readonly panels: Percentiles
  /** Calls with no pop, or with more than one. */
  readonly wrong: number
  /** The same calls answered by SIPp itself, just before. */
  readonly reference: Percentiles
}

const SCENARIO = fileURLToPath(new URL('../../sipp-scenarios/uac-999-desks-expect-200.xml', import.meta.url))
const FIRST_DEVICE = 4_001
const CALL = { force: 'tvp', trunk: 'demo-switch' } as const
const WARM_UP = { rate: 50, calls: 400 } as const
const SETTLE_MS = 3_000
const REFERENCE_SECONDS = 5

/**
 * INVITE to bare pop and to last panel, at each rate, everything on this machine: SIPp, the gateway in its own
 * process with its stores, and the handlers' clients in this one. INVITE times are SIPp's own log, pop times the
 * client's journal; a call without its pop is infinitely late. The first calls warm up and are not counted.
 */
export async function measure({ rates, seconds, desks, say }: MeasureOptions): Promise<readonly Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-measure-'))
  // Run as root, the embedded PostgreSQL is another user, who must get in.
  await chmod(folder, 0o755)
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  const clients = makeClients(gateway.url, desks)
  const deskFile = join(folder, 'desks.csv')
  const lines = Array.from({ length: desks }, (_, at) => String(FIRST_DEVICE + at))
  await writeFile(deskFile, `SEQUENTIAL\n${lines.join('\n')}\n`)
  const place = (load: { rate: number; calls: number }, port: number) =>
    startSipp({ scenario: SCENARIO, host: '127.0.0.1', port, ...load, args: ['-inf', deskFile] }).done
  const results: Measured[] = []
  try {
    say('starting a gateway with its own stores and demo data …\n')
    await gateway.start()
    await Promise.all(clients.map(client => client.start()))
    say(`${desks} desks signed on; warming up …\n`)
    await place(WARM_UP, gateway.place.sipPort)
    for (const rate of rates) {
      say(`${rate} calls/s: reference (SIPp answers itself), then ${seconds} s into the gateway …\n`)
      const reference = await measureReference(rate, place)
      for (const client of clients) client.journal.splice(0)
      const report = await place({ rate, calls: rate * seconds }, gateway.place.sipPort)
      await settle()
      results.push({ rate, ...judge(report, clients), reference })
    }
    return results
  } finally {
    for (const client of clients) client.stop()
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The results as a table of Markdown, with the machine they were taken on. */
export function toTable(results: readonly Measured[]): string {
  const head = [
    '| calls/s | calls | failed | lost or doubled | SIPp itself, p50 / p99 | INVITE → 200 | INVITE → bare pop | INVITE → last panel |',
    '|---|---|---|---|---|---|---|---|'
  ]
  const pair = (values: Percentiles) => `${inMs(values.at(50))} / ${inMs(values.at(99))} ms`
  const rows = results.map(
    ({ rate, calls, failed, wrong, reference, answer, pop, panels }) =>
      `| ${[rate, calls, failed, wrong, pair(reference), pair(answer), pair(pop), pair(panels)].join(' | ')} |`
  )
  const [cpu] = cpus()
  return `${[...head, ...rows].join('\n')}\n\n${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}; p50 / p99.\n`
}

function makeClients(url: string, desks: number): HandlerClient[] {
  return Array.from({ length: desks }, (_, at) => {
    const desk = String(at + 1).padStart(2, '0')
    return new HandlerClient({ url, handler: `tvp-h${desk}`, password: DEMO_PASSWORD, position: `tvp-d${desk}` })
  })
}

async function measureReference(
  rate: number,
  place: (load: { rate: number; calls: number }, port: number) => Promise<SippReport>
): Promise<Percentiles> {
  const server = await startSippServer()
  try {
    return answers(await place({ rate, calls: rate * REFERENCE_SECONDS }, server.port))
  } finally {
    await server.stop()
  }
}

function answers({ calls }: SippReport): Percentiles {
  const answer = new Percentiles()
  for (const { inviteAt, okAt } of calls.values()) {
    if (okAt === undefined) answer.addLost()
    else answer.add(okAt - inviteAt)
  }
  return answer
}

/** Joins SIPp's log with the clients' journals by the id of each call. */
function judge(report: SippReport, clients: readonly HandlerClient[]): Omit<Measured, 'rate' | 'reference'> {
  const pops = new Map<string, number[]>()
  const panels = new Map<string, Map<string, number>>()
  for (const { journal } of clients) {
    for (const { at, ev } of journal) {
      if (ev.type === 'call.pop') pops.set(ev.call, [...(pops.get(ev.call) ?? []), at])
      if (ev.type !== 'call.panel') continue
      const of = panels.get(ev.call) ?? new Map<string, number>()
      if (!of.has(ev.data.panel)) of.set(ev.data.panel, at)
      panels.set(ev.call, of)
    }
  }
  const pop = new Percentiles()
  const last = new Percentiles()
  let wrong = 0
  for (const call of report.calls.values()) {
    const callId = toCallId(call, CALL)
    const [first, ...more] = pops.get(callId) ?? []
    if (first === undefined) pop.addLost()
    else pop.add(first - call.inviteAt)
    if (first === undefined || more.length > 0) wrong += 1
    const landed = [...(panels.get(callId)?.values() ?? [])]
    if (landed.length < PANEL_NAMES.length) last.addLost()
    else last.add(Math.max(...landed) - call.inviteAt)
  }
  return { calls: report.calls.size, failed: report.failed, answer: answers(report), pop, panels: last, wrong }
}

function settle(): Promise<void> {
  return new Promise(done => {
    after(SETTLE_MS, done)
  })
}
