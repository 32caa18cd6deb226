/*
 * One call offered to a whole room: `node tests/bench/fan-out.ts [options]`. A call to 999 at no desk goes to everybody
 * who takes that line, through the log of each in Redis, so that nobody who is away a moment misses it. Beside it a bare
 * `ws` server sends a text of the same length to as many sockets in a loop. From the INVITE, or the order to broadcast, to
 * each console.
 *
 *   --sockets 1000,10000   rooms
 *   --calls 10             in each, one after the other
 *   --json FILE            the figures; default report/bench-fan-out.json
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { SipCaller } from '../../src/simulator/sip-caller.ts'
import { until } from '../support/until.ts'
import { openBare } from './bare-sockets.ts'
import { Crowd, desks, now, pause, signOnAll } from './crowd.ts'
import { cpuMsOf } from './subjects.ts'
import type { Figures, Table } from './table.ts'

const OPEN_RATE = 400
const OPEN_WITHIN_MS = 300_000
/** What has not come by then is lost. */
const CAME_WITHIN_MS = 10_000
const LOOK_MS = 250
/** Before the first, and after each: what a room says when a call is over is no part of the next one. */
const QUIET_MS = 2_000
const NUMBER = '+447700900123'

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '1000,10000' },
    calls: { type: 'string', default: '10' },
    json: { type: 'string', default: 'report/bench-fan-out.json' }
  }
})
const rooms = values.sockets.split(',').map(Number)
const calls = Number(values.calls)

/** What came of broadcasts: each console's time, and CPU of whoever sent. */
interface Spread {
  readonly times: Percentiles
  readonly lastMs: readonly number[]
  readonly cpuMs: number
  readonly bytes: number
}

const rows: Figures[] = []
const notes: string[] = []
for (const sockets of rooms) {
  const what = `${sockets.toLocaleString('en-GB')} sockets`
  say(`${what}: a gateway …`)
  const ours = await ofGateway(sockets)
  say(`${what}: a bare broadcast of ${ours.bytes} bytes …`)
  const bare = await ofBare(sockets, ours.bytes)
  rows.push(toFigures(ours, { subject: 'Callbox', what }))
  rows.push(toFigures(bare, { subject: 'ws, bare broadcast', what, isReference: true }))
  notes.push(
    `${what}, a message of ${ours.bytes} bytes: the last console had it after ${middle(ours.lastMs)} ms, by the bare broadcast after ${middle(bare.lastMs)} ms (medians of ${calls}).`
  )
}
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify({ rows, notes } satisfies Table, null, 1)}\n`)

async function ofGateway(sockets: number): Promise<Spread> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  await chmod(folder, 0o755)
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  let [crowd, caller]: [Crowd | undefined, SipCaller | undefined] = [undefined, undefined]
  try {
    await gateway.start()
    await signOnAll(gateway.url, desks('room', sockets))
    const room = new Crowd({
      ...{ url: gateway.url, secretPath: join(gateway.place.dataDir, 'session-secret'), prefix: 'bench-room-' },
      ...{ count: sockets, openRate: OPEN_RATE, isSpread: true }
    })
    crowd = room
    room.order('open')
    await until(() => (room.live === sockets ? '' : `${room.live} of ${sockets} are live`), OPEN_WITHIN_MS)
    caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
    await caller.start()
    await pause(QUIET_MS)
    const pid = gateway.pid ?? 0
    const place = () => caller?.place({ ddi: '999', asserted: NUMBER, shown: NUMBER })
    return await drive(sockets, pid, async () => {
      const at = now()
      const call = place()
      const came = await untilAll(sockets, () => room.spread())
      call?.hangUp()
      return { at, ...came }
    })
  } finally {
    crowd?.stop()
    await caller?.stop()
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function ofBare(sockets: number, bytes: number): Promise<Spread> {
  const bare = await openBare({ sockets, bytes, openRate: OPEN_RATE })
  try {
    await pause(QUIET_MS)
    return await drive(sockets, bare.serverPid, async () => {
      const at = await bare.broadcast()
      return { at, ...(await untilAll(sockets, async () => ({ times: await bare.times(), bytes }))) }
    })
  } finally {
    bare.stop()
  }
}

/** Once to warm up, then so many times. */
async function drive(
  sockets: number,
  pid: number,
  once: () => Promise<{ readonly at: number; readonly times: readonly number[]; readonly bytes: number }>
): Promise<Spread> {
  const times = new Percentiles()
  const lastMs: number[] = []
  let [cpuMs, bytes] = [0, 0]
  for (let round = 0; round <= calls; round++) {
    const before = await cpuMsOf(pid)
    const came = await once()
    // All that a call costs whoever sends it, its end among it.
    await pause(QUIET_MS)
    const spent = (await cpuMsOf(pid)) - before
    if (round === 0) continue
    cpuMs += spent
    bytes = came.bytes
    for (const time of came.times) times.add(time - came.at)
    for (let missing = came.times.length; missing < sockets; missing++) times.addLost()
    lastMs.push(came.times.length < sockets ? Number.POSITIVE_INFINITY : Math.max(...came.times) - came.at)
  }
  return { times, lastMs, cpuMs, bytes }
}

async function untilAll(
  sockets: number,
  ask: () => Promise<{ readonly times: readonly number[]; readonly bytes: number }>
): Promise<{ readonly times: readonly number[]; readonly bytes: number }> {
  const times: number[] = []
  let bytes = 0
  const until = now() + CAME_WITHIN_MS
  while (times.length < sockets && now() < until) {
    await pause(LOOK_MS)
    const came = await ask()
    times.push(...came.times)
    bytes = came.bytes
  }
  return { times, bytes }
}

function toFigures(spread: Spread, words: Pick<Figures, 'subject' | 'what' | 'isReference'>): Figures {
  const { times, cpuMs } = spread
  const at = (percent: number) => (Number.isFinite(times.at(percent)) ? times.at(percent) : 'lost')
  const { count, lost } = times
  return { ...words, count, lost, p50: at(50), p99: at(99), cpuUs: (cpuMs * 1_000) / Math.max(1, count) }
}

function middle(values: readonly number[]): string {
  const value = [...values].sort((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-GB') : '∞'
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
