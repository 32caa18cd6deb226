import type { HandlerId } from '../call/ids.ts'
import type { BoardEvent } from './board.ts'
import type { PopEvent } from './pop.ts'

/** Whatever a handler's screen is told: of calls, and of a supervisor's board. */
export type ScreenEvent = PopEvent | BoardEvent

/** What a handler's log holds, in order. `seq` rises by one; `epoch` changes when the log was lost. */
export interface LogEntry {
  readonly seq: number
  readonly eventId: string
  /** Epoch ms at which the switch's event behind this entry reached us. */
  readonly receivedAt: number
  readonly ev: ScreenEvent
}

export interface LogHead {
  readonly epoch: string
  readonly seq: number
  /** Event id of the last entry; absent while the log is empty. */
  readonly eventId?: string
}

/** `rolled-back`: the log is another one than the reader knew (epoch, or the event at its cursor, differs). */
export type LogSlice =
  | { readonly kind: 'entries'; readonly entries: readonly LogEntry[]; readonly head: LogHead }
  | { readonly kind: 'too-old'; readonly head: LogHead }
  | { readonly kind: 'rolled-back'; readonly head: LogHead }

/**
 * The log of each handler's screen: the truth that a socket only follows. Appending is idempotent by
 * `(handler, eventId)`: a repeat changes nothing, rings nothing, and resolves like the first.
 */
export interface SessionLog {
  /** Resolves when the log of every handler named holds the event; rejects with a Fault when Redis does not take it. */
  append(handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number): Promise<void>
  head(handler: HandlerId): Promise<LogHead>
  /** What came after `cursor`, at most `max` entries; the cursor's epoch and event id must still hold. */
  readAfter(handler: HandlerId, cursor: LogHead, max: number): Promise<LogSlice>
}
