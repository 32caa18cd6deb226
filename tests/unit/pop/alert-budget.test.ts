import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import type { AlarmRecord } from '../../../src/pop/alarm.ts'
import { AlarmBook } from '../../../src/pop/alarm-book.ts'
import { AlarmCauses } from '../../../src/pop/alarm-causes.ts'
import type { Alarm } from '../../../src/pop/board.ts'
import { callAlarm } from '../../../src/pop/call-alarms.ts'
import { makeCard } from '../../../src/pop/card.ts'
import type { Panel } from '../../../src/pop/pop.ts'
import { RiskAlarms } from '../../../src/pop/risk-alarms.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { figure } from '../../support/figure.ts'
import { HandTime, settle } from '../../support/hand-time.ts'
import { makePeakHour, type PeakEvent } from '../../support/peak-hour.ts'

/*
 * Rule 8's budget: an hour of a busy force, hour after hour from seeds, through the alarm book and all that raises in it; time
 * is moved by hand. Who hears what is counted on their screens.
 */

const HANDLERS: readonly HandlerId[] = Array.from({ length: 30 }, (_, n) => `h${n + 1}`)
const SUPERVISORS = ['s1', 's2'] as const
const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1)
const [HOUR_MS, STEP_MS] = [3_600_000, 600_000]
/** Longer than a screen or a level must be away to be told. */
const LASTS_MS = 6_000

function someone(handler: HandlerId, role: 'handler' | 'supervisor'): SignOn {
  const who = { handler, name: handler, force: 'tvp', role, grants: [], lines: ['999', '101'], acdQueues: [] }
  return { ...who, position: `p-${handler}`, devices: [] }
}
const SIGN_ONS = [
  ...HANDLERS.map(each => someone(each, 'handler')),
  ...SUPERVISORS.map(each => someone(each, 'supervisor'))
]

/** What one screen was told. */
interface Heard {
  readonly handler: HandlerId
  readonly at: number
  readonly alarm: Alarm
}

const RISK: Panel = {
  ...{ panel: 'warnings', status: 'found', source: 'Force record', sinceOfferedMs: 1, items: [], more: 0 },
  risk: { kind: 'domestic-abuse-high-risk', of: 'person' }
}

/** Nothing else ends or raises here. */
const RECORD: AlarmRecord = {
  raise: async kept => kept,
  revise: async () => {},
  end: async () => undefined,
  read: async () => [],
  everRaised: async () => [],
  keep: async () => {},
  endForgotten: async () => {}
}

class BusyHour {
  readonly heard: Heard[] = []
  readonly #time = new HandTime()
  readonly #book: AlarmBook
  readonly #causes: AlarmCauses
  readonly #risks: RiskAlarms
  #calls = 0

  constructor() {
    const clock = this.#time
    this.#book = new AlarmBook({
      record: RECORD,
      signOns: () => SIGN_ONS,
      send: async sends => {
        for (const { ev, handlers } of sends) if (ev.type === 'alarm.raised') this.#hear(handlers, ev.data)
      },
      sendDirect: () => {},
      ...{ node: 'n-1', log: silentLog, metrics: makeMetrics(), clock }
    })
    const signOnOf = (handler: HandlerId) => SIGN_ONS.find(each => each.handler === handler)
    this.#causes = new AlarmCauses({ alarms: this.#book, signOnOf, node: 'n-1', clock })
    this.#risks = new RiskAlarms({ alarms: this.#book, record: RECORD })
  }

  async play(events: readonly PeakEvent[]): Promise<void> {
    for (const event of events) {
      await this.#time.advance(Math.max(0, event.at - this.#time.monotonicMs()))
      await this.#happens(event)
    }
    await this.#time.advance(Math.max(0, HOUR_MS - this.#time.monotonicMs()))
  }

  async #happens({ what, line, handler, isAtRisk }: PeakEvent): Promise<void> {
    const causes = this.#causes
    const call = this.#aCall(line, what)
    if (what === 'silent') causes.onSilent(call)
    if (what === 'abandoned') this.#book.raise(callAlarm('abandoned-999', call))
    if (isAtRisk) this.#show(call, handler)
    if (what === 'unacked' || what === 'not-taken') this.#notHad(call, what, handler)
    if (what === 'hidden') {
      causes.onPresence(handler, 'hidden')
      await this.#lasts(() => causes.tick())
      await settle()
      causes.onPresence(handler, 'live')
    }
    if (what === 'link-gap') causes.onLinkGap('switch-1', 'no answer')
    if (what === 'level') {
      causes.onLevel(2, 'Redis is away')
      await this.#lasts(() => causes.onLevel(2, 'Redis is away'))
    }
    if (what === 'filling') causes.onFilling('The quarantine', 65, 100)
    this.#book.checkRate()
    await settle()
  }

  /** Long enough to be told; the hour goes on by it. */
  async #lasts(then: () => void): Promise<void> {
    await this.#time.advance(LASTS_MS)
    then()
  }

  #show(call: Call, handler: HandlerId): void {
    const panels = new Map([['warnings' as const, { rev: 1, panel: RISK }]])
    this.#risks.onCard({ ...makeCard(call), audience: new Map([[handler, 'device']]), had: new Set([handler]), panels })
  }

  #notHad({ callId, force, line }: Call, what: 'unacked' | 'not-taken', from: HandlerId): void {
    const data = { line, seconds: 5, from, next: '' }
    this.#book.raise({
      code: `pop-${what}`,
      key: `${what}:${callId}`,
      force,
      call: callId,
      isUrgent: line === '999',
      data
    })
  }

  #aCall(line: '999' | '101', what: PeakEvent['what']): Call {
    this.#calls += 1
    const call = callAfter(anOffer({ name: `call ${this.#calls}`, line }))
    return { ...call, flags: { ...call.flags, silent: what === 'silent', abandoned: what === 'abandoned' } }
  }

  #hear(handlers: readonly HandlerId[], alarm: Alarm): void {
    for (const handler of handlers) this.heard.push({ handler, at: this.#time.monotonicMs(), alarm })
  }
}

interface Hour {
  /** Of P1 and P2, for each handler and ten minutes, in the mean; and the most of any handler in any ten minutes. */
  readonly mean: number
  readonly most: number
  /** The same of a supervisor. */
  readonly supervisorMean: number
  readonly supervisorMost: number
  /** Alarms, each once however many heard it, by priority. */
  readonly byPriority: readonly [number, number, number]
}

async function anHour(seed: number): Promise<Hour> {
  const hour = new BusyHour()
  await hour.play(makePeakHour(seed, HANDLERS))
  const alerts = hour.heard.filter(({ alarm }) => alarm.priority < 3)
  const of = (people: readonly HandlerId[]) => {
    const counts = people.flatMap(handler =>
      Array.from(
        { length: HOUR_MS / STEP_MS },
        (_, step) => alerts.filter(each => each.handler === handler && Math.floor(each.at / STEP_MS) === step).length
      )
    )
    return { mean: counts.reduce((sum, count) => sum + count, 0) / counts.length, most: Math.max(...counts) }
  }
  const [own, supervisors] = [of(HANDLERS), of(SUPERVISORS)]
  const once = [...new Map(hour.heard.map(({ alarm }) => [alarm.alarm, alarm])).values()]
  const count = (priority: number) => once.filter(alarm => alarm.priority === priority).length
  return {
    ...own,
    ...{ supervisorMean: supervisors.mean, supervisorMost: supervisors.most },
    byPriority: [count(1), count(2), count(3)]
  }
}

t.test(
  'rule 8: in a busy hour a handler hears at most one alert of the first two priorities in ten minutes',
  async t => {
    const hours: Hour[] = []
    for (const seed of SEEDS) {
      const hour = await anHour(seed)
      t.ok(hour.mean <= 1, `seed ${seed}: ${hour.mean} for each handler in ten minutes`)
      t.ok(hour.most <= 2, `seed ${seed}: ${hour.most} at one handler in ten minutes`)
      hours.push(hour)
    }
    const mean = (value: (hour: Hour) => number) => hours.reduce((sum, hour) => sum + value(hour), 0) / hours.length
    const sums = [0, 1, 2].map(at => hours.reduce((sum, { byPriority }) => sum + (byPriority[at] ?? 0), 0))
    const all = sums.reduce((sum, count) => sum + count, 0)
    t.ok(all > SEEDS.length, 'hours in which nothing is told would measure nothing')
    t.ok(
      hours.some(({ mean: each }) => each > 0),
      'nor would hours in which no handler hears anything'
    )
    const shares = sums.map(count => ((count / all) * 100).toFixed(0)).join('/')
    figure(
      t,
      8,
      `${SEEDS.length} busy hours of ${HANDLERS.length} handlers: ${mean(({ mean: each }) => each).toFixed(3)} alerts of P1 and P2 for each handler in ten minutes, at most ${Math.max(...hours.map(({ most }) => most))}; a supervisor ${mean(hour => hour.supervisorMean).toFixed(1)}, at most ${Math.max(...hours.map(hour => hour.supervisorMost))}; P1/P2/P3 ${shares} %`
    )
  }
)

t.test('the hour of a seed is the same hour again', async t => {
  t.same(makePeakHour(7, HANDLERS), makePeakHour(7, HANDLERS))
  t.notSame(makePeakHour(7, HANDLERS), makePeakHour(8, HANDLERS))
  const all = SEEDS.flatMap(seed => makePeakHour(seed, HANDLERS))
  for (const what of ['silent', 'abandoned', 'unacked', 'not-taken', 'hidden', 'call'] as const) {
    t.ok(
      all.some(event => event.what === what),
      what
    )
  }
})
