import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { startSipp } from '../../src/simulator/sipp-run.ts'
import { answeredOf, poppedAt, untilPanels, untilPopped } from '../support/faults.ts'
import { scenario } from '../support/gateway.ts'
import { isAlive } from '../support/processes.ts'
import { findTestStores, STORES_FOLDER } from '../support/stores.ts'
import { until } from '../support/until.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

interface Row {
  readonly pid: number
  readonly url: string
  readonly sipPort: number
}

/** `callbox cluster` as a person starts it, with what it prints and what is typed. */
class Cluster {
  readonly #child: ChildProcess
  output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString('utf8')
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
  }

  /** What was printed last of this process. */
  row(id: string): Row {
    const lines = this.output.split('\n').filter(line => line.startsWith(`  ${id}  `))
    const [, pid, rest = ''] = /pid (\d+) {2}(.*)$/.exec(lines.at(-1) ?? '') ?? []
    return {
      pid: Number(pid),
      url: /^(http:\S+?)\/?(?:\s|$)/.exec(rest)?.[1] ?? '',
      sipPort: Number(/SIP \S+:(\d+)/.exec(rest)?.[1])
    }
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async says(text: RegExp, within = 120_000): Promise<void> {
    await until(() => {
      if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.output}`)
      return text.test(this.output) ? '' : `not said yet: ${text}\n${this.output.slice(-500)}`
    }, within)
  }

  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGINT')
    await ended
    return this.#child.exitCode
  }
}

async function startCluster(t: Test): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-cluster-'))
  await chmod(folder, 0o755)
  // Debian's Redis has been fetched for the tests' own stores already.
  await findTestStores()
  const fetched = join(STORES_FOLDER, 'redis/debian')
  await mkdir(join(folder, 'data/cluster/redis'), { recursive: true })
  if (existsSync(fetched))
    await cp(fetched, join(folder, 'data/cluster/redis/debian'), { recursive: true, verbatimSymlinks: true })
  const child = spawn(process.execPath, [MAIN, 'cluster', '--free-ports', '--no-calls'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], CALLBOX_DATA_DIR: join(folder, 'data') }
  })
  const cluster = new Cluster(child)
  t.teardown(async () => {
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  })
  await cluster.says(/Ctrl-C ends all of it/)
  return cluster
}

async function signOn(t: Test, { url }: Row, desk: number): Promise<HandlerClient> {
  const at = String(desk).padStart(2, '0')
  const position = `tvp-d${at}`
  const client = new HandlerClient({ url, handler: `tvp-h${at}`, password: DEMO_PASSWORD, position })
  t.teardown(() => client.stop())
  await client.start()
  return client
}

function call({ sipPort }: Row, calls: number) {
  const target = { host: '127.0.0.1', port: sipPort }
  return startSipp({ scenario: scenario('uac-999-call-expect-200'), ...target, rate: 10, calls }).done
}

t.test('one command: two gateways, two workers and their stores, and calls go on whatever is killed', async t => {
  const cluster = await startCluster(t)
  const [first, second] = [cluster.row('g1'), cluster.row('g2')]
  // The calls ring at the first desk; its handler's console is at the second gateway.
  const handler = await signOn(t, second, 1)
  const all = new Set<string>()
  const placeAt = async (gateway: Row, calls: number, what: string) => {
    const report = await call(gateway, calls)
    t.same([report.exitCode, report.failed], [0, 0], what)
    const answered = answeredOf(report)
    for (const callId of answered) all.add(callId)
    await untilPopped(handler, answered)
    await untilPanels(handler, answered)
  }
  await placeAt(first, 20, 'calls at gateway 1 pop with panels at a handler of gateway 2')

  process.kill(first.pid, 'SIGKILL')
  await cluster.says(/Gateway 1 has ended \(SIGKILL\)/)
  await placeAt(second, 20, 'gateway 1 is dead: calls go to the other, and its handlers see them')

  cluster.type('d1')
  await cluster.says(/Redis 1 has ended/)
  await placeAt(second, 40, 'the Redis master is dead: nothing fails')

  cluster.type('w1')
  await cluster.says(/Worker 1 has ended/)
  cluster.type('r')
  await cluster.says(/started again/)
  const back = cluster.row('g1')
  t.not(back.pid, first.pid)
  await placeAt(back, 20, 'gateway 1 is back: its calls pop as before')
  t.equal(poppedAt(handler).length, all.size, 'each pop once')

  const pids = ['g1', 'g2', 'w1', 'w2', 'd1', 'd2', 'd3', 's1', 's2', 's3'].map(id => cluster.row(id).pid)
  for (const pid of pids) t.ok(await isAlive(pid), `${pid} runs`)
  t.equal(await cluster.stop(), 0)
  for (const pid of pids) t.notOk(await isAlive(pid), `${pid} has ended with it`)
})
