import type { IncomingInviteRequest, InviteUserAgentServer, Session, UserAgentServer } from 'sip.js/lib/core/index.js'
import { sdpOf, toReleased } from '../sip-to-event.ts'
import { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { LegAnswers } from './leg-answers.ts'
import type { LegEvents } from './leg-events.ts'
import { dropDialog, type SipLeg } from './sip-leg.ts'
import type { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly core: () => GatewayCore
  readonly legs: SipLegs
  readonly answers: LegAnswers
  readonly events: LegEvents
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
    const { core, legs, answers, events } = this.#parts
    const leg = legs.of(request)
    if (leg?.state !== 'restored' || leg.toTag !== request.toTag) return false
    if (request.method !== 'INVITE') {
      this.#answer(leg, request, core().serve(request))
      return true
    }
    // A ring-leg was never answered, so nothing can be re-invited; a 200 here would take the caller's call.
    if (leg.match.trunk.mode !== 'event-leg') return false
    const server = core().serveInvite(request)
    answers.accept(leg, server, request)
    this.follow(leg, server)
    events.later(leg, request)
    return true
  }

  /** What the core's dialog tells by itself: ACK, its absence, and re-INVITE. */
  follow(leg: SipLeg, server: InviteUserAgentServer): void {
    const { core, events } = this.#parts
    const delegate: NonNullable<Session['delegate']> = {
      onAck: () => core().endInvite(server),
      onAckTimeout: () => events.lose(leg),
      onInvite: again => this.#onReInvite(leg, again)
    }
    if (leg.session !== undefined) leg.session.delegate = delegate
  }

  #onReInvite(leg: SipLeg, again: IncomingInviteRequest): void {
    const { answers, events } = this.#parts
    const { message } = again
    if (!(message instanceof FastRequest)) return
    if (leg.state !== 'up') {
      again.reject({ statusCode: 491 })
      return
    }
    answers.acceptAgain(leg, again, message)
    events.later(leg, message)
  }

  #answer(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    if (request.method === 'BYE') this.#onBye(leg, request, server)
    else this.#onUpdate(leg, request, server)
  }

  #onBye(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const { core, events } = this.#parts
    server.accept()
    dropDialog(leg)
    // §15.1.2: the INVITE that still rings has its own answer.
    if (leg.state === 'ringing') leg.server?.reject({ statusCode: 487 })
    else if (leg.server !== undefined) core().endInvite(leg.server)
    events.end(leg, toReleased(request, leg, events.makeId(request.receivedAt)))
  }

  #onUpdate(leg: SipLeg, request: FastRequest, server: UserAgentServer): void {
    const { answers, events } = this.#parts
    const hasOffer = request.method === 'UPDATE' && sdpOf(request) !== undefined
    if (hasOffer && leg.state === 'ringing') {
      // The INVITE's own offer has no answer yet, so another cannot be taken (RFC 3311 §5.2).
      server.reject({ statusCode: 500, extraHeaders: ['Retry-After: 1'] })
      return
    }
    const body = hasOffer ? { body: answers.sdp(leg, request) } : {}
    const extraHeaders = request.method === 'UPDATE' ? [answers.contact] : []
    server.accept({ statusCode: 200, extraHeaders, ...body })
    events.later(leg, request)
  }
}
