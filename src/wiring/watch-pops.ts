import type { CallId } from '../call/ids.ts'
import type { PopBells } from '../delivery/pop-bells.ts'
import type { HandoverStep } from '../handover/handover-steps.ts'
import { Sweeper } from '../journal/sweeper.ts'
import { interval } from '../operations/lifecycle.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import type { AlarmCauses } from '../pop/alarm-causes.ts'
import type { CallAlarms } from '../pop/call-alarms.ts'
import type { Escalation } from '../pop/escalation.ts'
import { secondsOf } from '../pop/escalation-rules.ts'
import { escalationAlarm } from '../pop/escalation-words.ts'
import type { RiskAlarms } from '../pop/risk-alarms.ts'
import { TimerWorker } from '../queue/timer-worker.ts'
import { claimForNobody, type DueStep, dueSteps, forgetEscalations } from '../records/escalations.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

const TICK_MS = 500
const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const KEEP_STEPS_MS = 90 * 24 * HOUR_MS
/**
 * A step that the gateway with the call has not taken for so long is taken by any other: the supervisors hear of it,
 * though nobody can pass the pop on. Longer than a lease and an adoption.
 */
const OWNER_SILENT_MS = 8_000

/** What is told of calls, and told to look again. */
export interface Watchers {
  readonly book: AlarmBook
  readonly causes: AlarmCauses
  readonly escalation: Escalation
  readonly callAlarms: CallAlarms
  readonly risks: RiskAlarms
  readonly bells: PopBells
  /** A timer of a hand-over has fired. */
  readonly fireHandover: (id: string, step: HandoverStep) => Promise<void>
}

/**
 * Everything that looks again at pops nobody has acknowledged or taken: timers over Redis, the sweeper over the record,
 * and this gateway's own memory.
 */
export function watchPops(base: Base, stores: Stores, watchers: Watchers): void {
  const { config, log, clock, releases, health } = base
  const { book, causes, escalation, callAlarms, bells } = watchers
  const { alarmPool: pool } = stores
  bells.start()
  releases.push('pop bells', () => bells.stop())
  const worker = new TimerWorker({
    connect: stores.connect,
    keyPrefix: config.keyPrefix,
    fire: async timer => {
      if ('handover' in timer) return watchers.fireHandover(timer.handover, timer.due)
      const { callId, kind } = timer
      if ((await escalation.act(callId as CallId, kind)) === 'not-here') bells.due(callId as CallId, kind)
    },
    log
  })
  worker.start()
  releases.push('timer worker', () => worker.stop())
  const sweeper = new Sweeper<DueStep>({
    ask: () => dueSteps(pool, config.escalation, clock.now()),
    act: due => actOn(base, stores, watchers, due),
    onState: isAway => {
      escalation.isRecordAway = isAway
    },
    log
  })
  sweeper.start()
  releases.push('sweeper', () => sweeper.stop())
  releases.push(
    'pop watch',
    interval(() => {
      escalation.tick()
      callAlarms.tick()
    }, TICK_MS)
  )
  releases.push(
    'alarms',
    interval(() => {
      const { level, why } = health.level()
      causes.onLevel(level, why)
      causes.tick()
      book.checkRate()
      void book.sync()
      if (!escalation.isRecordAway) askRecord(watchers)
    }, SECOND_MS)
  )
  releases.push(
    'old escalations',
    interval(() => {
      forgetEscalations(pool, clock.now() - KEEP_STEPS_MS).catch(thrown => log.fault('alarm.old-steps', thrown))
    }, HOUR_MS)
  )
}

/** What only the record knows. While it does not answer, which others have told, the next second asks again. */
function askRecord({ escalation, callAlarms, risks }: Watchers): void {
  const quietly = () => undefined
  escalation.writeOwed().catch(quietly)
  callAlarms.ask().catch(quietly)
  risks.ask().catch(quietly)
}

/** A step that is due by the record: the gateway with the call takes it, and when that one does not, any other. */
async function actOn(
  { config, clock, node }: Base,
  { alarmPool }: Stores,
  { book, escalation }: Watchers,
  due: DueStep
): Promise<void> {
  if ((await escalation.act(due.callId, due.kind)) === 'done') return
  // Only the first: whoever has the call later must still find steps to take.
  if (due.step > 1 || clock.now() - due.dueAt < OWNER_SILENT_MS) return
  const won = await claimForNobody(alarmPool, due, { node, at: clock.now() })
  const seconds = secondsOf(due.kind, due.line, due.step, config.escalation)
  if (won) book.raise(escalationAlarm({ ...due, seconds, from: 'line', next: 'gateway-silent' }))
}
