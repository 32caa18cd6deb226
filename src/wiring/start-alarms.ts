import { popCallId } from '../call/ids.ts'
import { PopBells } from '../delivery/pop-bells.ts'
import { AlarmBook } from '../pop/alarm-book.ts'
import { AlarmCauses } from '../pop/alarm-causes.ts'
import { CallAlarms } from '../pop/call-alarms.ts'
import { Escalation } from '../pop/escalation.ts'
import { RiskAlarms } from '../pop/risk-alarms.ts'
import { Timers } from '../queue/timers.ts'
import { makeAlarmRecord } from '../records/alarms.ts'
import { makeEscalationRecord } from '../records/escalations.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'
import type { BoardCommands } from './run-command.ts'
import type { AlarmPorts, Delivery } from './start-delivery.ts'
import type { HttpParts } from './start-http.ts'
import type { LookupParts } from './start-lookups.ts'
import type { OnLinkGap, OnQuiet } from './start-quiet.ts'
import type { OnSynthetic } from './start-synthetic.ts'
import { type Watchers, watchPops } from './watch-pops.ts'

const MINUTE_MS = 60_000

/** What the other parts of a gateway tell, and ask. */
export interface Alarms {
  readonly book: AlarmBook
  /** One function for each thing that a part may know and a supervisor must hear. */
  readonly causes: AlarmCauses
  /** Timers of hand-overs, and whoever looks when one fires, here or for another gateway. */
  readonly handoverTimers: {
    readonly set: Timers['setHandover']
    readonly attach: (fire: Watchers['fireHandover']) => void
  }
  readonly forLookups: Pick<LookupParts, 'onTaken' | 'onLatePanel'>
  readonly forDelivery: AlarmPorts
  readonly forHttp: Pick<HttpParts, 'onAcked'> & { readonly commands: Pick<BoardCommands, 'endAlarm'> }
  /** What the watches of lines, links, test calls and sites tell. */
  readonly forWatches: {
    readonly onQuiet: OnQuiet
    readonly onLinkGap: OnLinkGap
    readonly onSynthetic: OnSynthetic
    readonly onSite: (site: string, isLost: boolean) => void
  }
  /** Timers, sweeper and the rest begin; after the calls of an earlier process are taken up. */
  start(): void
}

/** Alarms, and pops that go on to others: everything about calls that nobody sees. */
export function makeAlarms(base: Base, stores: Stores, delivery: () => Delivery): Alarms {
  const book = makeBook(base, stores, delivery)
  const timers = makeTimers(base, stores)
  const escalation = makeEscalation(base, stores, delivery, { alarms: book, timers })
  const { config, log, clock, node } = base
  const callAlarms: CallAlarms = new CallAlarms({
    alarms: book,
    record: { ...makeEscalationRecord(stores.alarmPool), ...makeAlarmRecord(stores.alarmPool) },
    watched: () => escalation.watched(),
    watchOf: callId => escalation.watchOf(callId),
    onAcked: popIds => heard(popIds),
    nothingAckedMs: config.escalation.nothingAckedMs,
    clock
  })
  const risks = new RiskAlarms({ alarms: book, record: makeAlarmRecord(stores.alarmPool) })
  const heard = (popIds: readonly string[]) => {
    callAlarms.onAcked(popIds)
    escalation.onAcked(popIds)
  }
  const causes = new AlarmCauses({ alarms: book, signOnOf: handler => delivery().signOns.of(handler), node, clock })
  const bells = new PopBells({
    ...{ commands: stores.commands, subscriber: stores.subscriber, keyPrefix: config.keyPrefix, log },
    onAcked: heard,
    onDue: (callId, kind) => void escalation.act(callId, kind)
  })
  const isHere = (popId: string) => {
    const callId = popCallId(popId)
    return callId !== undefined && delivery().courier.card(callId) !== undefined
  }
  const { handoverTimers, fireHandover } = joinHandovers(timers)
  return {
    ...{ book, causes, handoverTimers },
    forLookups: {
      onTaken: isTaken => causes.onQueueSilent(!isTaken),
      onLatePanel: (call, panel) => risks.onLatePanel(call, panel)
    },
    forDelivery: {
      onCard: card => {
        callAlarms.onCard(card)
        escalation.onCard(card)
        risks.onCard(card)
      },
      onForgotten: callId => {
        escalation.forget(callId)
        risks.onForgotten(callId)
      },
      onPresence: (handler, { attention }) => causes.onPresence(handler, attention),
      alarmsFor: handler => book.openFor(handler),
      ownAlarmsFor: handler => (book.isNamed(handler) ? book.openFor(handler) : undefined)
    },
    forHttp: {
      commands: { endAlarm: (by, args) => book.endByPerson(by, args) },
      onAcked: popIds => {
        heard(popIds)
        bells.acked(popIds.filter(popId => !isHere(popId)))
      }
    },
    forWatches: toWatchPorts(causes),
    start: () => watchPops(base, stores, { book, causes, escalation, callAlarms, risks, bells, fireHandover })
  }
}

/** Hand-overs share the timers of pops; until somebody looks after them, the sweeper does alone. */
function joinHandovers(timers: Timers) {
  let fire: Watchers['fireHandover'] = async () => {}
  const handoverTimers: Alarms['handoverTimers'] = {
    set: (...timer) => timers.setHandover(...timer),
    attach: own => {
      fire = own
    }
  }
  return { handoverTimers, fireHandover: (...timer: Parameters<typeof fire>) => fire(...timer) }
}

function toWatchPorts(causes: AlarmCauses): Alarms['forWatches'] {
  return {
    onQuiet: ({ trunk, isQuiet, silentMs }) => causes.onQuiet(trunk, isQuiet, { minutes: silentMs / MINUTE_MS }),
    onLinkGap: ({ trunk, isGap, why }) => causes.onLinkGap(trunk, isGap ? why : undefined),
    onSynthetic: (ok, why) => causes.onSynthetic(ok ? undefined : (why ?? 'no pop came back')),
    onSite: (site, isLost) => causes.onSiteLost(site, isLost)
  }
}

function makeBook({ log, metrics, clock, node }: Base, { alarmPool }: Stores, delivery: () => Delivery): AlarmBook {
  return new AlarmBook({
    record: makeAlarmRecord(alarmPool),
    signOns: () => delivery().signOns.all(),
    send: sends => delivery().sender.send(sends),
    sendDirect: ({ handlers, eventId, ev, receivedAt }) => delivery().hub.sendDirect(handlers, eventId, ev, receivedAt),
    ...{ node, log, metrics, clock }
  })
}

function makeTimers({ config, log, clock, releases }: Base, { connect, isRedisUp }: Stores): Timers {
  const timers = new Timers({ connect, isRedisUp, keyPrefix: config.keyPrefix, log, clock })
  releases.push('timers', () => timers.stop())
  return timers
}

function makeEscalation(
  { config, log, metrics, clock, node }: Base,
  { alarmPool }: Stores,
  delivery: () => Delivery,
  { alarms, timers }: { readonly alarms: AlarmBook; readonly timers: Timers }
): Escalation {
  return new Escalation({
    record: makeEscalationRecord(alarmPool),
    courier: {
      escalate: (...passed) => delivery().courier.escalate(...passed),
      openCards: handler => delivery().courier.openCards(handler)
    },
    signOnOf: handler => delivery().signOns.of(handler),
    live: () => delivery().presence.live(),
    setTimer: (callId, kind, step, delayMs) => timers.set(callId, kind, step, delayMs),
    limits: config.escalation,
    ...{ alarms, node, log, metrics, clock }
  })
}
