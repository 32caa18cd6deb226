import type { InviteUserAgentServer, Session } from 'sip.js/lib/core/index.js'
import type { SwitchCallId } from '../../../call/ids.ts'
import { inactiveAnswer } from '../sdp.ts'
import { heldBy, switchCallIdOf } from '../sip-to-event.ts'
import type { TrunkMatch } from '../trunk-table.ts'
import type { FastRequest } from './fast-request.ts'
import type { Flow } from './flow.ts'
import { isRecordingOffer } from './recording-offer.ts'
import type { ReliableRinging } from './reliable-ringing.ts'
import { type RemoteTarget, targetOf } from './remote-target.ts'
import type { SessionTimer } from './session-timer.ts'

/** One dialog of a switch with us, from its INVITE to its end. */
export interface SipLeg {
  readonly match: TrunkMatch
  readonly switchCallId: SwitchCallId
  readonly callId: string
  readonly fromTag: string
  readonly toTag: string
  readonly since: number
  /**
   * pending: INVITE not answered. ringing: 180 sent. up: 200 sent. restored: known from the record only. refused: its
   * pop is out, but the switch was told to go on without us. ended: over.
   */
  state: 'pending' | 'ringing' | 'up' | 'restored' | 'refused' | 'ended'
  wasHeld: boolean
  /** Its switch has said something inside it. */
  hasSpoken?: boolean
  /**
   * It was answered once more, because nobody knew whether the answer had left (answer-again.ts). That nobody
   * acknowledges it proves nothing then, and the same INVITE by another way is no copy but its switch's next try.
   */
  isAgain?: boolean
  /** Our 200 made an offer of its own, and the ACK that answers it has not come. */
  awaitsAnswer?: boolean
  /** Of the last request inside the dialog, or of its INVITE: nothing older belongs to it (RFC 3261 §12.2.2). */
  cseq: number
  /** Of our own last request inside it. */
  ownCseq: number
  /** A recorder's dialog (RFC 7866): our Contact says that we know. */
  readonly isRecording: boolean
  /** Where requests of ours go, and the way they take: that of the switch's last request. */
  target?: RemoteTarget | undefined
  flow?: Flow | undefined
  timer?: SessionTimer | undefined
  reliable?: ReliableRinging
  server?: InviteUserAgentServer
  session?: Session
  /** What we last said of media, and its version. */
  sdp?: { readonly text: string; readonly version: number }
}

interface Made {
  readonly server: InviteUserAgentServer
  readonly flow: Flow
  /** From the record, where the call was known before a restart. */
  readonly toTag: string
  readonly now: number
}

/** A leg whose INVITE has just come. */
export function makeLeg(request: FastRequest, match: TrunkMatch, { server, flow, toTag, now }: Made): SipLeg {
  const target = match.trunk.mode === 'event-leg' ? targetOf(request) : undefined
  return {
    ...{ match, server, flow, target },
    switchCallId: switchCallIdOf(request),
    callId: request.callId,
    fromTag: request.fromTag,
    toTag,
    since: now,
    state: 'pending',
    wasHeld: heldBy(request) ?? false,
    cseq: request.cseq,
    ownCseq: 0,
    isRecording: isRecordingOffer(request)
  }
}

const RETRY_AFTER = 'Retry-After: 5'
/** A ring-leg no switch ever cancelled; nobody rings that long. */
const RING_MAX_MS = 600_000
/** An event leg whose BYE never came. */
const UP_MAX_MS = 12 * 3_600_000
/** A switch that tries again does so after Retry-After; from one that does not nothing will be heard of the call. */
const REFUSED_MAX_MS = 10_000

/** How long after its INVITE a leg may stay as it is. */
export function keptMs({ state, match }: SipLeg): number {
  if (state === 'pending') return Number.POSITIVE_INFINITY
  // A switch that asked where to send a call has asked somebody else by now.
  if (state === 'refused' || (state === 'restored' && match.trunk.mode === 'redirect')) return REFUSED_MAX_MS
  return match.trunk.mode === 'ring-leg' ? RING_MAX_MS : UP_MAX_MS
}

/** The next description of our side; its version rises only when something in it changed (RFC 3264 §8). */
export function nextSdp(leg: SipLeg, offer: string | undefined, host: string): string {
  const id = Number.parseInt(leg.toTag.slice(0, 12), 16)
  // After a restart the last version is unknown; seconds since 1970 have passed every count of changes.
  const version = leg.sdp?.version ?? Math.floor(leg.since / 1000)
  const same = inactiveAnswer(offer, host, { id, version })
  const isChanged = leg.sdp !== undefined && leg.sdp.text !== same
  const text = isChanged ? inactiveAnswer(offer, host, { id, version: version + 1 }) : same
  leg.sdp = { text, version: isChanged ? version + 1 : version }
  return text
}

/** The core's dialog goes without a word on the wire; nothing else would take it out of memory. */
export function dropDialog({ session, reliable }: SipLeg): void {
  reliable?.stop()
  ;(session as unknown as { dispose(): void } | undefined)?.dispose()
}

/** 503 sends the switch to another node and keeps it there for a while; a 999 call it must be free to bring back. */
export function refuse(server: InviteUserAgentServer, match: TrunkMatch | undefined): void {
  if (match?.number.line === '999') server.reject({ statusCode: 500 })
  else server.reject({ statusCode: 503, extraHeaders: [RETRY_AFTER] })
}
