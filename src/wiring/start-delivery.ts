import type { CallRegistry } from '../call/call-registry.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import { ConsolePresence, type Presence } from '../delivery/console-presence.ts'
import type { FarDoorbell } from '../delivery/far-doorbell.ts'
import { Hub } from '../delivery/hub.ts'
import { LogRenewal } from '../delivery/log-renewal.ts'
import { mergeCards } from '../delivery/other-cards.ts'
import { PanelMemory } from '../delivery/panel-memory.ts'
import { CLOSE } from '../delivery/protocol-limits.ts'
import { RedisSessionLog } from '../delivery/redis-session-log.ts'
import { SignOnSync } from '../delivery/sign-on-sync.ts'
import type { SignOn } from '../pop/address.ts'
import type { Board } from '../pop/board.ts'
import type { Card } from '../pop/card.ts'
import { PopCourier, SNAPSHOT_CARDS } from '../pop/pop-courier.ts'
import { ScreenSender } from '../pop/screen-sender.ts'
import type { LogEntry, ScreenEvent } from '../pop/session-log.ts'
import { SignOnDirectory } from '../pop/sign-on-directory.ts'
import { callsOfOthers, lostCalls, readOpenCall } from '../records/adoption.ts'
import { listSignOns } from '../records/handlers.ts'
import { readCall } from '../records/journal-rows.ts'
import { endPresencesOfLostNodes, readPresences, recordPresences } from '../records/presences.ts'
import { TAKE_UP_WITHIN_MS } from './adopt-calls.ts'
import type { Base } from './base.ts'
import { type LeftScreens, startLeftScreens } from './left-screens.ts'
import { LostTakes } from './lost-takes.ts'
import type { Stores } from './open-stores.ts'
import { makeOtherCards } from './other-calls.ts'
import { startHands } from './start-hands.ts'
import type { Ledger } from './start-ledger.ts'
import type { Nodes } from './start-nodes.ts'

const HOUR_MS = 3_600_000
/** Open calls of other nodes that one answer of the record brings: live ones first. */
const MAX_OF_OTHERS = 2_000

export interface Delivery {
  readonly courier: PopCourier
  readonly hub: Hub
  readonly signOns: SignOnDirectory
  readonly sync: SignOnSync
  readonly memory: PanelMemory
  readonly sender: ScreenSender
  /** What gateways that died had still to say. */
  readonly renewal: Pick<LogRenewal, 'without'>
  /** On whose screens calls stand that this node lets go of. */
  readonly left: LeftScreens
  /** The end of a handler's log, oldest first. Rejects when Redis does not answer. */
  readonly tail: (handler: HandlerId, max: number) => Promise<readonly LogEntry[]>
  /** Who looks at their screen, here and on the other nodes. */
  readonly presence: ConsolePresence
}

/** Whom delivery tells of cards and screens, and what a supervisor hears. */
export interface AlarmPorts {
  readonly onCard: (card: Card) => void
  readonly onForgotten: (callId: CallId) => void
  readonly onPresence: (handler: HandlerId, presence: Presence) => void
  readonly alarmsFor: (handler: HandlerId) => Pick<Board, 'alarms' | 'more'>
  /** Of somebody without a board: the alarms about their own calls, if there are any. */
  readonly ownAlarmsFor: (handler: HandlerId) => Pick<Board, 'alarms' | 'more'> | undefined
}

interface DeliveryParts {
  readonly registry: CallRegistry
  readonly nodes: Nodes
  /** For screens that other nodes hold, while Redis is away. */
  readonly ring: FarDoorbell['ring']
  readonly ledger: Pick<Ledger, 'toBarePop' | 'board'>
  readonly alarms?: AlarmPorts
  /** Hand-overs that this handler's screen shows. */
  readonly handoversFor?: (handler: HandlerId) => Pick<Board, 'handovers' | 'more'>
  /** Sees the test calls of this gateway; no person, and in no record. */
  readonly testSignOn: SignOn | undefined
}

/** From a card to the screens entitled to it: courier, session log, hub. */
export async function startDelivery(
  base: Base,
  stores: Stores,
  { registry, nodes, ring, ledger, alarms, handoversFor, testSignOn }: DeliveryParts
): Promise<Delivery> {
  const { config, log, metrics, clock, node } = base
  const { pool, commands } = stores
  const { keyPrefix } = config
  const signOns = new SignOnDirectory()
  const sessionLog = new RedisSessionLog({
    redis: commands,
    keyPrefix,
    node,
    maxPending: config.limits.outbox,
    onFresh: fresh => hub.ring(fresh),
    metrics
  })
  const sender = new ScreenSender({
    sessionLog,
    sendDirect: (handlers, eventId, ev, receivedAt) => {
      hub.sendDirect(handlers, eventId, ev, receivedAt)
      ring(handlers, eventId, ev, receivedAt)
    },
    directPopMs: config.limits.directPopMs,
    log
  })
  const courier: PopCourier = new PopCourier({
    signOns,
    sender,
    toBarePop: ledger.toBarePop,
    ...startHands(base, stores),
    readCall: callId => readCall(pool, callId),
    onDoubt: card => lostTakes.doubt(card),
    onClosed: callId => registry.forget(callId),
    ...(alarms === undefined ? {} : { onCard: alarms.onCard, onForgotten: alarms.onForgotten }),
    ...{ log, metrics, clock }
  })
  base.releases.push('pop courier', () => courier.stop())
  const lostTakes = startLostTakes(base, stores, courier)
  const memory = startPanelMemory(base, stores, { registry, courier })
  const tail = (handler: HandlerId, max: number) => sessionLog.tail(handler, max)
  const others = makeOtherCards({
    hasOthers: () => nodes.hasOthers(),
    ...readOthers(base, stores),
    ...{ tail, memory, registry, courier, clock }
  })
  const board = (handler: HandlerId) => withHandovers(boardOf(handler, ledger, alarms), handoversFor?.(handler))
  const hub: Hub = startHub(base, stores, { sessionLog, courier, others, nodes, board })
  return {
    courier,
    hub,
    signOns,
    memory,
    sender,
    tail,
    left: startLeftScreens(base, stores, { courier, signOns, sender }),
    renewal: startRenewal(base, stores, { sessionLog, signOns, hub }),
    ...(await startSignOns(base, stores, { signOns, courier, hub, alarms, testSignOn }))
  }
}

function startLostTakes({ log, releases }: Base, { pool }: Stores, courier: PopCourier): LostTakes {
  const lostTakes = new LostTakes({
    takenBy: async callId => (await readOpenCall(pool, callId))?.takenBy,
    settle: (before, takenBy) => courier.takenByRecord(before, takenBy),
    log
  })
  releases.push('lost takes', () => lostTakes.stop())
  return lostTakes
}

/** A supervisor's board; of a handler what they must acknowledge, and for most of them that is nothing. */
function boardOf(
  handler: HandlerId,
  ledger: Pick<Ledger, 'board'>,
  alarms: Pick<AlarmPorts, 'alarmsFor' | 'ownAlarmsFor'> | undefined
): Board | undefined {
  const board = ledger.board(handler)
  if (board === undefined) {
    const own = alarms?.ownAlarmsFor(handler)
    return own === undefined ? undefined : { ...own, ledger: [] }
  }
  const heard = alarms?.alarmsFor(handler)
  return heard === undefined ? board : { ...board, alarms: heard.alarms, more: board.more + heard.more }
}

/** Whoever has handed over, or is handed over to, has that on their board; for most there is none. */
function withHandovers(
  board: Board | undefined,
  { handovers = [], more }: Pick<Board, 'handovers' | 'more'> = { more: 0 }
): Board | undefined {
  if (handovers.length === 0) return board
  const { alarms, ledger, more: others } = board ?? { alarms: [], ledger: [], more: 0 }
  return { alarms, ledger, handovers, more: others + more }
}

interface HubNeeds {
  readonly sessionLog: RedisSessionLog
  readonly courier: PopCourier
  readonly others: ReturnType<typeof makeOtherCards>
  readonly nodes: Nodes
  readonly board: Ledger['board']
}

function startHub(base: Base, stores: Stores, { sessionLog, courier, others, nodes, board }: HubNeeds): Hub {
  const { config, log, metrics, clock, releases, node } = base
  const { commands, subscriber } = stores
  const hub = new Hub({
    sessionLog: () => sessionLog,
    snapshot: (handler, known) => {
      const [own, left] = [courier.snapshot(handler), courier.leftOut(handler)]
      if (known === undefined) return { cards: own, isPart: false, left }
      const merged = mergeCards(own, known, SNAPSHOT_CARDS)
      return { ...merged, left: merged.left + left }
    },
    ...{ others, board },
    check: () => nodes.watch.check(),
    onSent: makeSentObserver(base),
    ...{ log, metrics, clock, node, keyPrefix: config.keyPrefix, subscriber, commands }
  })
  releases.push('session log', async () => {
    if (sessionLog.stop()) await nodes.saidAll()
  })
  hub.start()
  releases.push('hub', () => hub.stop())
  return hub
}

function startRenewal(
  { log, releases }: Base,
  { commands }: Stores,
  { sessionLog, signOns, hub }: Pick<HubNeeds, 'sessionLog'> & Pick<Delivery, 'signOns' | 'hub'>
): LogRenewal {
  const renewal = new LogRenewal({
    redis: commands,
    renew: without =>
      sessionLog.renew(
        [...signOns.all()].map(({ handler }) => handler),
        without
      ),
    onRenewed: () => hub.checkAll(),
    log
  })
  releases.push('session log renewal', () => renewal.stop())
  return renewal
}

/** Who sits where, by the record, and who looks at their screen. */
async function startSignOns(
  { config, log, metrics, clock, releases, node }: Base,
  { pool, commands, subscriber }: Stores,
  {
    signOns,
    courier,
    hub,
    alarms,
    testSignOn
  }: Pick<Delivery, 'signOns' | 'courier' | 'hub'> &
    Pick<DeliveryParts, 'testSignOn'> & { readonly alarms: AlarmPorts | undefined }
): Promise<Pick<Delivery, 'sync' | 'presence'>> {
  const sync = new SignOnSync({
    directory: signOns,
    list: async () => {
      const people = await listSignOns(pool, clock.now() - config.http.sessionHours * HOUR_MS, clock.now())
      return testSignOn === undefined ? people : [...people, testSignOn]
    },
    onChanged: () => courier.signOnsChanged(),
    onEnded: handler => hub.of(handler)?.close(CLOSE.notSignedOn.code, CLOSE.notSignedOn.text),
    ...{ commands, subscriber, keyPrefix: config.keyPrefix, log }
  })
  const presence = new ConsolePresence({
    record: rows => recordPresences(pool, node, rows),
    read: async withinMs => {
      await endPresencesOfLostNodes(pool, clock.now())
      return readPresences(pool, withinMs)
    },
    ...(alarms === undefined ? {} : { onPresence: alarms.onPresence }),
    ...{ node, signOns, log, metrics, clock }
  })
  await sync.start()
  releases.push('sign-ons', () => sync.stop())
  presence.start()
  releases.push('presence', () => presence.stop())
  return { sync, presence }
}

function startPanelMemory(
  { config, log, clock, releases }: Base,
  { commands, subscriber }: Stores,
  { registry, courier }: { readonly registry: CallRegistry; readonly courier: PopCourier }
): PanelMemory {
  const memory = new PanelMemory({
    onPanel: (callId, revised) => {
      const call = courier.card(callId) !== undefined ? registry.get(callId) : undefined
      if (call !== undefined) void courier.publishPanel(call, revised)
    },
    panelsOf: callId => courier.card(callId)?.panels.values() ?? [],
    ...{ commands, subscriber, keyPrefix: config.keyPrefix, log, clock }
  })
  releases.push('panel memory', memory.start())
  return memory
}

function readOthers({ clock, node }: Base, { nodesPool: pool }: Stores) {
  return {
    callsOfOthers: () => callsOfOthers(pool, node, { sinceAt: clock.now() - TAKE_UP_WITHIN_MS, limit: MAX_OF_OTHERS }),
    closedOf: async (callIds: readonly CallId[]) =>
      (await lostCalls(pool, node, callIds)).flatMap(({ callId, isClosed }) => (isClosed ? [callId] : []))
  }
}

function makeSentObserver({ metrics, clock }: Base) {
  return (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => {
    const seconds = Math.max(0, clock.now() - receivedAt) / 1000
    if (ev.type === 'call.pop' && isSynthetic(ev.data.line)) return
    if (ev.type === 'call.pop') metrics.popSentSeconds.observe({ path }, seconds)
    else if (ev.type === 'call.panel') metrics.panelSentSeconds.observe({ panel: ev.data.panel }, seconds)
  }
}
