import { ALLOW } from '../embedded/edge.ts'
import type { FastRequest } from '../embedded/fast-request.ts'
import type { LegEvents } from '../embedded/leg-events.ts'
import { RECORDING_SERVER } from '../embedded/recording-offer.ts'
import { nextSdp, type SipLeg } from '../embedded/sip-leg.ts'
import type { SipLegs } from '../embedded/sip-legs.ts'
import { toReferred } from '../refer-to-event.ts'
import { sdpOf, toReleased } from '../sip-to-event.ts'
import { answer, type Exchange, sendInside } from './drachtio-exchange.ts'
import { receivedOn } from './srf-inside.ts'

interface Parts {
  readonly legs: SipLegs
  readonly events: LegEvents
  /** INVITEs that opened the legs, while their link lasts. */
  readonly invites: WeakMap<SipLeg, Exchange>
  /** Stands in our session descriptions; no media ever flows there. */
  readonly host: string
  readonly onUnsent: (leg: SipLeg, reason: string) => void
}

const SIPFRAG = 'Content-Type: message/sipfrag;version=2.0'

/** What a switch says inside a dialog, found by Call-ID and From-tag; and the 200 that opens one. */
export class DrachtioInside {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  onInside(request: FastRequest, exchange: Exchange): void {
    const { legs } = this.#parts
    const leg = legs.isOwner(request) ? legs.of(request) : undefined
    if (request.method === 'ACK') {
      if (leg !== undefined) leg.awaitsAnswer = false
    } else if (leg === undefined) answer(exchange, 481)
    else if (request.method === 'BYE') this.#onBye(leg, request, exchange)
    else if (request.method === 'INVITE') this.#onReInvite(leg, request, exchange)
    else if (request.method === 'UPDATE') this.#onUpdate(leg, request, exchange)
    // The server matches a PRACK with the 180 it acknowledges; its offer has no answer yet (RFC 3262 §5).
    else if (request.method === 'PRACK') answer(exchange, sdpOf(request) === undefined ? 200 : 488)
    else if (request.method === 'REFER') this.#onRefer(leg, request, exchange)
    else this.#onInfo(leg, request, exchange)
  }

  /**
   * The one place that says 2xx to an INVITE: of a fork it would take the caller's own call away from the handlers.
   * Session timers are the server's (RFC 4028): it answers them and ends what was not refreshed.
   */
  accept(leg: SipLeg, exchange: Exchange, request: FastRequest): void {
    if (leg.match.trunk.mode !== 'event-leg') throw new Error(`a ${leg.match.trunk.mode} trunk is never answered 2xx`)
    leg.state = 'up'
    leg.awaitsAnswer = sdpOf(request) === undefined
    const body = nextSdp(leg, sdpOf(request), this.#parts.host)
    const headers = [ALLOW, ...contactOf(leg, exchange)]
    answer(exchange, 200, { headers, body }, reason => this.#parts.onUnsent(leg, reason))
  }

  #onBye(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    const { invites, events } = this.#parts
    answer(exchange, 200)
    const invite = invites.get(leg)
    // §15.1.2: the INVITE that still rings has its own answer.
    if (leg.state === 'ringing' && invite !== undefined) answer(invite, 487)
    events.end(leg, toReleased(request, leg, events.makeId(request.receivedAt)))
  }

  #onReInvite(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    // A ring-leg was never answered, so nothing can be re-invited.
    if (leg.match.trunk.mode !== 'event-leg') answer(exchange, 481)
    else if (leg.state !== 'up') answer(exchange, 491)
    else {
      this.accept(leg, exchange, request)
      this.#parts.events.later(leg, request)
    }
  }

  #onUpdate(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    const hasOffer = sdpOf(request) !== undefined
    // RFC 3311 §5.2: one offer at a time. The INVITE's own has no answer yet, or ours has none.
    if (hasOffer && leg.state !== 'up') answer(exchange, 500, { headers: ['Retry-After: 1'] })
    else if (hasOffer && leg.awaitsAnswer === true) answer(exchange, 491)
    else {
      const headers = contactOf(leg, exchange)
      answer(exchange, 200, hasOffer ? { headers, body: nextSdp(leg, sdpOf(request), this.#parts.host) } : {})
      this.#parts.events.later(leg, request)
    }
  }

  /** A package we know nothing of may still carry a header that we do. */
  #onInfo(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    const said = this.#parts.events.later(leg, request)
    if (request.header('info-package') !== undefined && said.length === 0) {
      answer(exchange, 469, { headers: ['Recv-Info: '] })
    } else answer(exchange, 200)
  }

  /** docs/decisions/0009: the switch has moved the call by itself; it is believed and not asked to do it again. */
  #onRefer(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    const { events, invites } = this.#parts
    const isTap = leg.match.trunk.mode === 'event-leg'
    const moved = isTap ? toReferred(request, leg, () => events.makeId(request.receivedAt)) : undefined
    if (moved === undefined) {
      answer(exchange, isTap ? 400 : 603)
      return
    }
    const isUnreported = /^\s*false\b/i.test(request.header('refer-sub') ?? '')
    answer(exchange, isUnreported ? 200 : 202, { headers: isUnreported ? ['Refer-Sub: false'] : [] })
    const invite = invites.get(leg)
    if (!isUnreported && invite !== undefined) {
      const state = 'Subscription-State: terminated;reason=noresource'
      sendInside(invite, 'NOTIFY', [`Event: refer;id=${request.cseq}`, state, SIPFRAG], 'SIP/2.0 200 OK\r\n')
    }
    for (const event of moved) events.emit(event)
  }
}

/** Only a recorder has to hear more than the server's own Contact (RFC 7866 §6.1.2). */
function contactOf(leg: SipLeg, { req }: Exchange): readonly string[] {
  const at = receivedOn(req)
  return leg.isRecording && at !== undefined ? [`Contact: <sip:callbox@${at}>${RECORDING_SERVER}`] : []
}
