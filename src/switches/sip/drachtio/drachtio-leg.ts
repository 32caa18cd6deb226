import { randomBytes } from 'node:crypto'
import type { FastRequest } from '../embedded/fast-request.ts'
import { isRecordingOffer } from '../embedded/recording-offer.ts'
import { keptMs, type SipLeg } from '../embedded/sip-leg.ts'
import { heldBy, switchCallIdOf } from '../sip-to-event.ts'
import type { TrunkMatch } from '../trunk-table.ts'

/** Calls whose server went away under them: if nobody says within this that one ended, nobody will. */
const ADRIFT_MAX_MS = 3_600_000
const ADRIFT_RINGING_MAX_MS = 180_000

/** A leg whose INVITE has just come. The server makes the To-tag on the wire; ours only names our descriptions. */
export function makeLeg(request: FastRequest, match: TrunkMatch, now: number): SipLeg {
  return {
    match,
    switchCallId: switchCallIdOf(request),
    callId: request.callId,
    fromTag: request.fromTag,
    toTag: randomBytes(8).toString('hex'),
    since: now,
    state: 'pending',
    wasHeld: heldBy(request) ?? false,
    cseq: request.cseq,
    ownCseq: 0,
    isRecording: isRecordingOffer(request)
  }
}

/** Rang for longer than any phone, stayed up longer than any call, was refused and not offered again, or is adrift. */
export function isOverdue(leg: SipLeg, now: number): boolean {
  return now - leg.since >= (leg.state === 'restored' ? adriftMs(leg) : keptMs(leg))
}

function adriftMs({ match }: SipLeg): number {
  return match.trunk.mode === 'event-leg' ? ADRIFT_MAX_MS : ADRIFT_RINGING_MAX_MS
}
