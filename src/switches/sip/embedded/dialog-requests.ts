import type { IncomingInviteRequest, InviteUserAgentServer, Session, UserAgentServer } from 'sip.js/lib/core/index.js'
import type { Clock } from '../../../operations/lifecycle.ts'
import { toReferred } from '../refer-to-event.ts'
import { sdpOf, toReleased } from '../sip-to-event.ts'
import { ACCEPT, ALLOW } from './edge.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { InsideSender } from './inside-sender.ts'
import type { LegAnswers } from './leg-answers.ts'
import type { LegEvents } from './leg-events.ts'
import { movedTarget } from './remote-target.ts'
import { askedTimer, startTimer, timerHeaders, tooSmall } from './session-timer.ts'
import { dropDialog, type SipLeg } from './sip-leg.ts'
import type { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly core: () => GatewayCore
  readonly legs: SipLegs
  readonly answers: LegAnswers
  readonly events: LegEvents
  readonly sender: InsideSender
  readonly safely: (run: () => void) => boolean
  readonly clock: Clock
}

/* Made anew each time, because the core writes into what it is given. */
/** RFC 6086 §4.2.2: there is no package that we take. */
const badPackage = () => ({ statusCode: 469, reasonPhrase: 'Bad Info Package', extraHeaders: ['Recv-Info:'] })
const trySoon = () => ({ statusCode: 500, extraHeaders: ['Retry-After: 1'] })

/** Its switch had an answer of ours before, or another gateway's, and acknowledged that: the dialog goes on as the record knows it. */
function backToRecord(leg: SipLeg): void {
  if (leg.state !== 'up') return
  leg.state = 'restored'
  leg.isAgain = false
  dropDialog(leg)
  delete leg.session
  delete leg.server
}

/** What a switch says inside a dialog: one that the core holds, or one that only the record knows (after a restart). */
export class DialogRequests {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Anything but INVITE and ACK, in order, in a dialog of the core. */
  onInside(request: FastRequest, server: UserAgentServer): void {
    const leg = this.#parts.legs.of(request)
    if (leg === undefined || leg.toTag !== request.toTag) server.reject({ statusCode: 481 })
    else this.#answer(leg, request, server)
  }

  /** A request of a dialog that only the record knows; false: not even that. */
  onLostDialog(request: FastRequest): boolean {
    const { core, legs } = this.#parts
    const leg = legs.of(request)
    if (leg?.state !== 'restored' || leg.toTag !== request.toTag) return false
    // A ring-leg was never answered, so nothing can be re-invited; a 200 here would take the caller's call.
    if (request.method === 'INVITE' && leg.match.trunk.mode !== 'event-leg') return false
    if (request.cseq <= leg.cseq) {
      core().answer(request, 500)
      return true
    }
    leg.cseq = request.cseq
    if (request.method === 'INVITE') this.#acceptLost(leg, request)
    else this.#answer(leg, request, core().serve(request))
    return true
  }

  /** What the core's dialog tells by itself: ACK, its absence, and re-INVITE. */
  follow(leg: SipLeg, server: InviteUserAgentServer): void {
    const { core, safely } = this.#parts
    const delegate: NonNullable<Session['delegate']> = {
      onAck: () => {
        leg.awaitsAnswer = false
        leg.isAgain = false
        core().endInvite(server)
      },
      // Comes from a timer of the core's.
      onAckTimeout: () => void safely(() => this.#onNoAck(leg)),
      onInvite: again => this.#onReInvite(leg, again)
    }
    if (leg.session !== undefined) leg.session.delegate = delegate
  }

  /** Of a call that another gateway has had too, it proves nothing: where both answered, the ACK went to one of them. */
  #onNoAck(leg: SipLeg): void {
    const { events } = this.#parts
    if (leg.isAgain !== true && events.whose(leg) === 'ours') events.lose(leg, 'no-ack')
    else {
      backToRecord(leg)
      events.doubt(leg)
    }
  }

  #acceptLost(leg: SipLeg, request: FastRequest): void {
    const { core, answers, events } = this.#parts
    const server = core().serveInvite(request)
    const headers = this.#refresh(leg, request)
    if (headers === undefined) {
      server.reject(tooSmall())
      return
    }
    leg.server = server
    answers.accept(leg, server, request, headers)
    this.follow(leg, server)
    events.later(leg, request)
  }

  #onReInvite(leg: SipLeg, again: IncomingInviteRequest): void {
    const { answers, events } = this.#parts
    const { message } = again
    if (!(message instanceof FastRequest)) return
    if (leg.state !== 'up') {
      again.reject({ statusCode: 491 })
      return
    }
    const headers = this.#refresh(leg, message)
    if (headers === undefined) {
      again.reject(tooSmall())
      return
    }
    answers.acceptAgain(leg, again, message, headers)
    events.later(leg, message)
  }

  #answer(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    leg.flow = this.#parts.core().path?.flow ?? leg.flow
    const { method } = request
    if (method === 'BYE') this.#onBye(leg, request, server)
    else if (method === 'UPDATE') this.#onUpdate(leg, request, server)
    else if (method === 'PRACK') this.#onPrack(leg, request, server)
    else if (method === 'REFER') this.#onRefer(leg, request, server)
    // The switch asks whether the dialog is still there (§11.2); the core writes Supported by itself.
    else if (method === 'OPTIONS') server.accept({ statusCode: 200, extraHeaders: [ALLOW, ACCEPT] })
    else this.#onInfo(leg, request, server)
  }

  #onBye(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const { core, events } = this.#parts
    server.accept()
    const isRinging = leg.state === 'ringing'
    // Ended first: the core takes the end of an INVITE that waits for its ACK for a loss.
    events.end(leg, toReleased(request, leg, events.makeId(request.receivedAt)))
    dropDialog(leg)
    // §15.1.2: the INVITE that still rings has its own answer.
    if (isRinging) leg.server?.reject({ statusCode: 487 })
    else if (leg.server !== undefined) core().endInvite(leg.server)
  }

  #onUpdate(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const { answers, events } = this.#parts
    const hasOffer = sdpOf(request) !== undefined
    // RFC 3311 §5.2: one offer at a time. The INVITE's own has no answer yet, or ours has none.
    if (hasOffer && leg.state === 'ringing') server.reject(trySoon())
    else if (hasOffer && leg.awaitsAnswer === true) server.reject({ statusCode: 491 })
    else {
      const headers = this.#refresh(leg, request)
      if (headers === undefined) {
        server.reject(tooSmall())
        return
      }
      const body = hasOffer ? { body: answers.sdp(leg, request) } : {}
      server.accept({ statusCode: 200, extraHeaders: [answers.contactOf(leg), ...headers], ...body })
      events.later(leg, request)
    }
  }

  /** A package we know nothing of may still carry a header that we do. */
  #onInfo(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const said = this.#parts.events.later(leg, request)
    if (request.header('info-package') !== undefined && said.length === 0) server.reject(badPackage())
    else server.accept()
  }

  #onPrack(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    // What it acknowledges was sent before a restart, and is acknowledged.
    const isKnown = leg.state === 'restored' || leg.reliable?.acknowledge(request.header('rack')) === true
    if (!isKnown) server.reject({ statusCode: 481 })
    // The INVITE's offer is answered in no 180 of ours, so another cannot be taken (RFC 3262 §5).
    else if (sdpOf(request) !== undefined) server.reject({ statusCode: 488 })
    else server.accept()
  }

  /** docs/decisions/0009: the switch has moved the call by itself; it is believed and not asked to do it again. */
  #onRefer(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const { answers, events, sender } = this.#parts
    if (leg.match.trunk.mode !== 'event-leg') {
      server.reject({ statusCode: 603 })
      return
    }
    const moved = toReferred(request, leg, () => events.makeId(request.receivedAt))
    if (moved === undefined) {
      server.reject({ statusCode: 400 })
      return
    }
    const isUnreported = /^\s*false\b/i.test(request.header('refer-sub') ?? '')
    const extraHeaders = [answers.contactOf(leg), ...(isUnreported ? ['Refer-Sub: false'] : [])]
    server.accept({ statusCode: isUnreported ? 200 : 202, extraHeaders })
    if (!isUnreported) sender.reportReferred(leg, request.cseq)
    for (const event of moved) events.emit(event)
  }

  /** Where the switch is and how long its session lasts now; undefined when that would be too short. */
  #refresh(leg: SipLeg, request: FastRequest): readonly string[] | undefined {
    const { core, clock } = this.#parts
    leg.flow = core().path?.flow ?? leg.flow
    if (leg.match.trunk.mode !== 'event-leg') return []
    const asked = askedTimer(request, leg.timer)
    if (asked.kind === 'too-small') return undefined
    leg.target = movedTarget(leg.target, request)
    leg.timer = asked.kind === 'agreed' ? startTimer(asked.seconds, clock.now()) : undefined
    return timerHeaders(leg.timer)
  }
}
