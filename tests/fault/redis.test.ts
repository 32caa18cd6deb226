import { Redis } from 'ioredis'
import t from 'tap'
import {
  answeredOf,
  freeze,
  lacking,
  poppedAt,
  send,
  storePids,
  untilPanels,
  untilPopped,
  watchLevels
} from '../support/faults.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 30, calls: 360 } as const
/** The fault comes when so many pops are on the screen, so that calls come in before, during and after. */
const BEFORE = 90

t.test('Redis is killed while calls come in: each pops once, with its panels, and level 2 comes and goes', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const levels = watchLevels(t, gateway)
  const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
  await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
  send((await storePids(gateway, 'redis-server')).slice(0, 1), 'SIGKILL')
  await levels.until(2)
  await levels.until(0)
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], `no call of the switch failed: ${report.lastWords}`)
  const answered = answeredOf(report)
  t.equal(answered.size, LOAD.calls)
  await untilPopped(handler, answered)
  t.same(lacking(poppedAt(handler), answered), [], 'no pop without a call')
  t.equal(poppedAt(handler).length, answered.size, 'none twice')
  await untilPanels(handler, answered)
  t.comment(`figure: ${handler.journal.filter(({ seq }) => seq === undefined).length} messages went the direct way`)
})

t.test('Redis stands still: bare pops go straight to the screen and each is there once in the end', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const levels = watchLevels(t, gateway)
  const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
  await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
  const frozen = freeze(t, await storePids(gateway, 'redis-server'), 5_000)
  const before = handler.journal.length
  const direct = () =>
    handler.journal.slice(before).filter(({ seq, ev }) => seq === undefined && ev.type === 'call.pop')
  await until(() => (direct().length >= LOAD.rate ? '' : `${direct().length} pops by the direct way`), 4_000)
  await levels.until(2)
  await frozen
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], `no call of the switch failed: ${report.lastWords}`)
  const answered = answeredOf(report)
  await untilPopped(handler, answered)
  t.equal(poppedAt(handler).length, answered.size, 'each pop once')
  await untilPanels(handler, answered)
  await levels.until(0)
  t.comment(`figure: ${direct().length} pops went the direct way`)
})

t.test('Redis loses all it held: the screen gets a new epoch with all its cards, and nothing is missing', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const answer = await fetch(`${gateway.url}/readyz`)
  const { parts } = (await answer.json()) as { parts: { redis: { detail: { where: string } } } }
  const redis = new Redis({ path: parts.redis.detail.where })
  t.teardown(() => redis.disconnect())
  const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
  await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
  await redis.flushall()
  await until(() => (handler.snapshotPops.size > 0 ? '' : 'no snapshot yet'))
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
  const answered = answeredOf(report)
  const shown = () => [...poppedAt(handler), ...[...handler.snapshotPops].map(popId => popId.slice(2))]
  await until(() => {
    const missing = lacking(answered, shown())
    return missing.length === 0 ? '' : `${missing.length} missing`
  })
  t.equal(poppedAt(handler).length, new Set(poppedAt(handler)).size, 'none popped twice')
  await untilPanels(handler, answered)
})
