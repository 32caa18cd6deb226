import type pg from 'pg'
import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { JournalEntry } from '../journal/journal.ts'
import { toStorable } from '../operations/storable-text.ts'
import type { Restored } from '../pop/holders.ts'
import { HANDS_COLUMN } from './wrap-ups.ts'

/*
 * One statement for a batch: journal rows first (a repeat of an event id is nothing), then the newest call of the
 * batch for each id. An older generation or sequence never overwrites a newer one. The dialogs of a call, by its
 * switches' names for them, are kept while it is open: they hold what only its answers need.
 */
const APPEND = `
with entry as (
  select * from jsonb_to_recordset($1::jsonb) as e(
    event_id uuid, call_id uuid, generation int, seq int, kind text, force text, trunk text, node text,
    received_at bigint, event jsonb, call jsonb, switch_call_id text, dialog jsonb, network text, presentation text)
), written as (
  insert into journal (event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event)
  select event_id, call_id, generation, seq, kind, force, trunk, node, received_at, event from entry
  on conflict (event_id) do nothing
), latest as (
  select distinct on (call_id) entry.*, (
    select jsonb_object_agg(each.switch_call_id, each.dialog) from entry each
    where each.call_id = entry.call_id and each.dialog is not null
  ) as dialogs
  from entry order by call_id, generation desc, seq desc
)
insert into contact (call_id, owner, generation, seq, force, home_force, line, state, cause, network_e164,
  presentation_e164, offered_at, answered_at, released_at, switch_call_ids, call, dialog)
select call_id, node, generation, seq, call->>'force', call->>'homeForce', call->>'line', call->>'state', call->>'cause',
  network, presentation, (call->>'offeredAt')::bigint, (call->>'answeredAt')::bigint, (call->>'releasedAt')::bigint,
  array(select jsonb_array_elements_text(call->'switchCallIds')), call,
  case when call->>'state' <> 'released' then dialogs end
from latest
on conflict (call_id) do update set
  owner = excluded.owner, generation = excluded.generation, seq = excluded.seq, state = excluded.state, cause = excluded.cause,
  network_e164 = excluded.network_e164, presentation_e164 = excluded.presentation_e164,
  answered_at = excluded.answered_at, released_at = excluded.released_at,
  switch_call_ids = excluded.switch_call_ids, call = excluded.call,
  dialog = case when excluded.state <> 'released' then coalesce(contact.dialog || excluded.dialog, contact.dialog, excluded.dialog) end
where (contact.generation, contact.seq) < (excluded.generation, excluded.seq)
  and (contact.generation < excluded.generation or contact.owner is null or contact.owner = excluded.owner)
returning call_id`

/**
 * Resolves on commit; idempotent by event id. Rejects as PostgreSQL does; nothing of the batch is then written.
 * Answers the entries that came from a node which no longer owned their call: as facts they are in the journal, the
 * call does not know of them.
 */
export async function appendEntries(pool: pg.Pool, entries: readonly JournalEntry[]): Promise<readonly JournalEntry[]> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'append-entries',
    text: APPEND,
    values: [toJson(entries.map(toRow))]
  })
  const written = new Set(rows.map(row => row.call_id))
  const left = entries.filter(({ call }) => !written.has(call.callId))
  return left.length === 0 ? [] : superseded(pool, left)
}

/**
 * Of entries that changed no call: repeats are of the call's own owner, the others came too late. So did those of an
 * owner whose call has a later generation than it knows: an adoption of its own was done, and the answer lost.
 */
async function superseded(pool: pg.Pool, entries: readonly JournalEntry[]): Promise<readonly JournalEntry[]> {
  const owners = await ownersOf(pool, [...new Set(entries.map(({ call }) => call.callId))])
  return entries.filter(({ event, call, node }) => {
    const { owner = null, generation = 0 } = owners.get(call.callId) ?? {}
    if (owner !== null && owner !== node) return true
    // The offer is of no use to a call that is there, and one that was closed would begin again.
    return owner === node && generation > call.generation && event.kind !== 'offered'
  })
}

interface Ownership {
  /** Null: none that is known. */
  readonly owner: string | null
  readonly generation: number
}

/** Which node has each of these calls, open or closed, or had it last. */
export async function ownersOf(pool: pg.Pool, callIds: readonly CallId[]): Promise<ReadonlyMap<CallId, Ownership>> {
  const { rows } = await pool.query<Ownership & { call_id: CallId }>({
    name: 'owners-of',
    text: 'select call_id, owner, generation from contact where call_id = any($1)',
    values: [callIds]
  })
  return new Map(rows.map(row => [row.call_id, row]))
}

/** What jsonb refuses: NUL, and a surrogate without its other half, as a name cut in the middle of an emoji ends with. */
const REFUSED = /\\u(?:0000|d[89a-f][0-9a-f]{2})/

/** A caller's odd name must not keep the call out of the record. */
export function toJson(rows: object): string {
  const json = JSON.stringify(rows)
  if (!REFUSED.test(json)) return json
  return JSON.stringify(rows, (_, value) => (typeof value === 'string' ? toStorable(value) : value))
}

function toRow({ event, call, node }: JournalEntry) {
  const { dialog, ...rest } = event.kind === 'offered' ? event : { ...event, dialog: undefined }
  return {
    event_id: event.eventId,
    call_id: call.callId,
    generation: call.generation,
    seq: call.seq,
    kind: event.kind,
    force: call.force,
    trunk: event.trunk,
    node,
    received_at: Math.round(event.receivedAt),
    event: rest,
    call: rounded(call),
    switch_call_id: event.switchCallId,
    dialog,
    network: call.cli.network?.e164,
    presentation: call.cli.presentation?.e164
  }
}

/** Drivers time in fractions of a millisecond; the record holds whole ones. */
function rounded(call: Call): Call {
  return {
    ...call,
    offeredAt: Math.round(call.offeredAt),
    ...(call.answeredAt === undefined ? {} : { answeredAt: Math.round(call.answeredAt) }),
    ...(call.releasedAt === undefined ? {} : { releasedAt: Math.round(call.releasedAt) })
  }
}

export interface OpenCall {
  readonly call: Call
  readonly takenBy?: HandlerId
  /** Everybody's part in it. */
  readonly hands?: NonNullable<Restored['hands']>
  /** Whom it was passed on to, where that was asked. */
  readonly steps?: NonNullable<Restored['steps']>
  /** By the switches' names for the call, each as its driver wrote it into the offer. */
  readonly dialog?: Readonly<Record<string, unknown>>
}

/** The columns of an open call. */
export interface OpenRow {
  readonly call: Call
  readonly dialog: Record<string, unknown> | null
  readonly taken_by: string | null
  readonly hands: NonNullable<Restored['hands']> | null
  readonly steps?: NonNullable<Restored['steps']> | null
}

export function toOpenCall({ call, dialog, taken_by, hands, steps = null }: OpenRow): OpenCall {
  return {
    call,
    ...(dialog === null ? {} : { dialog }),
    ...(taken_by === null ? {} : { takenBy: taken_by }),
    ...(hands === null ? {} : { hands }),
    ...(steps === null ? {} : { steps })
  }
}

/** Calls nobody has closed, offered at `sinceAt` (epoch ms) or later; the newest `limit`, oldest of them first. */
export async function openCalls(
  pool: pg.Pool,
  { sinceAt, limit }: { sinceAt: number; limit: number }
): Promise<OpenCall[]> {
  const { rows } = await pool.query<OpenRow>(
    `select call, dialog, taken_by, ${HANDS_COLUMN} from contact
     where closed_at is null and call is not null and offered_at >= $1 order by offered_at desc limit $2`,
    [sinceAt, limit]
  )
  return rows.reverse().map(toOpenCall)
}

/** Ids of calls closed or ended since `sinceAt`, newest last: a Call-ID used again must not be taken for one. */
export async function endedCallIds(
  pool: pg.Pool,
  { sinceAt, limit }: { sinceAt: number; limit: number }
): Promise<CallId[]> {
  const { rows } = await pool.query<{ call_id: CallId }>(
    `select call_id from contact where closed_at is not null and call is not null and offered_at >= $1
     order by offered_at desc limit $2`,
    [sinceAt, limit]
  )
  return rows.reverse().map(row => row.call_id)
}

/** Those of these calls that are on record, open or closed. */
export async function readCalls(pool: pg.Pool, callIds: readonly CallId[]): Promise<Call[]> {
  const { rows } = await pool.query<{ call: Call }>({
    name: 'read-calls',
    text: 'select call from contact where call_id = any($1) and call is not null',
    values: [callIds]
  })
  return rows.map(row => row.call)
}

export async function readCall(pool: pg.Pool, callId: CallId): Promise<Call | undefined> {
  const { rows } = await pool.query<{ call: Call | null }>({
    name: 'read-call',
    text: 'select call from contact where call_id = $1',
    values: [callId]
  })
  return rows[0]?.call ?? undefined
}
