import { randomBytes } from 'node:crypto'
import type { InviteUserAgentServer, Session, UserAgentServer } from 'sip.js/lib/core/index.js'
import type { CallEvent } from '../../../call/call-event.ts'
import type { EventId, SwitchCallId } from '../../../call/ids.ts'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TakeEvent, Taken } from '../../switch-driver.ts'
import { inactiveAnswer } from '../sdp.ts'
import {
  heldBy,
  type SipCallContext,
  sdpOf,
  switchCallIdOf,
  toCancelled,
  toLaterEvents,
  toOffered,
  toReleased
} from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { type DialogMemory, toDialogMemory } from './dialog-memory.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { ReplyPath } from './reply-path.ts'

interface SipLeg {
  readonly match: TrunkMatch
  readonly switchCallId: SwitchCallId
  readonly toTag: string
  readonly since: number
  /** pending: INVITE not answered. ringing: 180 sent. up: 200 sent. restored: known from the record only. */
  state: 'pending' | 'ringing' | 'up' | 'restored'
  wasHeld: boolean
  server?: InviteUserAgentServer
}

interface Parts {
  readonly core: () => GatewayCore
  readonly take: TakeEvent
  readonly trunks: TrunkTable
  readonly makeEventId: (now: number) => EventId
  readonly contact: string
  readonly host: string
  readonly maxDialogs: number
  readonly isDraining: () => boolean
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** 100 Trying only when the journal is slower than this (design §3 step 4): it stops the switch from asking again. */
const TRYING_AFTER_MS = 200
/** A ring-leg no switch ever cancelled; nobody rings that long. */
const RING_MAX_MS = 600_000
const RETRY_AFTER = 'Retry-After: 5'

/** The calls of this driver: INVITE to BYE, each answered as its trunk's mode allows. */
export class SipCalls {
  readonly #parts: Parts
  readonly #legs = new Map<SwitchCallId, SipLeg>()
  readonly #waiting = new Set<Promise<void>>()
  #nextSession = 1

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#legs.size
  }

  /** A dialog from the record, after a restart: its BYE, INFO, UPDATE and re-INVITE are ours. */
  restore(memory: DialogMemory, match: TrunkMatch): void {
    const { switchCallId, toTag, wasHeld } = memory
    this.#legs.set(switchCallId, {
      match,
      switchCallId,
      toTag,
      wasHeld,
      state: 'restored',
      since: this.#parts.clock.now()
    })
  }

  /** Resolves when every INVITE taken has its answer. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#waiting])
  }

  /** Ends what rang for longer than any phone. */
  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.values()) {
      if (leg.state !== 'ringing' || now - leg.since < RING_MAX_MS) continue
      leg.server?.reject({ statusCode: 480 })
      this.#end(leg, { ...this.#head(leg), kind: 'released', eventId: this.#parts.makeEventId(now), cause: 'lost' })
    }
  }

  onInvite(request: FastRequest, server: InviteUserAgentServer, path: ReplyPath): void {
    const { trunks, isDraining, maxDialogs, metrics, makeEventId, clock } = this.#parts
    const switchCallId = switchCallIdOf(request)
    const known = this.#legs.get(switchCallId)
    const match = trunks.match(request)
    if (match === undefined || isDraining() || this.#legs.size >= maxDialogs) {
      metrics.sipRefused.inc({ reason: isDraining() ? 'draining' : 'dialogs' })
      server.reject({ statusCode: 503, extraHeaders: [RETRY_AFTER] })
      return
    }
    if (known !== undefined && known.state !== 'restored') {
      server.reject({ statusCode: 482 })
      return
    }
    if (!match.isKnownNumber) metrics.sipUnknownNumbers.inc({ trunk: match.trunk.id })
    const leg: SipLeg = {
      match,
      switchCallId,
      toTag: known?.toTag ?? randomBytes(8).toString('hex'),
      since: clock.now(),
      state: 'pending',
      wasHeld: heldBy(request) ?? false,
      server
    }
    this.#legs.set(switchCallId, leg)
    // The core makes guessable tags; ours is chosen before the call is journalled with it.
    ;(server as unknown as { toTag: string }).toTag = leg.toTag
    server.delegate = { onCancel: cancel => this.#onCancel(leg, server, cancel) }
    const event = toOffered(request, match, makeEventId(request.receivedAt), toDialogMemory(request, leg))
    const answered = this.#answerWhenTaken(leg, server, request, path, event)
    this.#waiting.add(answered)
    answered.finally(() => this.#waiting.delete(answered))
  }

  /** UPDATE in a dialog of the core. */
  onUpdate(request: FastRequest, server: UserAgentServer): void {
    server.accept({ statusCode: 200, extraHeaders: [this.#contact()] })
    const leg = this.#legs.get(switchCallIdOf(request))
    if (leg !== undefined) this.#later(leg, request)
  }

  /** A request of a dialog that only the record knows; false: not even that. */
  onLostDialog(request: FastRequest): boolean {
    const leg = this.#legs.get(switchCallIdOf(request))
    if (leg?.state !== 'restored' || leg.toTag !== request.toTag) return false
    const core = this.#parts.core()
    if (request.method === 'BYE') {
      core.serve(request).accept()
      this.#end(leg, toReleased(request, leg, this.#parts.makeEventId(request.receivedAt)))
    } else if (request.method === 'INVITE') {
      leg.state = 'up'
      this.#accept(leg, core.serveInvite(request), request)
      this.#later(leg, request)
    } else this.onUpdate(request, core.serve(request))
    return true
  }

  /** CANCEL of an INVITE that came before a restart: its transaction is gone, the call is not. */
  onLostCancel(request: FastRequest): boolean {
    const leg = this.#legs.get(switchCallIdOf(request))
    if (leg?.state !== 'restored') return false
    this.#end(leg, toCancelled(request, leg, this.#parts.makeEventId(request.receivedAt)))
    return true
  }

  async #answerWhenTaken(
    leg: SipLeg,
    server: InviteUserAgentServer,
    request: FastRequest,
    path: ReplyPath,
    event: CallEvent
  ): Promise<void> {
    const { core, take, metrics, clock } = this.#parts
    const stop: Stop = after(TRYING_AFTER_MS, () => {
      if (leg.state === 'pending') core().within(path, () => server.trying())
    })
    const taken = await take(event)
    stop()
    core().forget(request)
    // The caller left while the journal was writing: 487 has gone.
    if (leg.state !== 'pending') return
    core().within(path, () => this.#answer(leg, server, request, taken))
    metrics.sipAnswerSeconds.observe({ mode: leg.match.trunk.mode }, (clock.now() - request.receivedAt) / 1000)
  }

  #answer(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest, taken: Taken): void {
    if (taken === 'refused' || taken === 'ignored') {
      this.#legs.delete(leg.switchCallId)
      // 503 sends the switch to another node and keeps it there for a while; a 999 call it must be free to bring back.
      if (leg.match.number.line === '999') server.reject({ statusCode: 500 })
      else server.reject({ statusCode: 503, extraHeaders: [RETRY_AFTER] })
    } else if (leg.match.trunk.mode === 'event-leg') {
      leg.state = 'up'
      this.#accept(leg, server, request)
    } else {
      // A ring-leg is a branch of the caller's own call: a 200 here would win it and leave the caller with nobody.
      leg.state = 'ringing'
      const { session } = server.progress({ statusCode: 180 })
      session.delegate = this.#delegate(leg)
    }
  }

  /** 200 with media that is there and inactive; only ever for an event leg, or a dialog that was one. */
  #accept(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest): void {
    const { session } = server.accept({ statusCode: 200, body: this.#sdp(request) })
    session.delegate = this.#delegate(leg, server)
  }

  #delegate(leg: SipLeg, server?: InviteUserAgentServer): NonNullable<Session['delegate']> {
    const { core, makeEventId, clock } = this.#parts
    return {
      onAck: () => {
        if (server !== undefined) core().endInvite(server)
      },
      onAckTimeout: () => {
        const eventId = makeEventId(clock.now())
        this.#end(leg, { ...this.#head(leg), kind: 'released', eventId, cause: 'lost' })
      },
      onBye: bye => {
        bye.accept()
        if (bye.message instanceof FastRequest)
          this.#end(leg, toReleased(bye.message, leg, makeEventId(bye.message.receivedAt)))
      },
      onInfo: info => {
        info.accept()
        if (info.message instanceof FastRequest) this.#later(leg, info.message)
      },
      onInvite: again => {
        if (!(again.message instanceof FastRequest)) return
        again.accept({ statusCode: 200, extraHeaders: [this.#contact()], body: this.#sdp(again.message) })
        this.#later(leg, again.message)
      }
    }
  }

  #onCancel(leg: SipLeg, server: InviteUserAgentServer, cancel: unknown): void {
    if (leg.state !== 'pending' && leg.state !== 'ringing') return
    leg.state = 'up'
    server.reject({ statusCode: 487 })
    if (cancel instanceof FastRequest)
      this.#end(leg, toCancelled(cancel, leg, this.#parts.makeEventId(cancel.receivedAt)))
  }

  #later(leg: SipLeg, request: FastRequest): void {
    for (const event of toLaterEvents(request, leg, () => this.#parts.makeEventId(request.receivedAt)))
      this.#emit(event)
    leg.wasHeld = heldBy(request) ?? leg.wasHeld
  }

  #end(leg: SipLeg, released: CallEvent): void {
    this.#legs.delete(leg.switchCallId)
    this.#emit(released)
  }

  /** What is said inside a call was answered already; the journal retries by itself. */
  #emit(event: CallEvent): void {
    const done = this.#parts.take(event).then(taken => {
      if (taken === 'refused') this.#parts.log.warn('sip.event-not-durable', { trunk: event.trunk, what: event.kind })
    })
    this.#waiting.add(done)
    done.finally(() => this.#waiting.delete(done))
  }

  #head({ match, switchCallId }: SipCallContext) {
    return { trunk: match.trunk.id, force: match.number.force, switchCallId, receivedAt: this.#parts.clock.now() }
  }

  #sdp(request: FastRequest) {
    const content = inactiveAnswer(sdpOf(request), this.#parts.host, this.#nextSession++)
    return { contentDisposition: 'session', contentType: 'application/sdp', content }
  }

  #contact(): string {
    return `Contact: <${this.#parts.contact}>`
  }
}
