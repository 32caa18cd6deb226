import type { Call } from '../../src/call/call.ts'
import type { CallEvent, OfferedEvent } from '../../src/call/call-event.ts'
import { CallRegistry } from '../../src/call/call-registry.ts'
import type { JournalEntry } from '../../src/journal/journal.ts'

/** The journal's entries of one or more calls, stepped in this order. */
export function entriesOf(...events: readonly CallEvent[]): JournalEntry[] {
  const registry = new CallRegistry()
  return events.map(event => {
    const result = registry.apply(event)
    if (result.kind === 'ignored') throw new Error(`${event.kind} was ignored: ${result.reason}`)
    return { event, call: result.call, node: 'n-test' }
  })
}

/** The entry of a single offer. */
export function offerEntry(offer: OfferedEvent): JournalEntry {
  const [entry] = entriesOf(offer)
  if (entry === undefined) throw new Error('unreachable')
  return entry
}

/** The same entry of a call that another node has adopted. */
export function adopted(entry: JournalEntry, over: Partial<Call>): JournalEntry {
  return { ...entry, call: { ...entry.call, ...over } }
}
