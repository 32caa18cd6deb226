import type { CallId, ForceId, HandlerId } from '../call/ids.ts'
import type { Handover, HandoverOutcome } from '../pop/handover.ts'
import type { HandoverWord } from './handover-machine.ts'
import type { HandoverStep } from './handover-steps.ts'

/* The record of hand-overs; records/handovers.ts. Everything here rejects while PostgreSQL does not answer. */

export interface KnownHandover {
  readonly rev: number
  readonly handover: Handover
}

/** A unit as the screen offered it. */
export interface OfferedUnit {
  readonly callsign: string
  readonly words: string
}

/** What a handler decided: kept as it was, whatever becomes of the hand-over. */
export interface Deployment {
  readonly id: string
  readonly callId: CallId
  readonly force: ForceId
  readonly outcome: HandoverOutcome
  readonly grade: string
  readonly offered: readonly OfferedUnit[]
  readonly chosen: readonly string[]
  readonly note?: string
  readonly by: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** A word as it is kept: where units are assigned by it, with those that were offered at that moment. */
export interface SaidWord extends HandoverWord {
  readonly offered?: readonly OfferedUnit[]
}

/** `as-it-was`: this decision is on record already. `not-theirs`: its id is another's. `no-call`: no such call (yet). */
export type MakeResult = 'made' | 'as-it-was' | 'not-theirs' | 'no-call' | 'too-many'

/** A step that is due by the record. */
export interface DueHandover {
  readonly known: KnownHandover
  readonly step: HandoverStep
}

export interface HandoverRecord {
  /** Decision, hand-over and what is to be sent, all or none. */
  make(deployment: Deployment, handover: Handover): Promise<MakeResult>
  read(id: string): Promise<KnownHandover | undefined>
  /** Only onto the revision it was made from; false where somebody else was first. */
  put(before: KnownHandover, after: Handover, word: SaidWord): Promise<boolean>
  /** The newest that are open, or were over a short while ago; the oldest of them first. */
  open(limit: number): Promise<readonly KnownHandover[]>
  /** What any gateway changed in the last `withinMs` by the record's own clock. */
  changed(withinMs: number): Promise<readonly KnownHandover[]>
  /** Steps that are due and that nobody has taken, or that whoever took them raised no alarm for. */
  due(now: number): Promise<readonly DueHandover[]>
  /** Takes the step, if there is still cause: one gateway alone has `true`. */
  claim(id: string, step: HandoverStep, by: { readonly node: string; readonly at: number }): Promise<boolean>
}

/** A hand-over that this gateway is to send now; it is its own until `leaseMs` have passed. */
export interface Leased {
  readonly known: KnownHandover
  /** Tries before this one. */
  readonly attempts: number
}

/** What is to go to command and control. Everything rejects while PostgreSQL does not answer. */
export interface HandoverOutbox {
  /** The longest due of this force that nobody is at. */
  lease(force: ForceId, limit: number, leaseMs: number): Promise<readonly Leased[]>
  /** They have it: never again. */
  done(id: string): Promise<void>
  /** Again in so many ms; `why` for the screen, without a word of the hand-over. */
  again(id: string, inMs: number, why: string): Promise<void>
}
