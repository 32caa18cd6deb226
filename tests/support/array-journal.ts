import type { Call } from '../../src/call/call.ts'
import type { CallId } from '../../src/call/ids.ts'
import type { Journal, JournalEntry } from '../../src/journal/journal.ts'
import { Fault } from '../../src/operations/errors.ts'

/** A Journal in memory, for unit tests. `isAway` makes it refuse, as one whose store does not answer. */
export class ArrayJournal implements Journal {
  readonly entries: JournalEntry[] = []
  isAway = false
  #isStopped = false

  async append(entry: JournalEntry): Promise<void> {
    if (this.#isStopped || this.isAway) throw new Fault('journal.append-failed', { count: 1 })
    if (!this.entries.some(({ event }) => event.eventId === entry.event.eventId)) this.entries.push(entry)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
  }

  /** The newest call, by generation and sequence. */
  callOf(callId: CallId): Call | undefined {
    const calls = this.entries.map(({ call }) => call).filter(call => call.callId === callId)
    return calls.sort((one, other) => one.generation - other.generation || one.seq - other.seq).at(-1)
  }
}
