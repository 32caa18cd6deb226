import type { InviteUserAgentServer, ReInviteUserAgentServer } from 'sip.js/lib/core/index.js'
import { sdpOf } from '../sip-to-event.ts'
import { ALLOW } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import { nextSdp, type SipLeg } from './sip-leg.ts'

/**
 * How each mode of a trunk answers INVITE. Nothing outside this file sends a 2xx to one, and here only `#assertTap`
 * stands before it: the 200 of a fork would take the caller's own call away from the handlers.
 */
export class LegAnswers {
  readonly #contact: string
  readonly #host: string

  constructor({ contact, host }: { contact: string; host: string }) {
    this.#contact = contact
    this.#host = host
  }

  /** event-leg: 200 with media that is there and inactive. */
  accept(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest): void {
    assertTap(leg)
    leg.state = 'up'
    leg.session = server.accept({ statusCode: 200, body: this.sdp(leg, request) }).session
  }

  /** The same inside a dialog that is up. */
  acceptAgain(leg: SipLeg, server: Pick<ReInviteUserAgentServer, 'accept'>, request: FastRequest): void {
    assertTap(leg)
    server.accept({ statusCode: 200, extraHeaders: [this.contact, ALLOW], body: this.sdp(leg, request) })
  }

  /** ring-leg: 180. It is a branch of the caller's own call, which a phone shall win. */
  ring(leg: SipLeg, server: InviteUserAgentServer): void {
    leg.state = 'ringing'
    leg.session = server.progress({ statusCode: 180 }).session
  }

  /** Our description, as the answer to the request's offer or as an offer of our own. */
  sdp(leg: SipLeg, request: FastRequest) {
    const content = nextSdp(leg, sdpOf(request), this.#host)
    return { contentDisposition: 'session', contentType: 'application/sdp', content }
  }

  get contact(): string {
    return `Contact: <${this.#contact}>`
  }
}

function assertTap({ match }: SipLeg): void {
  if (match.trunk.mode !== 'event-leg') throw new Error(`a ${match.trunk.mode} trunk is never answered 2xx`)
}
