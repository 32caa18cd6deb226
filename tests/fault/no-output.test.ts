import { rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { poppedAt } from '../support/faults.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { childrenOf, isAlive } from '../support/processes.ts'
import { until } from '../support/until.ts'

t.test('a terminal that goes away stops nothing, and the gateway still drains with its stores', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const children = await childrenOf(gateway.pid ?? 0)
  gateway.hangUp()
  const report = await place(gateway, 'uac-999-call-expect-200', { calls: 20, rate: 20 }).done
  t.equal(report.failed, 0)
  await until(() => (poppedAt(handler).length === 20 ? '' : `${poppedAt(handler).length} pops`))
  t.equal(await gateway.stop(), 0)
  for (const [pid, command] of children) t.notOk(await isAlive(pid), `${command} has ended`)
})

t.test('a log on a full disk costs lines, no call', async t => {
  const gateway = await makeGateway(t)
  await gateway.stop()
  const log = join(gateway.place.dataDir, 'gateway.log')
  await rm(log)
  await symlink('/dev/full', log)
  await gateway.start({ environment: { CALLBOX_LOG_LEVEL: 'debug' } })
  const handler = await signOn(t, gateway)
  const report = await place(gateway, 'uac-999-call-expect-200', { calls: 100, rate: 50 }).done
  t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
  await until(() => (poppedAt(handler).length === 100 ? '' : `${poppedAt(handler).length} pops`))
  t.ok(gateway.hasSaid('the log cannot be written'), 'and whoever looks is told')
  t.equal(await gateway.stop(), 0)
})
