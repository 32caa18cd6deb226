import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { GatewayProcess, GatewayStart } from '../../src/simulator/gateway-process.ts'
import { makeGateway } from '../support/gateway.ts'

interface Line {
  readonly event?: string
  readonly status?: number
  readonly reason?: string
}

async function linesOf({ place }: GatewayProcess): Promise<Line[]> {
  const text = await readFile(join(place.dataDir, 'gateway.log'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
}

/** What becomes of a gateway at SIGUSR2. */
function at(run: string): GatewayStart {
  // Node takes the quotes out of its options.
  const module = Buffer.from(`process.on('SIGUSR2', () => ${run})`).toString('base64')
  return { environment: { NODE_OPTIONS: `--import=data:text/javascript;base64,${module}` } }
}

async function endedBy(t: Test, signal: NodeJS.Signals, start: GatewayStart = {}) {
  const gateway = await makeGateway(t, start)
  const how = new Promise<string>(done => gateway.onEnd(done))
  process.kill(gateway.pid ?? 0, signal)
  return { gateway, how: await how, last: (await linesOf(gateway)).at(-1) }
}

t.test('a gateway whose terminal goes away drains, and the last line of its log says so', async t => {
  const { how, last } = await endedBy(t, 'SIGHUP', { environment: { CALLBOX_LOG_LEVEL: 'info' } })
  t.equal(how, 'code 0')
  t.match(last, { event: 'process.end', status: 0, reason: 'SIGHUP, drained' })
})

t.test('a gateway with nothing left to do ends as a bug, not as if it had been asked to', async t => {
  const { gateway, how, last } = await endedBy(t, 'SIGUSR2', at('process.emit("beforeExit",0)'))
  t.equal(how, 'code 70')
  t.match(last, { event: 'process.end', status: 70, reason: 'a bug' })
  const bug = (await linesOf(gateway)).find(({ event }) => event === 'process.bug')
  t.ok(bug !== undefined, 'with its reason')
})

t.test('an end that comes from elsewhere is said too', async t => {
  const { gateway, how, last } = await endedBy(t, 'SIGUSR2', at('process.exit(3)'))
  t.equal(how, 'code 3')
  t.match(last, { event: 'process.end', status: 3, reason: 'nobody said why' })
  t.ok(gateway.hasSaid('the process ends with 3, and nobody said why'))
})

t.test('of one that was killed the next one tells, and of one that stopped it does not', async t => {
  const gateway = await makeGateway(t)
  // The log is complete when a process has stopped, and not before.
  const toldByNext = async () => {
    await gateway.start()
    await gateway.stop()
    return (await linesOf(gateway)).filter(({ event }) => event === 'process.before').length
  }
  await gateway.kill()
  t.equal(await toldByNext(), 1)
  t.equal(await toldByNext(), 1)
})
