import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { answeredOf, poppedAt, untilPanels, untilPopped } from '../support/faults.ts'
import { makeGateway, place, signOn, storesOf } from '../support/gateway.ts'

const LOAD = { rate: 20, calls: 200 } as const

/** A second gateway on the stores of the first. */
async function beside(t: Test, first: GatewayProcess): Promise<GatewayProcess> {
  const own = await mkdtemp(join(tmpdir(), 'callbox-second-'))
  const second = await GatewayProcess.at(join(own, 'data'))
  t.teardown(async () => {
    await second.stop()
    await rm(own, { recursive: true, force: true })
  })
  const { redisUrl, databaseUrl } = await storesOf(first)
  await second.start({ environment: { CALLBOX_REDIS_URL: redisUrl, CALLBOX_DATABASE_URL: databaseUrl } })
  return second
}

t.test(
  'two gateways on one record: calls at one, the handler at the other, and every pop and panel arrives',
  async t => {
    const calls = await makeGateway(t)
    const screens = await beside(t, calls)
    const handler = await signOn(t, screens)
    const other = await signOn(t, calls, 2)
    const report = await place(calls, 'uac-999-call-expect-200', LOAD).done
    t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
    const answered = answeredOf(report)
    await untilPopped(handler, answered)
    t.equal(poppedAt(handler).length, LOAD.calls, 'each pop once: the sign-on was known at the other gateway')
    t.same(poppedAt(other), [], 'it rang at one desk, so the next desk saw nothing')
    await untilPanels(handler, answered)
    const ended = new Set(
      handler.journal.flatMap(({ ev }) => (ev.type === 'call.state' && ev.data.state === 'released' ? [ev.call] : []))
    )
    t.equal(ended.size, LOAD.calls, 'and each end')
  }
)
