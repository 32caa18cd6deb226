import type { Call } from '../../src/call/call.ts'
import { FIX_STATEMENTS } from './fix-statements.ts'
import { type Around, NODE_STATEMENTS, type Notify, toOpenRow } from './node-statements.ts'
import type { ContactRow, JournalRow, RecordTables } from './record-tables.ts'

type Values = readonly unknown[]
type Row = Readonly<Record<string, unknown>>

interface Statement {
  /** A piece of the SQL text that no other statement has. */
  readonly has: string
  readonly run: (tables: RecordTables, values: Values, around: Around) => readonly Row[]
}

interface EntryRow {
  readonly event_id: string
  readonly call_id: string
  readonly generation: number
  readonly seq: number
  readonly kind: string
  readonly node: string
  readonly call: Call
  readonly switch_call_id: string
  readonly dialog?: Record<string, unknown>
}

/**
 * What each statement of src/records does to the rows. A statement that is not here is refused, so that one that is
 * new or has been changed does not go unmodelled. A test runs the same through a real PostgreSQL.
 */
export const STATEMENTS: readonly Statement[] = [
  ...NODE_STATEMENTS,
  ...FIX_STATEMENTS,
  { has: 'select 1', run: () => [{ '?column?': 1 }] },
  { has: 'insert into journal', run: appendEntries },
  { has: 'where closed_at is null and call is not null and offered_at >= $1', run: openCalls },
  { has: 'select call_id from contact where closed_at is not null', run: endedCallIds },
  {
    has: 'select call from contact where call_id = $1',
    run: ({ contacts }, [callId]) => rowsOf(contacts.get(String(callId)), ({ call }) => ({ call }))
  },
  { has: 'select call from contact where call_id = any($1)', run: readCalls },
  { has: 'switch_call_ids && $1::text[]', run: findDialogs },
  { has: 'as a(call_id, handler, did, at, from_handler)', run: recordHands },
  { has: 'from sign_on join handler', run: listSignOns },
  { has: 'update sign_on set presence = seen.state', run: recordPresences },
  { has: "update sign_on set presence = 'gone'", run: endPresences },
  { has: 'select handler, presence', run: readPresences },
  { has: 'insert into pop_delivery (pop_id, handler, acked_at)', run: recordAcks },
  { has: 'insert into pop_delivery (pop_id, handler, seen_at', run: recordSeen }
]

function appendEntries(tables: RecordTables, [json]: Values): Row[] {
  const entries = JSON.parse(String(json)) as EntryRow[]
  for (const { event_id, call_id, generation, seq, kind } of entries) {
    const row: JournalRow = { eventId: event_id, callId: call_id, generation, seq, kind }
    if (!tables.journal.has(event_id)) tables.journal.set(event_id, row)
  }
  const latest = new Map<string, EntryRow>()
  const dialogs = new Map<string, Record<string, unknown>>()
  for (const entry of entries) {
    const known = latest.get(entry.call_id)
    if (known === undefined || isNewer(entry, known)) latest.set(entry.call_id, entry)
    const { call_id, switch_call_id: name, dialog } = entry
    if (dialog !== undefined) dialogs.set(call_id, { ...dialogs.get(call_id), [name]: dialog })
  }
  return [...latest.values()].flatMap(entry =>
    putContact(tables, entry, dialogs.get(entry.call_id) ?? null) ? [{ call_id: entry.call_id }] : []
  )
}

/** True when the call is now as the entry has it. */
function putContact({ contacts }: RecordTables, entry: EntryRow, dialog: Record<string, unknown> | null): boolean {
  const { call_id: callId, generation, seq, call, node: owner } = entry
  const known = contacts.get(callId)
  if (known === undefined) {
    const { offeredAt } = call
    const open = call.state === 'released' ? null : dialog
    contacts.set(callId, {
      callId,
      owner,
      generation,
      seq,
      call,
      dialog: open,
      offeredAt,
      takenBy: null,
      closedAt: null
    })
    return true
  }
  const mayWrite = known.generation < generation || known.owner === null || known.owner === owner
  if (!isNewer(entry, known) || !mayWrite) return false
  const dialogs = { ...known.dialog, ...dialog }
  const isOpen = call.state !== 'released' && Object.keys(dialogs).length > 0
  Object.assign(known, { owner, generation, seq, call, dialog: isOpen ? dialogs : null })
  return true
}

function openCalls(tables: RecordTables, [sinceAt, limit]: Values): Row[] {
  return [...tables.contacts.values()]
    .filter(row => row.closedAt === null && row.offeredAt >= Number(sinceAt))
    .sort((one, other) => other.offeredAt - one.offeredAt)
    .slice(0, Number(limit))
    .map(row => toOpenRow(tables, row))
}

function endedCallIds({ contacts }: RecordTables, [sinceAt, limit]: Values): Row[] {
  return [...contacts.values()]
    .filter(row => row.closedAt !== null && row.offeredAt >= Number(sinceAt))
    .sort((one, other) => other.offeredAt - one.offeredAt)
    .slice(0, Number(limit))
    .map(({ callId }) => ({ call_id: callId }))
}

function readCalls({ contacts }: RecordTables, [ids]: Values): Row[] {
  return (ids as string[]).flatMap(id => rowsOf(contacts.get(id), ({ call }) => ({ call })))
}

function findDialogs({ contacts }: RecordTables, [names]: Values): Row[] {
  return [...contacts.values()]
    .filter(row => row.closedAt === null && row.dialog !== null)
    .filter(({ call }) => call.switchCallIds.some(name => (names as string[]).includes(name)))
    .map(({ call, dialog }) => ({ switch_call_ids: call.switchCallIds, dialog }))
}

function recordHands(tables: RecordTables, values: Values, around: Around): Row[] {
  const [calls, handlers, dids, times, froms, node] = values as [string[], string[], Did[], number[], string[], string]
  if (new Set(calls).size < calls.length) throw new Error('two hands of one call in a statement')
  return calls.flatMap((callId, n) => {
    const row = tables.contacts.get(callId)
    if (row === undefined) return []
    const [handler = '', did = 'taken', at = 0] = [handlers[n], dids[n], times[n]]
    if (did === 'taken' && (row.takenBy === null || row.takenBy === froms[n])) row.takenBy = handler
    if (did === 'over') row.closedAt ??= at
    const isDone = did !== 'taken' || row.takenBy === handler
    if (isDone) {
      const hands = tables.hands(callId)
      const closedAt = hands.get(handler) ?? null
      if (did !== 'taken') hands.set(handler, closedAt ?? at)
      else if (closedAt === null || closedAt < at) hands.set(handler, null)
      tellOwner(row, { node, handler, did }, around.notify)
    }
    return [{ call_id: callId, is_done: isDone }]
  })
}

type Did = 'taken' | 'closed' | 'over'

interface Hand {
  readonly node: unknown
  readonly handler: unknown
  readonly did: Did
}

function tellOwner({ callId, owner, generation }: ContactRow, { node, handler, did }: Hand, notify: Notify): void {
  if (owner !== node) notify(JSON.stringify({ t: 'hand', call: callId, generation, handler, did }))
}

function listSignOns({ desks }: RecordTables, [sinceAt]: Values): Row[] {
  return [...desks.values()].filter(row => row.since_at >= Number(sinceAt)).map(row => ({ ...row }))
}

function recordPresences({ presences }: RecordTables, [node, handlers, states, times]: Values): Row[] {
  for (const [at, handler] of (handlers as string[]).entries()) {
    const known = presences.get(handler)
    const presence = (states as string[])[at] ?? ''
    if (presence === 'gone' && known !== undefined && known.node !== node) continue
    presences.set(handler, { handler, presence, presence_since: (times as number[])[at] ?? 0, node: String(node) })
  }
  return []
}

function endPresences({ presences, nodes }: RecordTables, [at]: Values, { nowMs }: Around): Row[] {
  for (const row of presences.values()) {
    const isLive = (nodes.get(row.node)?.leaseUntilMs ?? 0) > nowMs
    if (row.presence !== 'gone' && !isLive) {
      presences.set(row.handler, { ...row, presence: 'gone', presence_since: Number(at) })
    }
  }
  return []
}

function readPresences({ presences }: RecordTables): Row[] {
  // Those that changed long ago are answered too: hearing the same again changes nothing.
  return [...presences.values()].map(row => ({ ...row }))
}

function recordAcks(tables: RecordTables, [pops, handlers, times]: Values): Row[] {
  for (const [at, popId] of (pops as string[]).entries()) {
    const row = tables.delivery(popId, (handlers as string[])[at] ?? '')
    row.ackedAt ??= (times as number[])[at] ?? 0
  }
  return []
}

function recordSeen(tables: RecordTables, [pops, handlers, times]: Values): Row[] {
  for (const [at, popId] of (pops as string[]).entries()) {
    const row = tables.delivery(popId, (handlers as string[])[at] ?? '')
    row.seenAt ??= (times as number[])[at] ?? 0
  }
  return []
}

function isNewer(one: { generation: number; seq: number }, other: { generation: number; seq: number }): boolean {
  return one.generation > other.generation || (one.generation === other.generation && one.seq > other.seq)
}

function rowsOf<T>(row: T | undefined, read: (row: T) => Row): Row[] {
  return row === undefined ? [] : [read(row)]
}
