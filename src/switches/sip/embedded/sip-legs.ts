import type { SwitchCallId } from '../../../call/ids.ts'
import { mayBeEmergency } from '../emergency.ts'
import { switchCallIdOf } from '../sip-to-event.ts'
import { hasPeer, isAdmitted, type TrunkMatch } from '../trunk-table.ts'
import type { DialogMemory } from './dialog-memory.ts'
import type { FastRequest } from './fast-request.ts'
import { startTimer } from './session-timer.ts'
import type { SipLeg } from './sip-leg.ts'

/** The last tenth of the dialogs is for emergency calls. */
const ORDINARY_SHARE = 0.9

/** The legs of this node by the name their switch gives the call. Bounded by `maxDialogs`. */
export class SipLegs {
  readonly #legs = new Map<SwitchCallId, SipLeg>()
  /** Apart, because they hold no dialog and must keep no call out. */
  readonly #refused = new Map<SwitchCallId, SipLeg>()
  readonly #max: number

  constructor(maxDialogs: number) {
    this.#max = maxDialogs
  }

  get size(): number {
    return this.#legs.size
  }

  /** A copy: a leg may end while they are gone through. */
  all(): readonly SipLeg[] {
    return [...this.#legs.values(), ...this.#refused.values()]
  }

  of(request: FastRequest): SipLeg | undefined {
    return this.#legs.get(switchCallIdOf(request))
  }

  /** RFC 3891 §3: the leg that is up, of the same trunk, whose place `leg` takes. */
  replacedBy(leg: SipLeg, replaces: SwitchCallId | undefined): SipLeg | undefined {
    const old = replaces === undefined ? undefined : this.#legs.get(replaces)
    const isIts = old !== undefined && old !== leg && old.state === 'up' && old.match.trunk.id === leg.match.trunk.id
    return isIts ? old : undefined
  }

  /** The record has the first tag of a call that its switch was asked to offer again. */
  refusedTag(request: FastRequest): string | undefined {
    return this.#refused.get(switchCallIdOf(request))?.toTag
  }

  put(leg: SipLeg): void {
    this.#refused.delete(leg.switchCallId)
    this.#legs.set(leg.switchCallId, leg)
  }

  /** The switch goes on without us. It may offer the call again; if it does not, nobody will tell us of its end. */
  refused(leg: SipLeg): void {
    leg.state = 'refused'
    this.#legs.delete(leg.switchCallId)
    if (this.#refused.size < this.#max) this.#refused.set(leg.switchCallId, leg)
  }

  end(leg: SipLeg): void {
    leg.state = 'ended'
    leg.reliable?.stop()
    this.#legs.delete(leg.switchCallId)
    this.#refused.delete(leg.switchCallId)
  }

  has(switchCallId: SwitchCallId): boolean {
    return this.#legs.has(switchCallId)
  }

  /** A dialog from the record, after a restart or from another node: its BYE, INFO, UPDATE and re-INVITE are ours. */
  restore(memory: DialogMemory, match: TrunkMatch, now: number): SipLeg {
    const { callId, fromTag, switchCallId, toTag, wasHeld, cseq, isRecording, target, sessionSeconds, invite } = memory
    // Who asked where to send a call is told so once more, however long ago that was.
    const since = match.trunk.mode === 'redirect' ? now : (invite?.receivedAt ?? now)
    const leg: SipLeg = {
      ...{ match, callId, fromTag, switchCallId, toTag, wasHeld, cseq, isRecording, since },
      state: 'restored',
      // What we had sent is unknown; seconds since 1970 have passed every count of it.
      ownCseq: Math.floor(now / 1000),
      ...(target === undefined ? {} : { target }),
      ...(sessionSeconds === undefined ? {} : { timer: startTimer(sessionSeconds, now) })
    }
    this.put(leg)
    return leg
  }

  /** False: the request names a call of a trunk that this peer is none of. */
  isOwner(request: FastRequest): boolean {
    const leg = this.of(request)
    if (leg === undefined) return true
    return hasPeer(leg.match.trunk, request.peer) && isAdmitted(leg.match.trunk, request)
  }

  isFullFor(match: TrunkMatch): boolean {
    return this.#legs.size >= this.#max * (mayBeEmergency(match) ? 1 : ORDINARY_SHARE)
  }
}
