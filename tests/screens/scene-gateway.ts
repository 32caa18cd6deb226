import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import { makeDemoData } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { SipCaller } from '../../src/simulator/sip-caller.ts'
import { makeService, PASSWORD, USER } from '../support/eisec.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { metricOf } from '../support/gateways.ts'
import { until } from '../support/until.ts'
import { startSystems, type UpstreamProcess } from '../support/upstream-processes.ts'

/** The demo's seed, which `callbox demo` has by itself. */
const SEED = 7
const BREAKER_PAUSE_MS = 60_000

export interface SceneGateway {
  readonly gateway: GatewayProcess
  readonly caller: SipCaller
  /** The force's own systems beside the record, by their id. */
  readonly systems: ReadonlyMap<string, UpstreamProcess>
  /** Epoch ms that the demo data were made for: all of it is told by ages from there. */
  readonly dataMadeAt: number
}

/** A gateway with the demo's data, EISEC and systems, and a switch that places what a scene asks for and nothing else. */
export async function makeSceneGateway(t: Test): Promise<SceneGateway> {
  const { path, systems } = await writeConfig(t)
  const gateway = await makeGateway(t, { config: path })
  const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
  await caller.start()
  t.teardown(() => caller.stop())
  await until(async () => ((await metricOf(gateway, 'gw_eisec_up')) === 1 ? '' : 'not logged on at EISEC'))
  return { gateway, caller, systems, dataMadeAt: await readDataMadeAt(t, gateway) }
}

async function writeConfig(t: Test) {
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  const { sources, systems } = await startSystems(t, demo.sources, { pauseMs: BREAKER_PAUSE_MS })
  const { sites } = await makeService(t)
  const logOn = { id: 'demo', user: USER, password: PASSWORD }
  const eisec = { logOns: [{ ...logOn, sites: sites.map(({ port }) => ({ host: '127.0.0.1', port })) }] }
  const path = join(t.testdir(), 'scenes.json')
  await writeFile(path, JSON.stringify({ ...demo, sources, eisec }))
  return { path, systems }
}

/** The first person of the record against the same person of the same seed. */
async function readDataMadeAt(t: Test, gateway: GatewayProcess): Promise<number> {
  const [first] = makeDemoData(SEED, 0).people
  const record = await openRecord(t, gateway)
  const { rows } = await record.query('select as_of from person where name = $1 order by person_id limit 1', [
    first?.name
  ])
  return Number(rows[0].as_of) - (first?.asOf ?? 0)
}
