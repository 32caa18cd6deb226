import type { CallId, HandlerId } from '../call/ids.ts'
import { ConsolePresence, type Presence } from '../delivery/console-presence.ts'
import { Hub } from '../delivery/hub.ts'
import { CLOSE } from '../delivery/protocol-limits.ts'
import { RedisSessionLog } from '../delivery/redis-session-log.ts'
import { SignOnSync } from '../delivery/sign-on-sync.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import type { Board } from '../pop/board.ts'
import type { Card } from '../pop/card.ts'
import { PopCourier } from '../pop/pop-courier.ts'
import { ScreenSender } from '../pop/screen-sender.ts'
import type { ScreenEvent } from '../pop/session-log.ts'
import { SignOnDirectory } from '../pop/sign-on-directory.ts'
import { listSignOns } from '../records/handlers.ts'
import { closeContact, recordTaken } from '../records/journal-rows.ts'
import { readPresences, recordPresences } from '../records/presences.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

const HOUR_MS = 3_600_000

export interface Delivery {
  readonly courier: PopCourier
  readonly hub: Hub
  readonly signOns: SignOnDirectory
  readonly sync: SignOnSync
  readonly sender: ScreenSender
  /** Who looks at their screen, here and on the other nodes. */
  readonly presence: ConsolePresence
}

/** Whom delivery tells of what happens, and what a supervisor's screen shows beside calls. */
export interface DeliveryPorts {
  /** A person closed the card. */
  readonly onClosed: (callId: CallId) => void
  readonly onCard: (card: Card) => void
  readonly onForgotten: (callId: CallId) => void
  readonly onPresence: (handler: HandlerId, presence: Presence) => void
  readonly board: (handler: HandlerId) => Board | undefined
}

/** From a card to the screens entitled to it: courier, session log, hub. */
export async function startDelivery(base: Base, stores: Stores, ports: DeliveryPorts): Promise<Delivery> {
  const { config, log, metrics, clock, releases, node } = base
  const { pool, commands, subscriber } = stores
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
    sendDirect: (handlers, eventId, ev, receivedAt) => hub.sendDirect(handlers, eventId, ev, receivedAt),
    directPopMs: config.limits.directPopMs,
    log
  })
  const courier: PopCourier = new PopCourier({
    signOns,
    sender,
    toBarePop,
    recordTaken: (callId, handler, at) => recordTaken(pool, callId, handler, at),
    recordClosed: (callId, handler) => closeContact(pool, callId, handler, clock.now()),
    onClosed: ports.onClosed,
    onCard: ports.onCard,
    onForgotten: ports.onForgotten,
    ...{ log, metrics, clock }
  })
  const hub: Hub = new Hub({
    sessionLog: () => sessionLog,
    snapshot: handler => courier.snapshot(handler),
    board: ports.board,
    onSent: makeSentObserver(base),
    ...{ log, metrics, clock, node, keyPrefix, subscriber, commands }
  })
  const sync = new SignOnSync({
    directory: signOns,
    list: () => listSignOns(pool, clock.now() - config.http.sessionHours * HOUR_MS, clock.now()),
    onChanged: () => courier.signOnsChanged(),
    onEnded: handler => hub.of(handler)?.close(CLOSE.notSignedOn.code, CLOSE.notSignedOn.text),
    ...{ commands, subscriber, keyPrefix, log }
  })
  const presence = makePresence(base, stores, signOns, ports.onPresence)
  releases.push('session log', () => sessionLog.stop())
  hub.start()
  releases.push('hub', () => hub.stop())
  await sync.start()
  releases.push('sign-ons', () => sync.stop())
  presence.start()
  releases.push('presence', () => presence.stop())
  return { courier, hub, signOns, sync, sender, presence }
}

function makePresence(
  { log, metrics, clock, node }: Base,
  { pool }: Stores,
  signOns: SignOnDirectory,
  onPresence: DeliveryPorts['onPresence']
): ConsolePresence {
  return new ConsolePresence({
    record: rows => recordPresences(pool, node, rows),
    read: withinMs => readPresences(pool, withinMs),
    ...{ node, signOns, onPresence, log, metrics, clock }
  })
}

function makeSentObserver({ metrics, clock }: Base) {
  return (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => {
    const seconds = Math.max(0, clock.now() - receivedAt) / 1000
    if (ev.type === 'call.pop') metrics.popSentSeconds.observe({ path }, seconds)
    else if (ev.type === 'call.panel') metrics.panelSentSeconds.observe({ panel: ev.data.panel }, seconds)
  }
}
