/*
 * Calls of a switch that posts them: `node tests/bench/switch-events.ts [options]`. Calls come by the clock, whatever becomes of
 * those before, and each is over two seconds later. One post goes after another, with all that has happened since; timed from
 * when the call was due until its pop is at a handler's client. Beside it a bare process that hands what is posted to a
 * WebSocket and keeps nothing.
 *
 *   --cps 200      calls a second; twice as many posts
 *   --seconds 30
 *   --desks 40
 *   --json FILE    the figures; default report/bench-switch-events.json
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { makeCallId, toLinkSwitchCallId } from '../../src/call/ids.ts'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import { after, interval } from '../../src/operations/lifecycle.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { WebhookSwitch } from '../../src/simulator/webhook-switch.ts'
import { MAX_EVENTS } from '../../src/switches/webhook/switch-batch.ts'
import { until } from '../support/until.ts'
import { toFigures } from './closed-loop.ts'
import type { Figures, Table } from './table.ts'

const { values } = parseArgs({
  options: {
    cps: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    desks: { type: 'string', default: '40' },
    json: { type: 'string', default: 'report/bench-switch-events.json' }
  }
})
const [cps, seconds, desks] = [Number(values.cps), Number(values.seconds), Number(values.desks)]
const WARM_UP_SECONDS = 5
const HOLD_MS = 2_000
const TICK_MS = 2
const WITHIN_MS = 60_000
const WHAT = `${cps} a second, post to pop`

let untaken = 0

interface Line {
  readonly post: (events: readonly object[]) => Promise<unknown>
  /** What a pop names its call by. */
  readonly nameOf: (call: string) => string
  onPop: (name: string, at: number) => void
}

const rows = [...(await withGateway()), ...(await withBareHook())]
const table: Table = {
  rows,
  notes: [
    'The gateway, its stores, the switch and the handlers share two cores. Every post is signed, and answered when the journal has it. CPU is that of the switch and the handlers together.'
  ]
}
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

async function withGateway(): Promise<Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  await chmod(folder, 0o755)
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  const clients: HandlerClient[] = []
  try {
    const secret = Buffer.from(randomBytes(32).toString('base64url'))
    await gateway.start({ config: await makeConfig(folder, secret) })
    const acd = new WebhookSwitch({ url: gateway.url, name: 'acd', secret, epoch: 'bench' })
    await acd.post({ type: 'snapshot', calls: [] })
    const day = Date.now()
    const line: Line = {
      post: async events => {
        const { status, body } = await acd.post(...events)
        if (status !== 200 || body.wants !== undefined) throw new Error(`answered ${status} ${JSON.stringify(body)}`)
      },
      nameOf: call =>
        makeCallId({
          ...{ force: 'tvp', trunk: 'acd', switchCallId: toLinkSwitchCallId(call), firstSeenAt: day, occurrence: 0 }
        }),
      onPop: () => {}
    }
    for (let n = 1; n <= desks; n++) {
      const client = clientAt(gateway.url, n, line)
      clients.push(client)
      await client.start()
    }
    return [{ subject: 'Callbox', what: WHAT, ...(await drive(line)) }]
  } finally {
    for (const client of clients) client.stop()
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeConfig(folder: string, secret: Buffer): Promise<string> {
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8')) as object
  const secretFile = join(folder, 'secret')
  await writeFile(secretFile, secret, { mode: 0o600 })
  const numbers = [{ number: '999', line: '999', force: 'tvp' }]
  const path = join(folder, 'demo.json')
  const link = { id: 'acd', kind: 'webhook', secretFile, numbers, batchesPerSecond: 10_000 }
  await writeFile(path, JSON.stringify({ ...demo, switches: [link] }))
  return path
}

function clientAt(url: string, n: number, line: Line): HandlerClient {
  const at = String(n).padStart(2, '0')
  return new HandlerClient({
    ...{ url, handler: `tvp-h${at}`, password: DEMO_PASSWORD, position: `tvp-d${at}` },
    onEvent: ({ at, ev }) => {
      if (ev.type === 'call.pop') line.onPop(ev.call, at)
    }
  })
}

async function withBareHook(): Promise<Figures[]> {
  const hook = spawn(process.execPath, [fileURLToPath(new URL('bare-hook.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  try {
    const port = await new Promise<number>(done => hook.stdout.once('data', chunk => done(Number(String(chunk)))))
    const url = `http://127.0.0.1:${port}/`
    const line: Line = {
      post: async events => {
        const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ events }) })
        await answer.text()
      },
      nameOf: call => call,
      onPop: () => {}
    }
    const socket = new WebSocket(url.replace('http', 'ws'))
    socket.on('message', data => {
      const { type, call } = JSON.parse(data.toString()) as { type: string; call: string }
      if (type === 'offered') line.onPop(call, performance.timeOrigin + performance.now())
    })
    await new Promise(done => socket.once('open', done))
    const figures = await drive(line)
    socket.terminate()
    return [{ subject: 'bare Node, post to socket', what: WHAT, isReference: true, ...figures }]
  } finally {
    hook.kill('SIGTERM')
  }
}

/** By the clock; the first seconds are not counted. What did not pop in time is lost, and so is what was not taken. */
async function drive(line: Line): Promise<Omit<Figures, 'subject' | 'what'>> {
  const [skipped, count] = [WARM_UP_SECONDS * cps, (WARM_UP_SECONDS + seconds) * cps]
  const times = new Percentiles()
  const waiting = new Map<string, number>()
  line.onPop = (name, at) => {
    const due = waiting.get(name)
    if (due === undefined) return
    waiting.delete(name)
    times.add(at - due)
  }
  let cpuBefore = process.cpuUsage()
  let posted = 0
  let ended = 0
  const tell = makeTeller(line)
  const startedAt = performance.timeOrigin + performance.now()
  const dueAt = (n: number) => startedAt + (n / cps) * 1_000
  const stop = interval(() => {
    for (; posted < count && dueAt(posted) <= performance.timeOrigin + performance.now(); posted++) {
      if (posted === skipped) cpuBefore = process.cpuUsage()
      const call = `b${process.pid}-${posted}`
      if (posted >= skipped) waiting.set(line.nameOf(call), dueAt(posted))
      const device = String(4_001 + (posted % desks))
      const from = `+447700900${String(posted % 1_000).padStart(3, '0')}`
      tell({ type: 'offered', call, to: '999', from, device })
      after(HOLD_MS, () => {
        ended += 1
        tell({ type: 'released', call })
      })
    }
  }, TICK_MS)
  await until(
    () => (ended === count && waiting.size === 0 ? '' : `${waiting.size} wait`),
    seconds * 1_000 + WITHIN_MS
  ).catch(() => {})
  stop()
  for (const _ of waiting) times.addLost()
  process.stdout.write(
    `p50 ${times.at(50).toFixed(1)}, p99 ${times.at(99).toFixed(1)} ms, ${waiting.size} of ${count - skipped} lost\n`
  )
  return toFigures(times, seconds, cpuBefore)
}

/** One post after another, each with all that has happened since the one before it. */
function makeTeller(line: Line): (event: object) => void {
  const waiting: object[] = []
  let isUnderWay = false
  const run = async () => {
    isUnderWay = true
    while (waiting.length > 0) {
      await line.post(waiting.splice(0, MAX_EVENTS)).catch(thrown => {
        untaken += 1
        if (untaken < 5) process.stderr.write(`not taken: ${thrown}\n`)
      })
    }
    isUnderWay = false
  }
  return event => {
    waiting.push(event)
    if (!isUnderWay) void run()
  }
}
