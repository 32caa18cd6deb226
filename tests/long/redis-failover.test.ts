import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { queuePrefix } from '../../src/queue/queues.ts'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { answeredOf, lacking, outOfOrder, poppedAt, untilPanels } from '../support/faults.ts'
import { makeGateway, place, signOn, storesOf } from '../support/gateway.ts'
import { makeCluster, makeSentinels } from '../support/redis-shapes.ts'
import { until } from '../support/until.ts'

/*
 * Two gateways on a Redis of several servers. Calls come in at one, the handler's screen is at the other, so that every
 * pop, panel and job passes through whatever is being killed.
 */

const LOAD = { rate: 20, calls: 300 } as const
const BEFORE = 60

interface Room {
  readonly calls: GatewayProcess
  readonly handler: HandlerClient
}

async function makeRoom(t: Test, redisUrl: string): Promise<Room> {
  const calls = await makeGateway(t, { environment: { CALLBOX_REDIS_URL: redisUrl } })
  const folder = await mkdtemp(join(tmpdir(), 'callbox-second-'))
  const screens = await GatewayProcess.at(join(folder, 'data'))
  t.teardown(async () => {
    await screens.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const { databaseUrl } = await storesOf(calls)
  await screens.start({ environment: { CALLBOX_REDIS_URL: redisUrl, CALLBOX_DATABASE_URL: databaseUrl } })
  return { calls, handler: await signOn(t, screens) }
}

/** Every call of the switch is on the screen once, with its panels, whatever `fault` does meanwhile. */
async function keepsAll(t: Test, { calls, handler }: Room, fault: () => Promise<void>): Promise<void> {
  const sipp = place(calls, 'uac-999-call-expect-200', LOAD)
  await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
  await fault()
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], `no call of the switch failed: ${report.failed}`)
  const answered = answeredOf(report)
  t.equal(answered.size, LOAD.calls)
  const shown = () => [...poppedAt(handler), ...[...handler.snapshotPops].map(popId => popId.slice(2))]
  await until(() => {
    const missing = lacking(answered, shown())
    return missing.length === 0 ? '' : `${missing.length} of ${answered.size} have no pop, as ${missing[0]}`
  }, 30_000)
  t.same(lacking(poppedAt(handler), answered), [], 'no pop without a call')
  t.equal(poppedAt(handler).length, new Set(poppedAt(handler)).size, 'none twice')
  await untilPanels(handler, answered)
  t.comment(`figure: ${handler.snapshotPops.size} pops came in a snapshot, ${outOfOrder(handler).length} out of order`)
}

t.test('Sentinel: the master is killed under load', async t => {
  const group = await makeSentinels(t)
  const room = await makeRoom(t, group.url)
  await keepsAll(t, room, async () => (await group.master())?.end('SIGKILL'))
})

t.test('Sentinel: the master stands still under load, and comes back when another has its place', async t => {
  const group = await makeSentinels(t)
  const room = await makeRoom(t, group.url)
  await keepsAll(t, room, async () => {
    const frozen = await group.master()
    frozen?.signal('SIGSTOP')
    t.teardown(() => frozen?.signal('SIGCONT'))
    await until(async () => ((await group.master()) === frozen ? 'still the master' : ''))
    frozen?.signal('SIGCONT')
  })
})

t.test('Sentinel: every server and Sentinel is killed under load, and started again', async t => {
  const group = await makeSentinels(t)
  const room = await makeRoom(t, group.url)
  await keepsAll(t, room, async () => {
    await group.stop()
    for (const each of [...group.servers, ...group.sentinels]) await each.start()
  })
})

t.test('Cluster: the master that has the queue is killed under load', async t => {
  const cluster = await makeCluster(t, 6)
  const room = await makeRoom(t, cluster.url)
  await keepsAll(t, room, async () => (await cluster.masterOf(queuePrefix('gw'))).end('SIGKILL'))
})

t.test('Cluster: the master that has the handler’s log stands still under load', async t => {
  const cluster = await makeCluster(t, 6)
  const room = await makeRoom(t, cluster.url)
  await keepsAll(t, room, async () => {
    const key = 'gw:session:{tvp-h01}:log'
    const frozen = await cluster.masterOf(key)
    frozen.signal('SIGSTOP')
    t.teardown(() => frozen.signal('SIGCONT'))
    await until(async () => {
      const now = await cluster.findMasterOf(key)
      return now === undefined || now === frozen ? 'nobody has its place yet' : ''
    })
    frozen.signal('SIGCONT')
  })
})
