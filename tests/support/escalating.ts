import type { Test } from 'tap'
import type { Call } from '../../src/call/call.ts'
import type { CallId } from '../../src/call/ids.ts'
import { PopBells } from '../../src/delivery/pop-bells.ts'
import { Sweeper } from '../../src/journal/sweeper.ts'
import { interval, systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { SignOn } from '../../src/pop/address.ts'
import type { AlarmCause } from '../../src/pop/alarm.ts'
import { CallAlarms } from '../../src/pop/call-alarms.ts'
import { type Card, makeCard } from '../../src/pop/card.ts'
import { Escalation } from '../../src/pop/escalation.ts'
import type { EscalationLimits } from '../../src/pop/escalation-rules.ts'
import { TimerWorker } from '../../src/queue/timer-worker.ts'
import { Timers } from '../../src/queue/timers.ts'
import { makeAlarmRecord } from '../../src/records/alarms.ts'
import { type DueStep, dueSteps, makeEscalationRecord } from '../../src/records/escalations.ts'
import type { TestDatabase, TestRedis } from './stores.ts'

export interface Watcher {
  readonly escalation: Escalation
  readonly alarms: CallAlarms
  readonly bells: PopBells
  readonly timers: Timers
  /** Handlers that this gateway passed pops on to, by call and step, in order. */
  readonly passedOn: { readonly callId: CallId; readonly to: readonly string[] }[]
  readonly raised: AlarmCause[]
  readonly ended: string[]
  /** Timers that fired here, whichever gateway set them, as `kind step`. */
  readonly fired: string[]
  /** Steps that it took itself; what it only learnt of others is none. */
  readonly acted: () => Promise<number>
  /** This gateway holds the call; it rings at these screens. */
  readonly hold: (call: Call, audience?: Card['audience']) => void
}

interface Options {
  readonly node: string
  readonly corner: TestRedis
  readonly database: TestDatabase
  readonly signOns: readonly SignOn[]
  readonly limits: EscalationLimits
  readonly nothingAckedMs?: number
}

/**
 * What looks again at pops in one gateway, over the real stores: timers, their worker, the bells, the sweeper and the
 * gateway's own memory, put together as src/wiring/watch-pops.ts does. Ended with the test.
 */
export async function makeWatcher(t: Test, options: Options): Promise<Watcher> {
  const { node, corner, database, signOns, limits, nothingAckedMs = 60_000 } = options
  const { keyPrefix } = corner
  const pool = database.openPool()
  const seen = { passedOn: [], raised: [], ended: [], fired: [] } as Pick<
    Watcher,
    'passedOn' | 'raised' | 'ended' | 'fired'
  >
  const links = {
    timers: await corner.connect('commands'),
    fires: await corner.connect('blocking'),
    tells: await corner.connect('commands'),
    hears: await corner.connect('subscriber')
  }
  const timers = new Timers({
    ...{ keyPrefix, log: silentLog, clock: systemClock, isRedisUp: () => true },
    connect: () => links.timers
  })
  const book = {
    raise: (cause: AlarmCause) => {
      if (!seen.raised.some(({ key }) => key === cause.key)) seen.raised.push(cause)
    },
    revise: (cause: AlarmCause) => book.raise(cause),
    end: (key: string) => void seen.ended.push(key),
    letGo: (key: string) => void seen.ended.push(key),
    openOf: () => []
  }
  const record = makeEscalationRecord(pool)
  const metrics = makeMetrics()
  const escalation = new Escalation({
    ...{ record, alarms: book, limits, node, log: silentLog, metrics, clock: systemClock },
    courier: { escalate: (callId, to) => void seen.passedOn.push({ callId, to }), openCards: () => 0 },
    signOnOf: handler => signOns.find(signOn => signOn.handler === handler),
    live: () => new Set(signOns.map(({ handler }) => handler)),
    setTimer: (callId, kind, step, delayMs) => timers.set(callId, kind, step, delayMs)
  })
  const alarms = new CallAlarms({
    ...{ alarms: book, nothingAckedMs, clock: systemClock },
    record: { ...record, everRaised: makeAlarmRecord(pool).everRaised },
    watched: () => escalation.watched(),
    watchOf: callId => escalation.watchOf(callId),
    onAcked: popIds => heard(popIds)
  })
  const heard = (popIds: readonly string[]) => {
    alarms.onAcked(popIds)
    escalation.onAcked(popIds)
  }
  const bells = new PopBells({
    ...{ commands: links.tells, subscriber: links.hears, keyPrefix, log: silentLog, onAcked: heard },
    onDue: (callId, kind) => void escalation.act(callId, kind)
  })
  const worker = new TimerWorker({
    ...{ keyPrefix, log: silentLog, connect: () => links.fires },
    fire: async timer => {
      if (!('callId' in timer)) return
      const { callId, kind, step } = timer
      seen.fired.push(`${kind} ${step}`)
      if ((await escalation.act(callId as CallId, kind)) === 'not-here') bells.due(callId as CallId, kind)
    }
  })
  const sweeper = new Sweeper<DueStep>({
    ask: () => dueSteps(pool, limits, Date.now()),
    act: due => escalation.act(due.callId, due.kind),
    onState: () => {},
    log: silentLog
  })
  bells.start()
  worker.start()
  sweeper.start()
  const stopTick = interval(() => escalation.tick(), 100)
  t.teardown(async () => {
    stopTick()
    sweeper.stop()
    bells.stop()
    await worker.stop()
    await timers.stop()
  })
  const hold: Watcher['hold'] = (call, audience = new Map([['h1', 'device']])) => {
    const card: Card = { ...makeCard(call), audience }
    alarms.onCard(card)
    escalation.onCard(card)
  }
  const acted = async () => (await metrics.escalations.get()).values.reduce((sum, { value }) => sum + value, 0)
  return { ...seen, acted, escalation, alarms, bells, timers, hold }
}
