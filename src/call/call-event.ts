import type { Access, CallState, Cli, Direction, PartyRole, ReleaseCause, Route, SaidBySwitch } from './call.ts'
import type { DeviceId, EventId, ForceId, HandlerId, SwitchCallId, TrunkId } from './ids.ts'
import type { SentLocation } from './sent-location.ts'

/** What every event says, whichever driver speaks. */
interface EventHead {
  readonly eventId: EventId
  readonly trunk: TrunkId
  readonly force: ForceId
  readonly switchCallId: SwitchCallId
  /** Epoch ms at which the bytes reached us, taken before anything was parsed. */
  readonly receivedAt: number
  readonly device?: DeviceId
  /**
   * Who is signed on at the device, or of a correction who made it. The gateway says this, no switch does; so the record
   * knows who had a call.
   */
  readonly handler?: HandlerId
  /**
   * Heard by a process that died, and found on its disk when others had its calls already: what its switch said after
   * that may have been heard by nobody. The gateway says this, no switch does.
   */
  readonly isFromDead?: boolean
}

export interface OfferedEvent extends EventHead, SentLocation {
  readonly kind: 'offered'
  readonly homeForce: ForceId
  readonly line: string
  readonly route: Route
  readonly access: Access
  readonly direction: Direction
  readonly cli: Cli
  readonly ddi: string
  readonly acdQueue?: string
  readonly ivrPath?: string
  readonly said?: SaidBySwitch
  /** This leg takes the place of another of the same trunk (RFC 3891): the same call goes on in it. */
  readonly replaces?: SwitchCallId
  readonly silent?: boolean
  readonly test?: boolean
  /** A call of this number is still in the ledger. The gateway says this, no switch does. */
  readonly repeat?: boolean
  /** The driver drops what a network repeats: under the name of an ended call this is another call. */
  readonly isNoRepeat?: boolean
  /** What the driver needs to go on with its own dialog after a restart; opaque to everyone else, at most 8 KiB. */
  readonly dialog?: Readonly<Record<string, unknown>>
}

export interface QueuedEvent extends EventHead {
  readonly kind: 'queued'
  readonly acdQueue?: string
}
export interface AlertingEvent extends EventHead {
  readonly kind: 'alerting'
}
export interface AnsweredEvent extends EventHead {
  readonly kind: 'answered'
}
export interface HeldEvent extends EventHead {
  readonly kind: 'held'
}
export interface RetrievedEvent extends EventHead {
  readonly kind: 'retrieved'
}
export interface TransferredEvent extends EventHead {
  readonly kind: 'transferred'
}
/** What was said before is corrected: number, place, or, by the handler's own key, that nobody speaks. State stays. */
export interface CorrectedEvent extends EventHead, SentLocation {
  readonly kind: 'corrected'
  readonly cli?: Cli
  readonly silent?: boolean
  /** A place that came later than the call is in the record of late fixes, by this number. The gateway says this, no switch does. */
  readonly lateFixes?: number
  /** What came is no place: the call was linked to an incident, or a link was taken back. */
  readonly isLinkChange?: boolean
  /** Nor a link: a handler has written something of the call. */
  readonly isNoteChange?: boolean
  /** But a handler has said something of who calls. */
  readonly isCallerChange?: boolean
  /** Our answer was acknowledged to nobody here, and may have been to another gateway: the call lives there or is over. */
  readonly isUnacknowledged?: boolean
}
/**
 * Somebody else is on the call: another service, a dispatcher, a second desk. `party`: name or number as the switch
 * wrote it, at most 64 characters. Without it whoever of that role is there is meant.
 */
export interface PartyJoinedEvent extends EventHead {
  readonly kind: 'party-joined'
  readonly role: PartyRole
  readonly party?: string
}
export interface PartyLeftEvent extends EventHead {
  readonly kind: 'party-left'
  readonly role: PartyRole
  readonly party?: string
}
export interface ReleasedEvent extends EventHead {
  readonly kind: 'released'
  readonly cause: ReleaseCause
  /** RFC 3326, as `sip 200` or `q.850 16`; for the record. */
  readonly reasons?: readonly string[]
}

/** The closed union every driver emits. A new kind is a compile error wherever it is not handled. */
export type CallEvent =
  | OfferedEvent
  | QueuedEvent
  | AlertingEvent
  | AnsweredEvent
  | HeldEvent
  | RetrievedEvent
  | TransferredEvent
  | CorrectedEvent
  | PartyJoinedEvent
  | PartyLeftEvent
  | ReleasedEvent

export type CallEventKind = CallEvent['kind']

/** Why the registry left an event without effect: data about the switch, not a fault of ours. */
export type IgnoredReason = 'unknown-call' | 'already-in-state' | 'not-from-this-state' | 'repeat-offer' | 'full'

export type StepResult =
  | { readonly kind: 'changed'; readonly state: CallState }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }
