import { type InviteUserAgentServer, TransactionState, type UserAgentServer } from 'sip.js/lib/core/index.js'
import type { OfferedEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { CallPorts, Taken } from '../../switch-driver.ts'
import { isSelfCall } from '../caller-headers.ts'
import { chooseRedirect } from '../redirect-targets.ts'
import { toCancelled, toOffered } from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { AnswerAgain } from './answer-again.ts'
import { type DialogMemory, toDialogMemory } from './dialog-memory.ts'
import { DialogRequests } from './dialog-requests.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import { InsideSender } from './inside-sender.ts'
import { type InviteMemory, toInviteMemory } from './invite-memory.ts'
import { LegAnswers } from './leg-answers.ts'
import { LegEvents } from './leg-events.ts'
import type { OwnRequests } from './own-requests.ts'
import type { ReplyPath } from './reply-path.ts'
import { askedTimer, startTimer, timerHeaders, tooSmall } from './session-timer.ts'
import { keptMs, makeLeg, refuse, type SipLeg } from './sip-leg.ts'
import { SipLegs } from './sip-legs.ts'
import { toTagMaker } from './to-tag.ts'

interface Parts extends CallPorts {
  readonly core: () => GatewayCore
  readonly trunks: TrunkTable
  readonly requests: OwnRequests
  readonly pathTo: (request: FastRequest, memory: InviteMemory) => ReplyPath | undefined
  readonly makeEventId: (now: number) => EventId
  readonly maxDialogs: number
  readonly tagSecret?: Buffer
  readonly isDraining: () => boolean
  /** A call broke off inside us; what the caller's switch hears of it is decided here. */
  readonly onBug: (thrown: unknown) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** 100 Trying only when the journal is slower than this (design §3 step 4): it stops the switch from asking again. */
const TRYING_AFTER_MS = 200

/** An INVITE that became a call, and what its answer needs. */
interface NewCall {
  readonly leg: SipLeg
  readonly server: InviteUserAgentServer
  readonly request: FastRequest
  readonly path: ReplyPath
  readonly event: OfferedEvent
  /** RFC 4028 §9: its switch is asked to come again with a longer session. */
  readonly isTooShort: boolean
}

/** The calls of this driver: INVITE to BYE, each answered as its trunk's mode allows. */
export class SipCalls {
  readonly #parts: Parts
  readonly #makeToTag: ReturnType<typeof toTagMaker>
  readonly #legs: SipLegs
  readonly #answers: LegAnswers
  readonly #events: LegEvents
  readonly #requests: DialogRequests
  readonly #again: AnswerAgain

  constructor(parts: Parts) {
    this.#parts = parts
    this.#makeToTag = toTagMaker(parts.tagSecret)
    this.#legs = new SipLegs(parts.maxDialogs)
    this.#answers = new LegAnswers(parts)
    const sender = new InsideSender(parts)
    this.#events = new LegEvents({ ...parts, legs: this.#legs, sender })
    const of = { legs: this.#legs, answers: this.#answers, events: this.#events, sender }
    const safely = (run: () => void) => this.#safely(run)
    this.#requests = new DialogRequests({ ...parts, ...of, safely })
    this.#again = new AnswerAgain({
      ...{ ...parts, ...of, safely },
      requests: this.#requests,
      onCancel: (leg, server, cancel) => this.#onCancel(leg, server, cancel)
    })
  }

  get size(): number {
    return this.#legs.size
  }

  /** A dialog from the record. What may have been left without an answer gets it once more. */
  restore(memory: DialogMemory, match: TrunkMatch): void {
    if (this.#legs.has(memory.switchCallId)) return
    const leg = this.#legs.restore(memory, match, this.#parts.clock.now())
    if (memory.invite !== undefined) this.#again.add(leg, memory.invite)
  }

  /** From now on there is a way out. */
  start(): void {
    this.#again.start()
  }

  stop(): void {
    this.#again.stop()
  }

  isOwner(request: FastRequest): boolean {
    return this.#legs.isOwner(request)
  }

  /** Whether the call is one we have, up or from the record. */
  isKnown(request: FastRequest): boolean {
    return this.#legs.of(request) !== undefined
  }

  /** Resolves when every INVITE taken has its answer. */
  settled(): Promise<void> {
    return this.#events.settled()
  }

  /** Ends what rang for longer than any phone, stayed up longer than any call, or was refused and not offered again. */
  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.all()) {
      const isOver = now - leg.since >= keptMs(leg)
      const isUnrefreshed = leg.timer !== undefined && now >= leg.timer.endsAt
      if ((!isOver && !isUnrefreshed) || leg.state === 'pending') continue
      if (leg.state === 'ringing') leg.server?.reject({ statusCode: 480 })
      const atAge = leg.state === 'refused' ? 'no-retry' : 'no-end'
      this.#events.lose(leg, isUnrefreshed ? 'no-refresh' : atAge)
    }
  }

  onInvite(request: FastRequest, server: InviteUserAgentServer, path: ReplyPath): void {
    const { metrics, makeEventId } = this.#parts
    const match = this.#parts.trunks.match(request)
    const known = this.#legs.of(request)
    if (match === undefined || this.#isTurnedAway(match, request, server, known)) {
      if (match === undefined) refuse(server, match)
      this.#parts.core().forget(request)
      return
    }
    const asked = match.trunk.mode === 'event-leg' ? askedTimer(request) : undefined
    if (!match.isKnownNumber) metrics.sipUnknownNumbers.inc({ trunk: match.trunk.id })
    const toTag = known?.toTag ?? this.#legs.refusedTag(request) ?? this.#makeToTag(request)
    if (known?.isAgain === true) this.#again.drop(known)
    const leg = makeLeg(request, match, { server, flow: path.flow, toTag, now: Math.round(request.receivedAt) })
    if (asked?.kind === 'agreed') leg.timer = startTimer(asked.seconds, leg.since)
    this.#legs.put(leg)
    // The core makes guessable tags; ours is chosen before the call is journalled with it.
    ;(server as unknown as { toTag: string }).toTag = leg.toTag
    server.delegate = { onCancel: cancel => this.#onCancel(leg, server, cancel) }
    const memory = toDialogMemory(leg, toInviteMemory(request, path.flow))
    const event = toOffered(request, match, makeEventId(request.receivedAt), memory)
    const call = { leg, server, request, path, event, isTooShort: asked?.kind === 'too-small' }
    this.#events.track(match.trunk.mode === 'redirect' ? this.#redirect(call) : this.#answerWhenTaken(call))
  }

  /** True when the INVITE has had its answer without becoming a call. */
  #isTurnedAway(match: TrunkMatch, request: FastRequest, server: InviteUserAgentServer, known?: SipLeg): boolean {
    const { isDraining, metrics } = this.#parts
    const isSelf = isSelfCall(request, match)
    const isMerged = known !== undefined && known.state !== 'restored' && known.isAgain !== true
    const isFull = isDraining() || this.#legs.isFullFor(match)
    if (!isFull && !isSelf && !isMerged) return false
    if (isFull) {
      metrics.sipRefused.inc({ reason: isDraining() ? 'draining' : 'dialogs' })
      const { redirect } = match.trunk
      if (redirect !== undefined) this.#answers.redirect(server, [redirect.defaultTarget])
      else refuse(server, isDraining() ? undefined : match)
    } else {
      metrics.sipRefused.inc({ reason: isSelf ? 'self-call' : 'merged' })
      server.reject({ statusCode: isSelf ? 480 : 482 })
    }
    return true
  }

  onInside(request: FastRequest, server: UserAgentServer): void {
    this.#requests.onInside(request, server)
  }

  onLostDialog(request: FastRequest): boolean {
    return this.#requests.onLostDialog(request)
  }

  /** CANCEL of an INVITE that came before a restart: its transaction is gone, the call is not. */
  onLostCancel(request: FastRequest): string | undefined {
    const leg = this.#legs.of(request)
    if (leg?.state !== 'restored') return undefined
    this.#events.end(leg, toCancelled(request, leg, this.#events.makeId(request.receivedAt)))
    return leg.toTag
  }

  #tryLater({ leg, server, request, path }: NewCall): Stop {
    const { core, clock } = this.#parts
    return after(TRYING_AFTER_MS, () => {
      if (leg.state !== 'pending') return
      const delayMs = clock.now() - request.receivedAt
      this.#safely(() => core().within(path, () => core().trying(server, request, delayMs)))
    })
  }

  async #answerWhenTaken(call: NewCall): Promise<void> {
    const { core, take, metrics, clock } = this.#parts
    const { leg, server, request, path, event } = call
    const stop = this.#tryLater(call)
    const offered = take(event)
    this.#events.parties(leg, request)
    const taken = await offered
    stop()
    core().forget(request)
    // The caller left while the journal was writing: 487 has gone.
    if (leg.state !== 'pending') return
    if (taken === 'elsewhere') {
      this.#leave(call)
      return
    }
    if (!this.#safely(() => core().within(path, () => this.#answer(call, taken)))) {
      this.#legs.end(leg)
      const isOpen = server.transaction.state === TransactionState.Proceeding
      if (isOpen) this.#safely(() => refuse(server, leg.match))
    }
    metrics.sipAnswerSeconds.observe({ mode: leg.match.trunk.mode }, (clock.now() - request.receivedAt) / 1000)
  }

  /** Another node has answered. A second answer would be one too many: a fork for the switch, or the end of its call. */
  #leave({ leg, server }: NewCall): void {
    this.#legs.end(leg)
    this.#parts.metrics.sipRefused.inc({ reason: 'elsewhere' })
    this.#safely(() => this.#parts.core().leave(server))
  }

  #answer({ leg, server, request, path, event, isTooShort }: NewCall, taken: Taken): void {
    const isTaken = taken === 'durable' || taken === 'received'
    if (!isTaken || isTooShort) {
      // The pop is out: whether the switch comes again or not, its caller is on the screen.
      this.#legs.refused(leg)
      if (isTaken) server.reject(tooSmall())
      else refuse(server, leg.match)
      return
    }
    if (leg.match.trunk.mode === 'event-leg') {
      this.#answers.accept(leg, server, request, timerHeaders(leg.timer))
      this.#endReplaced(leg, event)
    } else this.#answers.ring(leg, server, request, path, () => this.#onRingingUnheard(leg, server))
    this.#requests.follow(leg, server)
  }

  /** RFC 3262 §3: nobody acknowledges our 180. The other branches of the fork go on. Comes from a timer. */
  #onRingingUnheard(leg: SipLeg, server: InviteUserAgentServer): void {
    this.#safely(() => {
      if (leg.state !== 'ringing') return
      server.reject({ statusCode: 504 })
      this.#events.lose(leg, 'no-prack')
    })
  }

  /** RFC 3891 §3: the leg whose place this one takes is ended by us, once its 200 has an ACK (RFC 3261 §15). */
  #endReplaced(leg: SipLeg, { replaces }: OfferedEvent): void {
    const old = this.#legs.replacedBy(leg, replaces)
    if (old !== undefined && old.server?.transaction.state !== TransactionState.Accepted) this.#events.replace(old)
  }

  /** 302 within the trunk's time, whatever is slow or broken here; after it nothing more is heard of the call. */
  async #redirect(call: NewCall): Promise<void> {
    const { core, take, metrics, clock, chooseDevice, onBug } = this.#parts
    const { leg, server, request, path, event } = call
    const { redirect } = leg.match.trunk
    // A number we do not know may be anybody's.
    const choose = leg.match.isKnownNumber ? chooseDevice : undefined
    if (redirect === undefined) throw new Error('config-checks lets no redirect trunk without its target through')
    const stop: Stop = redirect.budgetMs > TRYING_AFTER_MS ? this.#tryLater(call) : () => {}
    const taken = take(event)
    const { device, targets } = await chooseRedirect({ redirect, offered: event, taken, choose, onBug })
    stop()
    core().forget(request)
    if (leg.state !== 'pending') return
    this.#safely(() => core().within(path, () => this.#answers.redirect(server, targets)))
    metrics.sipAnswerSeconds.observe({ mode: 'redirect' }, (clock.now() - request.receivedAt) / 1000)
    this.#events.redirected(leg, device)
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
