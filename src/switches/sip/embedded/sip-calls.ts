import {
  type InviteUserAgentServer,
  type Session,
  TransactionState,
  type UserAgentServer
} from 'sip.js/lib/core/index.js'
import type { CallEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TakeEvent, Taken } from '../../switch-driver.ts'
import {
  heldBy,
  isSelfCall,
  sdpOf,
  switchCallIdOf,
  toCancelled,
  toLaterEvents,
  toOffered,
  toReleased
} from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { type DialogMemory, toDialogMemory } from './dialog-memory.ts'
import { ALLOW } from './edge.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { ReplyPath } from './reply-path.ts'
import { dropDialog, keptMs, makeToTag, nextSdp, refuse, type SipLeg } from './sip-leg.ts'
import { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly core: () => GatewayCore
  readonly take: TakeEvent
  readonly trunks: TrunkTable
  readonly makeEventId: (now: number) => EventId
  readonly contact: string
  readonly host: string
  readonly maxDialogs: number
  readonly isDraining: () => boolean
  /** A call broke off inside us; what the caller's switch hears of it is decided here. */
  readonly onBug: (thrown: unknown) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** 100 Trying only when the journal is slower than this (design §3 step 4): it stops the switch from asking again. */
const TRYING_AFTER_MS = 200

/** The calls of this driver: INVITE to BYE, each answered as its trunk's mode allows. */
export class SipCalls {
  readonly #parts: Parts
  readonly #legs: SipLegs
  readonly #waiting = new Set<Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#legs = new SipLegs(parts.maxDialogs)
  }

  get size(): number {
    return this.#legs.size
  }

  restore(memory: DialogMemory, match: TrunkMatch): void {
    this.#legs.restore(memory, match, this.#parts.clock.now())
  }

  isOwner(request: FastRequest): boolean {
    return this.#legs.isOwner(request)
  }

  /** Whether the call is one we have, up or from the record. */
  isKnown(request: FastRequest): boolean {
    return this.#legs.of(request) !== undefined
  }

  /** Resolves when every INVITE taken has its answer. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#waiting])
  }

  /** Ends what rang for longer than any phone, stayed up longer than any call, or was refused and not offered again. */
  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.all()) {
      if (now - leg.since < keptMs(leg)) continue
      if (leg.state === 'ringing') leg.server?.reject({ statusCode: 480 })
      this.#lose(leg)
    }
  }

  onInvite(request: FastRequest, server: InviteUserAgentServer, path: ReplyPath): void {
    const { isDraining, metrics, makeEventId, clock } = this.#parts
    const known = this.#legs.of(request)
    const match = this.#parts.trunks.match(request)
    if (match === undefined || isDraining() || this.#legs.isFullFor(match)) {
      metrics.sipRefused.inc({ reason: isDraining() ? 'draining' : 'dialogs' })
      this.#parts.core().forget(request)
      refuse(server, isDraining() ? undefined : match)
      return
    }
    const isSelf = isSelfCall(request, match)
    if (isSelf || (known !== undefined && known.state !== 'restored')) {
      metrics.sipRefused.inc({ reason: isSelf ? 'self-call' : 'merged' })
      this.#parts.core().forget(request)
      server.reject({ statusCode: isSelf ? 480 : 482 })
      return
    }
    if (!match.isKnownNumber) metrics.sipUnknownNumbers.inc({ trunk: match.trunk.id })
    const leg: SipLeg = {
      match,
      switchCallId: switchCallIdOf(request),
      toTag: known?.toTag ?? makeToTag(),
      since: clock.now(),
      state: 'pending',
      wasHeld: heldBy(request) ?? false,
      server
    }
    this.#legs.put(leg)
    // The core makes guessable tags; ours is chosen before the call is journalled with it.
    ;(server as unknown as { toTag: string }).toTag = leg.toTag
    server.delegate = { onCancel: cancel => this.#onCancel(leg, server, cancel) }
    const event = toOffered(request, match, makeEventId(request.receivedAt), toDialogMemory(request, leg))
    const answered = this.#answerWhenTaken(leg, server, request, path, event)
    this.#waiting.add(answered)
    answered.finally(() => this.#waiting.delete(answered))
  }

  /** UPDATE in a dialog of the core, or INFO and UPDATE of one that only the record knows. */
  onUpdate(request: FastRequest, server: UserAgentServer): void {
    const leg = this.#legs.of(request)
    const hasOffer = sdpOf(request) !== undefined
    if (hasOffer && leg?.state === 'ringing') {
      // The INVITE's own offer has no answer yet, so another cannot be taken (RFC 3311 §5.2).
      server.reject({ statusCode: 500, extraHeaders: ['Retry-After: 1'] })
      return
    }
    const body = hasOffer && leg !== undefined ? { body: this.#sdp(leg, request) } : {}
    server.accept({ statusCode: 200, extraHeaders: [this.#contact()], ...body })
    if (leg !== undefined) this.#later(leg, request)
  }

  /** A request of a dialog that only the record knows; false: not even that. */
  onLostDialog(request: FastRequest): boolean {
    const leg = this.#legs.of(request)
    if (leg?.state !== 'restored' || leg.toTag !== request.toTag) return false
    const core = this.#parts.core()
    if (request.method === 'BYE') {
      core.serve(request).accept()
      this.#end(leg, toReleased(request, leg, this.#parts.makeEventId(request.receivedAt)))
    } else if (request.method === 'INVITE') {
      // A ring-leg was never answered, so nothing can be re-invited; a 200 here would take the caller's call.
      if (leg.match.trunk.mode === 'ring-leg') return false
      leg.state = 'up'
      this.#accept(leg, core.serveInvite(request), request)
      this.#later(leg, request)
    } else this.onUpdate(request, core.serve(request))
    return true
  }

  /** CANCEL of an INVITE that came before a restart: its transaction is gone, the call is not. */
  onLostCancel(request: FastRequest): boolean {
    const leg = this.#legs.of(request)
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
      if (leg.state === 'pending') {
        core().within(path, () => core().trying(server, request, clock.now() - request.receivedAt))
      }
    })
    const taken = await take(event)
    stop()
    core().forget(request)
    // The caller left while the journal was writing: 487 has gone.
    if (leg.state !== 'pending') return
    const isAnswered = this.#safely(() => core().within(path, () => this.#answer(leg, server, request, taken)))
    if (!isAnswered) {
      this.#legs.end(leg)
      const isOpen = server.transaction.state === TransactionState.Proceeding
      if (isOpen) this.#safely(() => refuse(server, leg.match))
    }
    metrics.sipAnswerSeconds.observe({ mode: leg.match.trunk.mode }, (clock.now() - request.receivedAt) / 1000)
  }

  #answer(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest, taken: Taken): void {
    if (taken === 'refused' || taken === 'ignored') {
      this.#legs.refused(leg)
      refuse(server, leg.match)
    } else if (leg.match.trunk.mode === 'event-leg') {
      leg.state = 'up'
      this.#accept(leg, server, request)
    } else {
      // A ring-leg is a branch of the caller's own call: a 200 here would win it and leave the caller with nobody.
      leg.state = 'ringing'
      leg.session = server.progress({ statusCode: 180 }).session
      leg.session.delegate = this.#delegate(leg, server)
    }
  }

  /** 200 with media that is there and inactive; only ever for an event leg, or a dialog that was one. */
  #accept(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest): void {
    leg.session = server.accept({ statusCode: 200, body: this.#sdp(leg, request) }).session
    leg.session.delegate = this.#delegate(leg, server)
  }

  #delegate(leg: SipLeg, server: InviteUserAgentServer): NonNullable<Session['delegate']> {
    const { core, makeEventId } = this.#parts
    return {
      onAck: () => core().endInvite(server),
      onAckTimeout: () => this.#lose(leg),
      onBye: bye => {
        bye.accept()
        // §15.1.2: the INVITE that still rings has its own answer.
        if (leg.state === 'ringing') server.reject({ statusCode: 487 })
        if (bye.message instanceof FastRequest)
          this.#end(leg, toReleased(bye.message, leg, makeEventId(bye.message.receivedAt)))
      },
      onInfo: info => {
        info.accept()
        if (info.message instanceof FastRequest) this.#later(leg, info.message)
      },
      onInvite: again => {
        if (!(again.message instanceof FastRequest)) return
        if (leg.state !== 'up') return void again.reject({ statusCode: 491 })
        again.accept({ statusCode: 200, extraHeaders: [this.#contact(), ALLOW], body: this.#sdp(leg, again.message) })
        this.#later(leg, again.message)
      }
    }
  }

  #onCancel(leg: SipLeg, server: InviteUserAgentServer, cancel: unknown): void {
    if (leg.state !== 'pending' && leg.state !== 'ringing') return
    server.reject({ statusCode: 487 })
    if (cancel instanceof FastRequest)
      this.#end(leg, toCancelled(cancel, leg, this.#parts.makeEventId(cancel.receivedAt)))
  }

  /** Nobody said that it ended. */
  #lose(leg: SipLeg): void {
    const { makeEventId, clock } = this.#parts
    const { trunk, number } = leg.match
    const receivedAt = clock.now()
    const head = { trunk: trunk.id, force: number.force, switchCallId: leg.switchCallId, receivedAt }
    dropDialog(leg)
    this.#end(leg, { ...head, kind: 'released', eventId: makeEventId(receivedAt), cause: 'lost' })
  }

  #later(leg: SipLeg, request: FastRequest): void {
    for (const event of toLaterEvents(request, leg, () => this.#parts.makeEventId(request.receivedAt)))
      this.#emit(event)
    leg.wasHeld = heldBy(request) ?? leg.wasHeld
  }

  #end(leg: SipLeg, released: CallEvent): void {
    this.#legs.end(leg)
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

  #sdp(leg: SipLeg, request: FastRequest) {
    const content = nextSdp(leg, sdpOf(request), this.#parts.host)
    return { contentDisposition: 'session', contentType: 'application/sdp', content }
  }

  /** False when it broke off: whatever a peer sent, nothing may leave a timer or a promise. */
  #safely(run: () => void): boolean {
    try {
      run()
      return true
    } catch (thrown) {
      this.#parts.onBug(thrown)
      return false
    }
  }

  #contact(): string {
    return `Contact: <${this.#parts.contact}>`
  }
}
