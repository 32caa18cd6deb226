import t, { type Test } from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { makeAlarm } from '../../../src/pop/alarm.ts'
import { queuePrefix } from '../../../src/queue/queues.ts'
import { TimerWorker } from '../../../src/queue/timer-worker.ts'
import { TIMER_QUEUE, type TimerJob, Timers, timerId } from '../../../src/queue/timers.ts'
import { makeAlarmRecord } from '../../../src/records/alarms.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { anOffer, callAfter, cliOf } from '../../support/call-events.ts'
import { makeWatcher } from '../../support/escalating.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeDatabase, makeRedisPrefix, type TestRedis } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const database = await makeDatabase(t)
const { pool } = database

const at = (desk: number): SignOn => ({
  ...{ handler: `h${desk}`, name: `${desk}`, force: 'tvp', role: 'handler', grants: [], lines: ['999', '101'] },
  ...{ acdQueues: [], position: `d${desk}`, devices: [`400${desk}`] }
})
const DESKS = [1, 2, 3, 4].map(at)
const LIMITS = { unackedMs: 1_500, takeWithinMs: 600_000, lines: [], tries: 2 }
const callIdOf = (name: string) => callAfter(anOffer({ name })).callId

async function makeTimers(test: Test, corner: TestRedis, url = corner.url) {
  const link = await corner.connect('commands', url)
  const timers = new Timers({
    ...{ keyPrefix: corner.keyPrefix, log: silentLog, clock: systemClock, isRedisUp: () => true },
    connect: () => link
  })
  test.teardown(() => timers.stop())
  return timers
}

async function makeWorker(test: Test, corner: TestRedis, fire: (job: TimerJob) => Promise<void>) {
  const link = await corner.connect('blocking')
  const worker = new TimerWorker({ keyPrefix: corner.keyPrefix, log: silentLog, connect: () => link, fire })
  test.teardown(() => worker.stop())
  return worker
}

/** A call that has just come in, in the record. */
async function aCall(name: string, number: number, receivedAt = Date.now()): Promise<Call> {
  const entry = offerEntry(anOffer({ name, receivedAt, cli: cliOf(number) }))
  await appendEntries(pool, [entry])
  return entry.call
}

t.test('a timer that two gateways set fires once, at any of them, and Redis holds nothing but ids of it', async t => {
  const corner = await makeRedisPrefix(t)
  const [one, two] = [await makeTimers(t, corner), await makeTimers(t, corner)]
  const callId = callIdOf('twice')
  const fired: TimerJob[] = []
  const worker = await makeWorker(t, corner, async job => void fired.push(job))
  for (const timers of [one, two, one]) timers.set(callId, 'unacked', 1, 300)
  two.set(callId, 'unacked', 2, 400)
  const key = `${queuePrefix(corner.keyPrefix)}:${TIMER_QUEUE}:${timerId({ callId, kind: 'unacked', step: 1 })}`
  await until(async () => ((await corner.redis.exists(key)) === 1 ? '' : 'no timer'))
  t.same(JSON.parse((await corner.redis.hget(key, 'data')) ?? ''), { v: 1, callId, kind: 'unacked', step: 1 })
  t.same(fired, [], 'it waits in Redis, whoever set it')
  worker.start()
  await until(() => (fired.length === 2 ? '' : `${fired.length} fired`))
  t.same(
    fired.map(job => 'step' in job && job.step),
    [1, 2]
  )
})

t.test('a timer of a hand-over fires as one of a pop does, once for each of its steps', async t => {
  const corner = await makeRedisPrefix(t)
  const [one, two] = [await makeTimers(t, corner), await makeTimers(t, corner)]
  const fired: TimerJob[] = []
  const worker = await makeWorker(t, corner, async job => void fired.push(job))
  worker.start()
  const handover = '01890000-0000-7000-8000-000000000001'
  for (const timers of [one, two]) timers.setHandover(handover, 'not-accepted', 100)
  two.setHandover(handover, 'past-target', 200)
  await until(() => (fired.length === 2 ? '' : `${fired.length} fired`))
  t.same(fired, [
    { v: 1, handover, due: 'not-accepted' },
    { v: 1, handover, due: 'past-target' }
  ])
})

t.test('a look that broke off is tried again, and what is no timer of ours is not', async t => {
  const corner = await makeRedisPrefix(t)
  const timers = await makeTimers(t, corner)
  const fired: string[] = []
  const worker = await makeWorker(t, corner, async job => {
    fired.push('callId' in job ? job.callId : '')
    if (fired.length === 1) throw new Error('the record does not answer')
  })
  worker.start()
  timers.set(callIdOf('odd'), 'not-taken', 101, 0)
  timers.set(callIdOf('again'), 'not-taken', 1, 100)
  await until(() => (fired.length === 2 ? '' : `${fired.length} looks`))
  t.same(fired, [callIdOf('again'), callIdOf('again')])
})

t.test(
  'Redis does not answer when a timer is set: that one is the sweeper’s, and later ones are set again',
  async t => {
    const corner = await makeRedisPrefix(t)
    const proxy = await makeSilentProxy(t, corner.url.replace('unix://', ''))
    const timers = await makeTimers(t, corner, `unix://${proxy.path}`)
    const fired: string[] = []
    const worker = await makeWorker(t, corner, async job => void fired.push('callId' in job ? job.callId : ''))
    worker.start()
    proxy.silent()
    timers.set(callIdOf('lost'), 'unacked', 1, 0)
    await proxy.pass()
    let n = 0
    await until(() => {
      timers.set(callIdOf(`later-${n++}`), 'unacked', 1, 0)
      return fired.length > 0 ? '' : 'no timer fires any more'
    }, 30_000)
  }
)

t.test('gateways tell each other what was acknowledged and what is due, and nonsense changes nothing', async t => {
  const corner = await makeRedisPrefix(t)
  const parts = { corner, database, signOns: DESKS, limits: { ...LIMITS, unackedMs: 60_000 } }
  const holder = await makeWatcher(t, { ...parts, node: 'n-1' })
  const other = await makeWatcher(t, { ...parts, node: 'n-2' })
  const [call, next] = [await aCall('rung', 201), await aCall('rung-next', 202)]
  for (const each of [call, next]) holder.hold(each)
  await corner.redis.publish(`${corner.keyPrefix}:pops`, 'acked')
  await corner.redis.publish(`${corner.keyPrefix}:pops`, 'due nobody unacked')
  await corner.redis.publish(`${corner.keyPrefix}:pops`, `due ${call.callId} on-fire`)
  await corner.redis.publish(`${corner.keyPrefix}:pops`, '')
  other.bells.acked([call.popId, 'p_nonsense'])
  await until(() => (holder.escalation.watchOf(call.callId)?.isAcked === true ? '' : 'not heard'))
  t.notOk(holder.escalation.watchOf(next.callId)?.isAcked, 'only that one')
  t.ok(holder.ended.includes(`pop-unacked:${call.callId}`), 'the alarm is over where the call is held')
  t.notOk(holder.ended.includes(`pop-unacked:${next.callId}`))
})

t.test('a timer fires at a gateway that does not hold the call: the one that does is rung and acts', async t => {
  const corner = await makeRedisPrefix(t)
  const never = { ...LIMITS, unackedMs: 2_000 }
  const holder = await makeWatcher(t, { corner, database, signOns: DESKS, limits: never, node: 'n-1' })
  const call = await aCall('passed', 203)
  holder.hold(call)
  const other = await makeWatcher(t, { corner, database, signOns: DESKS, limits: never, node: 'n-2' })
  await until(() => (holder.passedOn.length > 0 ? '' : 'not passed on'), 15_000)
  t.same(holder.passedOn[0], { callId: call.callId, to: ['h2'] })
  t.same(other.passedOn, [])
})

t.test(
  'two gateways, each with timer, sweeper and the belief that the call is theirs: each step is taken once',
  async t => {
    const corner = await makeRedisPrefix(t)
    const gateways = [
      await makeWatcher(t, { corner, database, signOns: DESKS, limits: LIMITS, node: 'n-1' }),
      await makeWatcher(t, { corner, database, signOns: DESKS, limits: LIMITS, node: 'n-2' })
    ]
    const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => aCall(`raced-${n}`, 300 + n)))
    for (const call of calls) for (const { hold } of gateways) hold(call)
    const ids = calls.map(({ callId }) => callId)
    const steps = async () => {
      const { rows } = await pool.query<{ call_id: string; step: number; node: string }>(
        'select call_id, step, node from escalation where call_id = any($1) order by step',
        [ids]
      )
      return rows
    }
    await until(async () => {
      const count = (await steps()).length
      return count >= 2 * calls.length ? '' : `${count} steps of ${2 * calls.length}`
    }, 30_000)
    const rows = await steps()
    t.equal(rows.length, 2 * calls.length, 'two steps of each, and no third')
    t.same(
      ids.filter(
        id =>
          rows
            .filter(row => row.call_id === id)
            .map(({ step }) => step)
            .join() !== '1,2'
      ),
      []
    )
    for (const [n, { acted }] of gateways.entries()) {
      const won = rows.filter(({ node }) => node === `n-${n + 1}`).length
      t.equal(await acted(), won, `n-${n + 1} gave the pop on for each step that it won, and for no other`)
    }
    const fired = gateways.flatMap(gateway => gateway.fired)
    t.ok(fired.length > 0, 'timers fired')
    t.comment(
      `figure: ${rows.length} steps, ${fired.length} timers fired, won ${rows.filter(({ node }) => node === 'n-1').length} to ${rows.filter(({ node }) => node === 'n-2').length}`
    )
  }
)

t.test('nobody acknowledges anything: an alarm of the force, unless another gateway has heard it', async t => {
  const corner = await makeRedisPrefix(t)
  const limits = { ...LIMITS, unackedMs: 60_000 }
  const parts = { corner, database, signOns: DESKS, limits, nothingAckedMs: 300 }
  const watcher = await makeWatcher(t, { ...parts, node: 'n-1' })
  const [first, second] = [await aCall('deaf-1', 401), await aCall('deaf-2', 402)]
  for (const call of [first, second]) watcher.hold(call)
  await until(async () => {
    await watcher.alarms.ask()
    return watcher.raised.some(({ code }) => code === 'nothing-acknowledged') ? '' : 'no alarm'
  })
  watcher.alarms.onAcked([first.popId])
  t.same(watcher.ended, ['nothing-acknowledged:tvp'])

  const heard = await makeWatcher(t, { ...parts, node: 'n-3' })
  const [third, fourth] = [await aCall('heard-1', 403), await aCall('heard-2', 404)]
  for (const call of [third, fourth]) heard.hold(call)
  await recordAcks(pool, [{ popId: third.popId, handler: 'h1', at: Date.now() }])
  await until(async () => {
    await heard.alarms.ask()
    return heard.escalation.watchOf(third.callId)?.isAcked === true ? '' : 'the record has not been asked'
  })
  t.same(heard.raised, [], 'the record knows what this gateway did not hear')
})

t.test('an ended call taken up from the record: its caller’s leaving is an alarm once, whoever asks', async t => {
  const corner = await makeRedisPrefix(t)
  const watcher = await makeWatcher(t, { corner, database, signOns: DESKS, limits: LIMITS, node: 'n-1' })
  const [told, untold] = ['told', 'untold'].map((name, n) => {
    const call = callAfter(anOffer({ name, receivedAt: Date.now(), cli: cliOf(410 + n) }))
    return { ...call, generation: 2, state: 'released' as const, flags: { ...call.flags, abandoned: true } }
  })
  if (told === undefined || untold === undefined) throw new Error('unreachable')
  const cause = { code: 'abandoned-999', key: `abandoned-999:${told.callId}`, force: 'tvp', call: told.callId } as const
  await makeAlarmRecord(pool).raise(makeAlarm(cause, { node: 'n-dead', at: Date.now() }))
  for (const call of [told, untold]) watcher.hold(call)
  await watcher.alarms.ask()
  t.same(
    watcher.raised.map(({ key }) => key),
    [`abandoned-999:${untold.callId}`]
  )
})
