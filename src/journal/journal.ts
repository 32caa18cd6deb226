import type { Call } from '../call/call.ts'
import type { CallEvent } from '../call/call-event.ts'

/** One event of one call, with the call as it stood after it. */
export interface JournalEntry {
  readonly event: CallEvent
  readonly call: Call
  readonly node: string
}

/** An event whose call is another node's, or may be, while the record does not say so: on this machine's disk so long. */
export interface KeptEvent {
  /** Resolves when it would survive this process; rejects when the disk does not take it. */
  readonly kept: Promise<void>
  /** It is with its call, or of none. */
  readonly letGo: () => void
}

/** The record's front door. */
export interface Journal {
  /** Resolves when the entry would survive this process and its machine; rejects with a Fault when it will not be kept. */
  append(entry: JournalEntry): Promise<void>
  /** Writes what is pending, then ends. */
  stop(): Promise<void>
}
