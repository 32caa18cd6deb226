import type { OwnRequests } from './own-requests.ts'
import { toInsideRequest } from './remote-target.ts'
import type { SipLeg } from './sip-leg.ts'

const REASON_TIMEOUT = 'Reason: SIP;cause=408;text="Nothing heard of this session"'
const SIPFRAG = 'Content-Type: message/sipfrag;version=2.0'

/** What we say inside a dialog of a switch. Only ever of an event leg that was answered: a fork is not ours to end. */
export class InsideSender {
  readonly #requests: OwnRequests
  readonly #contact: string

  constructor({ requests, contact }: { requests: OwnRequests; contact: string }) {
    this.#requests = requests
    this.#contact = contact
  }

  /** The dialog ended for us by time; the switch is told, so that it holds nothing for us (RFC 3261 §13.3.1.4). */
  hangUp(leg: SipLeg): void {
    this.#send(leg, 'BYE', [REASON_TIMEOUT])
  }

  /**
   * The one report after a REFER (RFC 3515 §2.4.4), which ends its subscription at once: what becomes of the transfer
   * is between the switch and its phones.
   */
  reportReferred(leg: SipLeg, referCseq: number): void {
    const headers = [`Event: refer;id=${referCseq}`, 'Subscription-State: terminated;reason=noresource', SIPFRAG]
    this.#send(leg, 'NOTIFY', headers, 'SIP/2.0 200 OK\r\n')
  }

  #send(leg: SipLeg, method: string, headers: readonly string[], body?: string): void {
    const { target, flow, callId, fromTag, toTag } = leg
    const isOurs = leg.match.trunk.mode === 'event-leg' && (leg.state === 'up' || leg.state === 'restored')
    if (!isOurs || target === undefined || flow === undefined) return
    leg.ownCseq += 1
    const cseq = leg.ownCseq
    const protocol = flow.isReliable ? 'TCP' : 'UDP'
    const dialog = { target, callId, fromTag, toTag, cseq, contact: this.#contact, protocol }
    this.#requests.send(flow, branch =>
      toInsideRequest({ method, branch, ...dialog, headers, ...(body === undefined ? {} : { body }) })
    )
  }
}
