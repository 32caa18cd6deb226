/*
 * Whether what the units say costs the calls anything: `node tests/bench/units-feed.ts [options]`. A gateway with its stores, a
 * radio that says where 10,000 units are every second, and the load kit's calls, in turn with the radio silent and with it
 * speaking.
 *
 *   --pairs 2        of silent and speaking
 *   --cps 20         calls a second
 *   --seconds 20     of each half
 *   --units 10000    units, and as many words a second
 *   --json FILE      the figures; default report/bench-units-feed.json
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { Figures, Table } from './table.ts'
import { fromLoad } from './to-table.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '2' },
    cps: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    units: { type: 'string', default: '10000' },
    json: { type: 'string', default: 'report/bench-units-feed.json' }
  }
})
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const TOKEN = createHash('sha256').update(randomBytes(32)).digest('base64url')

const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
await chmod(folder, 0o755)
const gateway = await GatewayProcess.at(join(folder, 'data'))
try {
  await gateway.start({ config: await makeConfig() })
  const rows: Figures[] = []
  const [said, unsaid] = [
    `beside ${Number(values.units).toLocaleString('en-GB')} words of units a second`,
    'nothing beside'
  ]
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    rows.push(...(await half(unsaid)))
    rows.push(...(await speaking(() => half(said))))
  }
  const table: Table = {
    rows,
    notes: [
      'The gateway, its stores, SIPp, the handlers and the radio share two cores. Words are taken when they are in memory.'
    ]
  }
  await mkdir(dirname(values.json), { recursive: true })
  await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)
} finally {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
}

/** The demo's, in which a radio of Thames Valley may send so many batches. */
async function makeConfig(): Promise<string> {
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8')) as { records?: object }
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, TOKEN, { mode: 0o600 })
  const records = { batchesPerSecond: 100, senders: [{ force: 'tvp', source: 'Radio', kinds: ['units'], tokenFile }] }
  const path = join(folder, 'demo.json')
  await writeFile(path, JSON.stringify({ ...demo, records }))
  return path
}

/** Calls for a while; the lines of the load kit that are about pops. */
async function half(beside: string): Promise<Figures[]> {
  const out = join(folder, 'load')
  const { httpPort, sipPort } = gateway.place
  const target = ['--target', `http://127.0.0.1:${httpPort}`, '--sip', `127.0.0.1:${sipPort}`]
  const { cps, seconds } = values
  const asked = [
    '--cps',
    cps,
    '--handlers',
    '40',
    '--seconds',
    seconds,
    '--warm-up',
    '5',
    '--judge',
    'loss',
    '--no-reference'
  ]
  const child = spawn(process.execPath, [file('../../src/main.ts'), 'load', ...target, ...asked, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit']
  })
  await new Promise(done => child.on('close', done))
  const { rows } = fromLoad(JSON.parse(await readFile(join(out, 'load.json'), 'utf8')))
  const shown = rows.filter(({ subject, what }) => /bare pop|all panels/.test(`${subject} ${what}`))
  for (const { subject, what, p50, p99 } of shown)
    process.stdout.write(`${beside}: ${subject} ${what} ${p50} / ${p99} ms\n`)
  return shown.map(row => ({ ...row, what: `${row.what}, ${beside}` }))
}

async function speaking(work: () => Promise<Figures[]>): Promise<Figures[]> {
  const radio = spawn(process.execPath, [file('radio.ts'), gateway.url, TOKEN, values.units, values.units], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  radio.stdout.setEncoding('utf8').on('data', chunk => {
    output += chunk
  })
  const ended = new Promise(done => radio.on('close', done))
  const rows = await work()
  radio.kill('SIGTERM')
  await ended
  const { sent, taken, refused, startedAt, endedAt } = JSON.parse(output) as Record<string, number>
  const perSecond = (1_000 * (taken ?? 0)) / ((endedAt ?? 0) - (startedAt ?? 0))
  process.stdout.write(`units: ${taken} of ${sent} taken, ${Math.round(perSecond)} a second, ${refused} refused\n`)
  return [
    ...rows,
    { subject: 'Callbox', what: 'words of units', count: sent ?? 0, lost: (sent ?? 0) - (taken ?? 0), perSecond }
  ]
}
