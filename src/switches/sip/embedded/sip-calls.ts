import { type InviteUserAgentServer, TransactionState, type UserAgentServer } from 'sip.js/lib/core/index.js'
import type { CallEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TakeEvent, Taken } from '../../switch-driver.ts'
import { heldBy, isSelfCall, switchCallIdOf, toCancelled, toOffered } from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { type DialogMemory, toDialogMemory } from './dialog-memory.ts'
import { DialogRequests } from './dialog-requests.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import { LegAnswers } from './leg-answers.ts'
import { LegEvents } from './leg-events.ts'
import type { ReplyPath } from './reply-path.ts'
import { keptMs, makeToTag, refuse, type SipLeg } from './sip-leg.ts'
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
  readonly #answers: LegAnswers
  readonly #events: LegEvents
  readonly #requests: DialogRequests

  constructor(parts: Parts) {
    this.#parts = parts
    this.#legs = new SipLegs(parts.maxDialogs)
    this.#answers = new LegAnswers(parts)
    this.#events = new LegEvents({ ...parts, legs: this.#legs })
    const of = { legs: this.#legs, answers: this.#answers, events: this.#events }
    this.#requests = new DialogRequests({ core: parts.core, ...of })
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

  /** Resolves when every INVITE taken has its answer. */
  settled(): Promise<void> {
    return this.#events.settled()
  }

  /** Ends what rang for longer than any phone, stayed up longer than any call, or was refused and not offered again. */
  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.all()) {
      if (now - leg.since < keptMs(leg)) continue
      if (leg.state === 'ringing') leg.server?.reject({ statusCode: 480 })
      this.#events.lose(leg)
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
    this.#events.track(this.#answerWhenTaken(leg, server, request, path, event))
  }

  onInside(request: FastRequest, server: UserAgentServer): void {
    this.#requests.onInside(request, server)
  }

  onLostDialog(request: FastRequest): boolean {
    return this.#requests.onLostDialog(request)
  }

  /** CANCEL of an INVITE that came before a restart: its transaction is gone, the call is not. */
  onLostCancel(request: FastRequest): boolean {
    const leg = this.#legs.of(request)
    if (leg?.state !== 'restored') return false
    this.#events.end(leg, toCancelled(request, leg, this.#events.makeId(request.receivedAt)))
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
      return
    }
    if (leg.match.trunk.mode === 'event-leg') this.#answers.accept(leg, server, request)
    else this.#answers.ring(leg, server)
    this.#requests.follow(leg, server)
  }

  #onCancel(leg: SipLeg, server: InviteUserAgentServer, cancel: unknown): void {
    if (leg.state !== 'pending' && leg.state !== 'ringing') return
    server.reject({ statusCode: 487 })
    if (cancel instanceof FastRequest) {
      this.#events.end(leg, toCancelled(cancel, leg, this.#events.makeId(cancel.receivedAt)))
    }
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
}
