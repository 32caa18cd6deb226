import type { CallId, DeviceId, ForceId, HandlerId, PopId, SwitchCallId, TrunkId } from './ids.ts'
import type { SentLocation } from './sent-location.ts'

/** Where the call stands. `alerting` may go back to `queued`: nobody answered, the ACD queue has it again. */
export type CallState = 'offered' | 'queued' | 'alerting' | 'answered' | 'held' | 'released'

/** What the number is worth (docs: connecting a switch). `conflict`: network and presentation number differ. */
export type NumberTrust = 'asserted' | 'presentation-only' | 'withheld' | 'unavailable' | 'conflict'

/**
 * What sort of line a number is, by its numbering plan. `non-geographic`: freephone, 03, corporate and personal numbers.
 * `short-code`: three to six digits, of a network or a private exchange. `generic`: 08979, which a network puts where it
 * has no number of the caller's. `none`: no number, or one whose kind nobody can tell.
 */
export type NumberKind =
  | 'mobile'
  | 'fixed'
  | 'voip'
  | 'premium'
  | 'non-geographic'
  | 'short-code'
  | 'payphone'
  | 'generic'
  | 'none'

export interface CallingNumber {
  /** As the wire had it, always kept, at most 64 characters. */
  readonly raw: string
  /** E.164 with `+`; absent when the raw form is no number of anybody's: whoever looks for a person looks by this. */
  readonly e164?: string
  readonly kind: NumberKind
  /** The place of a fixed line's area code (Oxford), of a number from abroad its country. */
  readonly area?: string
}

/** Calling line identity: the network number (P-Asserted-Identity) and the presentation number (From). */
export interface Cli {
  readonly network?: CallingNumber
  readonly presentation?: CallingNumber
  readonly trust: NumberTrust
  /** Display name of From, control and bidi characters removed; untrusted text. */
  readonly name?: string
}

export type Line = string
export type Route = 'primary' | 'secondary' | 'buddy'
export type Access = 'voice' | 'relay' | 'sms' | 'bsl' | 'ecall'
export type Direction = 'in' | 'out'

export type ReleaseCause =
  | 'ended' // somebody hung up after the answer
  | 'abandoned' // the caller left before anyone answered
  | 'answered-elsewhere' // Reason SIP 200 or Q.850 26: another branch of the fork has it
  | 'no-outcome' // CANCEL without Reason on a trunk that does not say why
  | 'failed' // the switch or we broke it off
  | 'lost' // the dialog timed out; nobody said it ended

/** Who takes part in a call. `operator`: the emergency call handling agent. */
export type PartyRole = 'caller' | 'operator' | 'handler' | 'dispatcher' | 'ambulance' | 'fire' | 'coastguard' | 'other'

/** One party of a call: a desk of ours by its device, or anybody else by their part in it. */
export interface Leg {
  readonly legId: string
  readonly role: PartyRole
  readonly device?: DeviceId
  /** Who was signed on at the device when it last rang or answered there. */
  readonly handler?: HandlerId
  /** Name or number, as the switch wrote it; at most 64 characters, untrusted. */
  readonly party?: string
  /** `handing-over`: this desk has sent the call on and is answerable for it until another has answered. */
  readonly state: 'alerting' | 'connected' | 'held' | 'handing-over' | 'cleared'
  readonly sinceAt: number
  /** When this party first had the call; absent for a desk that only rang. */
  readonly answeredAt?: number
}

export interface CallFlags {
  readonly silent: boolean
  readonly abandoned: boolean
  readonly repeat: boolean
  readonly test: boolean
}

/** Where a call was before it came to us: RFC 7044 History-Info and RFC 5806 Diversion, as the switch wrote them. */
export interface EarlierTarget {
  readonly number: string
  /** `index` of History-Info; absent for Diversion. */
  readonly index?: string
  /** Why it went on: a SIP cause, or a word such as `no-answer`. */
  readonly reason?: string
}

/**
 * What the switch said beyond who calls, where, on which line: kept with the contact as it was written, and no key to
 * anybody's record. Lists of at most 8, texts of at most 256 characters.
 */
export interface SaidBySwitch {
  readonly earlierTargets?: readonly EarlierTarget[]
  /** RFC 3326, as `sip 302` or `q.850 17`. */
  readonly reasons?: readonly string[]
  /** RFC 7433, with its parameters. */
  readonly userToUser?: readonly string[]
  /** RFC 4412, as `esnet.1`. */
  readonly priority?: readonly string[]
  /** RFC 3261 §20.9 and RFC 7852: `purpose uri`. */
  readonly callInfo?: readonly string[]
  /** RFC 6442: where the place can be asked for, or which part of the body holds it; and who said so, `loc-src=host`. */
  readonly geolocation?: readonly string[]
  /** RFC 6442 §4.2: whether the call may be routed by its place; nothing here is. */
  readonly geolocationRouting?: string
  /** RFC 5031, as `urn:service:sos.police`. */
  readonly service?: string
  /** RFC 7866: the recorder's session, by which the recording is found. */
  readonly recordingSession?: string
  /** Headers that the trunk's table says to keep, by the table's names. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One caller's call, whatever number of switches saw it. Immutable: each event makes the next one. */
export interface Call extends SentLocation {
  readonly callId: CallId
  readonly popId: PopId
  /** Raised when another node adopts the call; stores refuse an older one. */
  readonly generation: number
  /** Rises by one with every change. */
  readonly seq: number
  readonly force: ForceId
  /** Whose caller it is; differs from `force` when a buddy force's call lands here. */
  readonly homeForce: ForceId
  readonly trunk: TrunkId
  readonly switchCallIds: readonly SwitchCallId[]
  readonly line: Line
  readonly route: Route
  readonly access: Access
  readonly direction: Direction
  readonly cli: Cli
  readonly ddi: string
  readonly acdQueue?: string
  readonly ivrPath?: string
  readonly said?: SaidBySwitch
  readonly state: CallState
  readonly legs: readonly Leg[]
  readonly flags: CallFlags
  /** Of the last that was recorded of late fixes of this call; absent while there are none. Rises. */
  readonly lateFixes?: number
  readonly cause?: ReleaseCause
  readonly offeredAt: number
  readonly answeredAt?: number
  readonly releasedAt?: number
  /**
   * The node that had it is gone, or its switch acknowledged our answer to nobody that we know of, and no switch has said
   * anything of it since: it may be long over.
   */
  readonly isUnheard?: boolean
}

/** The call of which its switch has said something: whoever adopted it from a node that is gone knows that it lives. */
export function heard({ isUnheard: _, ...call }: Call): Call {
  return call
}

/**
 * The devices that ring or hold the call now, in leg order. Of a released call: those that had it when it ended,
 * because their handlers write it up.
 */
export function devicesOf(call: Call): readonly DeviceId[] {
  return call.legs.flatMap(leg => (leg.device !== undefined && hadIt(call, leg) ? [leg.device] : []))
}

/** Epoch ms of the last that its switch said of where the call is. */
export function movedAt({ offeredAt, answeredAt = 0, releasedAt = 0, legs }: Call): number {
  return Math.max(offeredAt, answeredAt, releasedAt, ...legs.map(({ sinceAt }) => sinceAt))
}

/** Whether the call rings at a desk, or a desk has it: not one that has sent it on and only waits for an answer. */
export function hasDesk(call: Call): boolean {
  return call.legs.some(
    ({ device, state }) => device !== undefined && (state === 'alerting' || state === 'connected' || state === 'held')
  )
}

function hadIt(call: Call, leg: Leg): boolean {
  return leg.state !== 'cleared' || (call.state === 'released' && leg.sinceAt === call.releasedAt)
}
