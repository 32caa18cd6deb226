import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { childrenOf, isAlive } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** Command lines of processes that name this folder. */
async function commandsNaming(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir('/proc')) {
    const line = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : ''
    if (line.includes(folder)) found.push(line.replaceAll('\0', ' ').slice(0, 120))
  }
  return found
}

t.test('the first signal drains: screens are told to come back, and both stores end with the gateway', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const children = await childrenOf(gateway.pid ?? 0)
  t.same([...children.values()].sort(), ['postgres', 'redis-server'], 'both stores are children of the gateway')
  const report = await place(gateway, 'uac-999-call-expect-200', { calls: 5, rate: 50 }).done
  t.equal(report.failed, 0)
  t.equal(await gateway.stop(), 0, 'a drained gateway ends with 0')
  t.same(handler.closes, [1012], 'the screen was told that this is a restart')
  for (const [pid, command] of children) t.notOk(await isAlive(pid), `${command} has ended`)
})

t.test('the second signal stops at once, with a store that does not end', async t => {
  const gateway = await makeGateway(t)
  const { pid = 0 } = gateway
  const children = await childrenOf(pid)
  const [redis = 0] = [...children].filter(([, command]) => command === 'redis-server').map(([child]) => child)
  const [postgres = 0] = [...children].filter(([, command]) => command === 'postgres').map(([child]) => child)
  process.kill(redis, 'SIGSTOP')
  t.teardown(async () => {
    process.kill(redis, 'SIGCONT')
    process.kill(redis, 'SIGTERM')
    if (await isAlive(postgres)) process.kill(postgres, 'SIGINT')
    await until(async () => ((await isAlive(redis)) || (await isAlive(postgres)) ? 'a store is still there' : ''))
  })
  const stopped = gateway.stop()
  await until(() => (gateway.hasSaid('draining') ? '' : 'it has not heard the signal'))
  // The same signal within a moment is one keystroke passed on twice; a person's second one comes later.
  let isGone = false
  void stopped.then(() => {
    isGone = true
  })
  await until(() => (isGone || !process.kill(pid, 'SIGTERM') ? '' : 'it still drains'))
  t.equal(await stopped, 143, 'ended by the signal')
})

t.test('a signal while it is starting stops what has started by then', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-test-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  const started = gateway.start().catch(() => undefined)
  await until(async () => {
    const { pid } = gateway
    return pid !== undefined && (await childrenOf(pid)).size > 0 ? '' : 'no store has been started yet'
  })
  t.equal(await gateway.stop(), 0)
  await started
  t.same(await commandsNaming(folder), [], 'no server is left on its data')
})
