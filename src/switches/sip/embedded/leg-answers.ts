import type { InviteUserAgentServer, ReInviteUserAgentServer } from 'sip.js/lib/core/index.js'
import { redirectContacts } from '../redirect-targets.ts'
import { sdpOf } from '../sip-to-event.ts'
import { ALLOW } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import { contactOf } from './own-contact.ts'
import { RECORDING_SERVER } from './recording-offer.ts'
import { ReliableRinging, requires100rel } from './reliable-ringing.ts'
import type { ReplyPath } from './reply-path.ts'
import { nextSdp, type SipLeg } from './sip-leg.ts'

interface Parts {
  readonly core: () => GatewayCore
}

/**
 * How each mode of a trunk answers INVITE. Nothing outside this file sends a 2xx to one, and here `assertTap` stands
 * before each: the 200 of a fork would take the caller's own call away from the handlers.
 */
export class LegAnswers {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** event-leg: 200 with media that is there and inactive. */
  accept(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest, headers: readonly string[]): void {
    assertTap(leg)
    leg.state = 'up'
    this.#parts.core().withContact(paramsOf(leg), () => {
      const options = { statusCode: 200, extraHeaders: [...headers], body: this.sdp(leg, request) }
      leg.session = server.accept(options).session
    })
  }

  /** The same inside a dialog that is up. */
  acceptAgain(
    leg: SipLeg,
    server: Pick<ReInviteUserAgentServer, 'accept'>,
    request: FastRequest,
    headers: readonly string[]
  ): void {
    assertTap(leg)
    const extraHeaders = [this.contactOf(leg), ALLOW, ...headers]
    server.accept({ statusCode: 200, extraHeaders, body: this.sdp(leg, request) })
  }

  /**
   * ring-leg: 180. It is a branch of the caller's own call, which a phone shall win. Acknowledged only where the
   * switch insists (RFC 3262 §3): more round trips make nothing ring sooner.
   */
  ring(leg: SipLeg, server: InviteUserAgentServer, request: FastRequest, path: ReplyPath, giveUp: () => void): void {
    leg.state = 'ringing'
    const reliable = requires100rel(request) ? new ReliableRinging(request.cseq) : undefined
    const extraHeaders = [...(reliable?.headers ?? [])]
    const { message, session } = server.progress({ statusCode: 180, extraHeaders })
    leg.session = session
    if (reliable === undefined) return
    leg.reliable = reliable
    reliable.start(() => void path.send(message), giveUp)
  }

  /** redirect: 302; the first contact is to be tried first (RFC 3261 §8.1.3.4), the last is the trunk's default. */
  redirect(server: InviteUserAgentServer, targets: readonly string[]): void {
    server.redirect([], { statusCode: 302, extraHeaders: redirectContacts(targets) })
  }

  /** Our description, as the answer to the request's offer or as an offer of our own. */
  sdp(leg: SipLeg, request: FastRequest) {
    const offer = sdpOf(request)
    if (request.method === 'INVITE') leg.awaitsAnswer = offer === undefined
    const content = nextSdp(leg, offer, (this.#parts.core().path?.flow ?? leg.flow)?.local.host ?? 'invalid')
    return { contentDisposition: 'session', contentType: 'application/sdp', content }
  }

  contactOf(leg: SipLeg): string {
    const { path } = this.#parts.core()
    const contact = path?.contact ?? (leg.flow === undefined ? 'sip:callbox@invalid' : contactOf(leg.flow))
    return `Contact: <${contact}>${paramsOf(leg)}`
  }
}

function assertTap({ match }: SipLeg): void {
  if (match.trunk.mode !== 'event-leg') throw new Error(`a ${match.trunk.mode} trunk is never answered 2xx`)
}

function paramsOf({ isRecording }: SipLeg): string {
  return isRecording ? RECORDING_SERVER : ''
}
