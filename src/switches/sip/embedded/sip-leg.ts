import { randomBytes } from 'node:crypto'
import type { InviteUserAgentServer, Session } from 'sip.js/lib/core/index.js'
import type { SwitchCallId } from '../../../call/ids.ts'
import { inactiveAnswer } from '../sdp.ts'
import type { TrunkMatch } from '../trunk-table.ts'

/** One dialog of a switch with us, from its INVITE to its end. */
export interface SipLeg {
  readonly match: TrunkMatch
  readonly switchCallId: SwitchCallId
  readonly toTag: string
  readonly since: number
  /**
   * pending: INVITE not answered. ringing: 180 sent. up: 200 sent. restored: known from the record only. refused: its
   * pop is out, but the switch was told to go on without us. ended: over.
   */
  state: 'pending' | 'ringing' | 'up' | 'restored' | 'refused' | 'ended'
  wasHeld: boolean
  server?: InviteUserAgentServer
  session?: Session
  /** What we last said of media, and its version. */
  sdp?: { readonly text: string; readonly version: number }
}

const RETRY_AFTER = 'Retry-After: 5'
/** A ring-leg no switch ever cancelled; nobody rings that long. */
const RING_MAX_MS = 600_000
/** An event leg whose BYE never came. */
const UP_MAX_MS = 12 * 3_600_000
/** A switch that tries again does so after Retry-After; from one that does not nothing will be heard of the call. */
const REFUSED_MAX_MS = 10_000

/** How long after its INVITE a leg may stay as it is. */
export function keptMs({ state }: SipLeg): number {
  if (state === 'pending') return Number.POSITIVE_INFINITY
  if (state === 'refused') return REFUSED_MAX_MS
  return state === 'ringing' ? RING_MAX_MS : UP_MAX_MS
}

/** Not to be guessed: with Call-ID and From-tag it is all that a later request must know. */
export function makeToTag(): string {
  return randomBytes(8).toString('hex')
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
export function dropDialog({ session }: SipLeg): void {
  ;(session as unknown as { dispose(): void } | undefined)?.dispose()
}

/** 503 sends the switch to another node and keeps it there for a while; a 999 call it must be free to bring back. */
export function refuse(server: InviteUserAgentServer, match: TrunkMatch | undefined): void {
  if (match?.number.line === '999') server.reject({ statusCode: 500 })
  else server.reject({ statusCode: 503, extraHeaders: [RETRY_AFTER] })
}
