import type { CallId } from '../../../src/call/ids.ts'
import type { FromClient, ToClient } from '../../../src/delivery/protocol.ts'

/*
 * What is known of one run from outside the gateways: the switch's own log (SIPp), every frame the screens received and
 * sent, and what the record holds afterwards. The judges of this folder are pure functions over it.
 */

/** One call as the switch saw it. Times are epoch milliseconds of this machine's clock. */
export interface PlacedCall {
  readonly sipCallId: string
  /** The ids it may have with us: a gateway whose clock is wrong may count it to the day before or after. */
  readonly callIds: readonly CallId[]
  readonly force: string
  /** Where it rings. */
  readonly device: string
  readonly inviteAt: number
  /** 100 Trying: from here on the switch does not ask again. */
  readonly tryingAt?: number
  /** The 200 to the INVITE: from here on the call is ours to lose. */
  readonly okAt?: number
  readonly refusedWith?: string
  /** The 200 to its BYE: from here on nobody may be shown it as live. */
  readonly endedAt?: number
  /** The row made the record refuse it for ever: it must pop like any other, and cannot be in the record. */
  readonly isPoison?: boolean
}

/** Who sits where, and what they may see. */
export interface Desk {
  readonly handler: string
  readonly force: string
  readonly grants: readonly string[]
  readonly devices: readonly string[]
}

/** One line of a screen's journal, written before anything is done with the frame. `link` counts its sockets. */
export type Line =
  | { readonly at: number; readonly link: number; readonly way: 'open' }
  | { readonly at: number; readonly link: number; readonly way: 'closed'; readonly code: number }
  | { readonly at: number; readonly link: number; readonly way: 'in'; readonly message: ToClient }
  | { readonly at: number; readonly link: number; readonly way: 'out'; readonly message: FromClient }

export interface ScreenHistory {
  readonly desk: Desk
  readonly lines: readonly Line[]
  /** Set where the row itself makes this screen misbehave: it is judged for strangers only. */
  readonly isOutOfOrder?: boolean
}

/** What `/readyz` of a node said; no level when it did not answer. */
export interface LevelLine {
  readonly at: number
  readonly node: string
  readonly level: number | undefined
  readonly why?: string
}

/** The record after the run, as PostgreSQL has it. */
export interface RecordState {
  readonly acks: readonly { readonly popId: string; readonly handler: string }[]
  readonly contacts: readonly {
    readonly callId: string
    readonly state: string
    readonly switchCallIds: readonly string[]
  }[]
  readonly journal: readonly {
    readonly callId: string
    readonly generation: number
    readonly seq: number
    readonly node: string
  }[]
}

/** The gateways' own counters, summed over the nodes; for the comparison with everything else. */
export interface OwnCounts {
  readonly offered: number
  readonly acked: number
  /** What is still waiting somewhere: journal, spool, outboxes. */
  readonly pending: number
}

export interface History {
  readonly calls: readonly PlacedCall[]
  readonly screens: readonly ScreenHistory[]
  readonly record: RecordState
  readonly levels: readonly LevelLine[]
  /** Absent where a node died, and its counters with it. */
  readonly own?: OwnCounts
  readonly fault: { readonly from: number; readonly to: number }
  /** When each of several faults struck; of one alone it is the beginning. */
  readonly strikes?: readonly number[]
  readonly settledAt: number
}

/** What a row lets happen, because the fault itself brings it. */
export interface Allowance {
  /** Calls may be refused or left unanswered while the fault lasts. */
  readonly failedCalls?: boolean
  /** The highest level a node may and must tell while the fault lasts; 0: none may. Undefined: not judged. */
  readonly level?: number
  /** The level may be higher than this for a moment, as of a node that starts; then only `level` must be reached. */
  readonly maxLevel?: number
  /** Panels may be missing at the end: their source or their desk is the fault. */
  readonly missingPanels?: boolean
  /** A gateway died: an end it had only just been told may be lost, where the card says that it may be over. */
  readonly lostEnds?: boolean
  /**
   * Gateways cannot hear each other: one that takes a call over, or that the switch asked too, cannot know that its desk
   * has it from the other, and asks another desk.
   */
  readonly askedTwice?: boolean
  /** The record lost its acknowledgements with a node that died before it wrote them. */
  readonly missingAcks?: boolean
}

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I9' | 'I10' | 'I11' | 'I12' | 'row'

/** One thing that must not be. */
export interface Breach {
  readonly invariant: Invariant
  readonly what: string
  readonly call?: string
  readonly handler?: string
}

/** Calls that the switch asked two gateways to take, because it had no answer from the first: each had it as its own. */
export function askedOfTwo({ journal }: RecordState): ReadonlySet<string> {
  const first = new Map<string, string>()
  return new Set(
    journal.flatMap(({ callId, seq, node }) => {
      if (seq !== 1) return []
      const known = first.get(callId)
      first.set(callId, known ?? node)
      return known === undefined || known === node ? [] : [callId]
    })
  )
}

/** The calls of a history by each id they may have. */
export function byCallId(calls: readonly PlacedCall[]): ReadonlyMap<string, PlacedCall> {
  return new Map(calls.flatMap(call => call.callIds.map(callId => [callId, call])))
}
