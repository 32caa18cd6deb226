import type { Call } from '../call/call.ts'
import type { CallEvent } from '../call/call-event.ts'

/** One event of one call, with the call as it stood after it. */
export interface JournalEntry {
  readonly event: CallEvent
  readonly call: Call
  readonly node: string
}

/** The record's front door. */
export interface Journal {
  /** Resolves when the entry would survive this process and its machine; rejects with a Fault when it will not be kept. */
  append(entry: JournalEntry): Promise<void>
  /** Writes what is pending, then ends. */
  stop(): Promise<void>
}
