import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { WorkerProcess } from '../../src/simulator/worker-process.ts'
import { answeredOf, panelsAt, poppedAt, untilPanels, untilPopped, watchLevels } from '../support/faults.ts'
import { makeGateway, place, signOn, storesOf } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 10, calls: 120 } as const

/** The demo's config, its lookups left to workers. */
async function makeConfig(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-workers-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'demo.json')
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  await writeFile(path, JSON.stringify({ ...demo, worker: { ...demo.worker, inGateway: false } }))
  return path
}

async function startWorker(t: Test, gateway: GatewayProcess, config: string): Promise<WorkerProcess> {
  const worker = await WorkerProcess.make()
  t.teardown(() => worker.stop())
  await worker.start({ ...(await storesOf(gateway)), config })
  return worker
}

t.test('two workers, one killed under load: every pop has its panels, which the workers made', async t => {
  const config = await makeConfig(t)
  const gateway = await makeGateway(t, { config })
  const [first] = [await startWorker(t, gateway, config), await startWorker(t, gateway, config)]
  const handler = await signOn(t, gateway)
  const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
  await until(() => (poppedAt(handler).length >= 40 ? '' : `${poppedAt(handler).length} pops`))
  await first.kill()
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], `no call of the switch failed: ${report.lastWords}`)
  const answered = answeredOf(report)
  await untilPopped(handler, answered)
  t.equal(poppedAt(handler).length, LOAD.calls, 'each pop once')
  await untilPanels(handler, answered)
  const statuses = new Set([...panelsAt(handler).values()].flatMap(panels => [...panels.values()].map(p => p.status)))
  t.notOk(statuses.has('failed'), 'and no panel is one that was given up')
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  t.notMatch(metrics, /^gw_lookups_total\{/m, 'the gateway itself asked no source')
})

t.test('no worker is left: the gateway says so and makes the panels itself, until one comes back', async t => {
  const config = await makeConfig(t)
  const gateway = await makeGateway(t, { config })
  const worker = await startWorker(t, gateway, config)
  const handler = await signOn(t, gateway)
  const levels = watchLevels(t, gateway)
  await levels.until(0)
  await worker.kill()
  await levels.until(1)
  const report = await place(gateway, 'uac-999-call-expect-200', { rate: 20, calls: 40 }).done
  const answered = answeredOf(report)
  t.equal(answered.size, 40)
  await untilPanels(handler, answered)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  t.match(metrics, /^gw_lookups_total\{/m, 'the gateway asked the sources')
  await startWorker(t, gateway, config)
  await levels.until(0)
})

t.test('a worker without an address of its stores says what it needs, and starts none', async t => {
  const worker = await WorkerProcess.make()
  const failed = await worker.start({ redisUrl: '', databaseUrl: '', config: DEMO_CONFIG }).catch(String)
  t.match(failed, /worker\.no-stores/)
})
