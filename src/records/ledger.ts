import type pg from 'pg'
import type { Call } from '../call/call.ts'
import { REPRESENTED_WITHIN_MS } from '../call/correlate.ts'
import type { CallId } from '../call/ids.ts'
import type { LedgerEntry, LedgerKind, LedgerReason } from '../pop/board.ts'
import {
  type ClosedBy,
  entryId,
  type KnownEntry,
  type LaterCall,
  MAX_LATER,
  type MissedAsk,
  type NewEntry
} from '../pop/ledger.ts'
import type { PopNumber } from '../pop/pop.ts'
import { toJson } from './journal-rows.ts'

interface Row {
  readonly call_id: CallId
  readonly rev: number
  readonly kind: LedgerKind
  readonly force: string
  readonly line: string
  readonly e164: string | null
  readonly number: PopNumber
  readonly opened_at: string
  readonly closed_at: string | null
  readonly closed_by: string | null
  readonly reason: LedgerReason | null
  readonly note: string | null
  readonly due_at: string | null
  readonly why: string | null
  readonly marked_by: string | null
  readonly taken_by: string | null
  readonly taken_at: string | null
  readonly later: LedgerEntry['later']
  readonly later_count: number
}

const COLUMNS = `call_id, rev, kind, force, line, e164, number, opened_at, closed_at, closed_by, reason, note,
  due_at, why, marked_by, taken_by, taken_at,
  (select coalesce(json_agg(json_build_object('call', x.later_id, 'at', x.at, 'kind', x.kind) order by x.at), '[]')
   from (select later_id, at, kind from ledger_later w where w.call_id = l.call_id order by at limit ${MAX_LATER}) x) as later,
  (select count(*)::int from ledger_later w where w.call_id = l.call_id) as later_count`

/**
 * Enters calls, each once whichever nodes try. Not one that its caller was offered by another way (that is the same
 * contact), and not one that a console acknowledged where an acknowledgement is all there can be. An entry that is open
 * becomes one of a silent call when a handler says so afterwards. Answers those that are new or have changed.
 */
export async function addEntries(pool: pg.Pool, entries: readonly NewEntry[]): Promise<KnownEntry[]> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'ledger-add',
    text: `insert into ledger (call_id, kind, force, line, e164, number, opened_at)
           select call_id, kind, force, line, e164, number, opened_at from jsonb_to_recordset($1::jsonb) as e(
             call_id uuid, pop_id text, kind text, force text, line text, route text, trunk text, e164 text, number jsonb,
             offered_at bigint, opened_at bigint, unless_acked boolean)
           where not (unless_acked and exists (
               select from pop_delivery d where d.pop_id = e.pop_id and d.acked_at is not null))
             and (kind = 'silent' or not exists (
               select from contact c where (c.network_e164 = e.e164 or c.presentation_e164 = e.e164)
                 and c.call_id <> e.call_id and c.force = e.force and c.line = e.line
                 and c.offered_at between e.offered_at and e.opened_at + $2
                 and (c.offered_at, c.call_id) > (e.offered_at, e.call_id)
                 and (c.call->>'trunk' <> e.trunk or c.call->>'route' <> e.route)))
           on conflict (call_id) do update
             set kind = 'silent', rev = ledger.rev + 1, changed_at = clock_timestamp()
             where excluded.kind = 'silent' and ledger.kind <> 'silent' and ledger.closed_at is null
           returning call_id`,
    values: [toJson(entries.map(toRow)), REPRESENTED_WITHIN_MS]
  })
  return readEntries(
    pool,
    rows.map(row => row.call_id)
  )
}

/**
 * Ties later calls to open entries, each pair once, all in one statement with one commit. Answers the entries that have
 * changed: not one that is closed, or has all of its calls already.
 */
export async function linkLater(pool: pg.Pool, later: readonly LaterCall[]): Promise<KnownEntry[]> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'ledger-link',
    text: `with linked as (
             insert into ledger_later (call_id, later_id, kind, at)
             select call_id, tie.later_id, tie.kind, tie.at
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) as tie(call_id, later_id, kind, at)
             join ledger using (call_id) where ledger.closed_at is null
             on conflict do nothing returning call_id
           )
           update ledger set rev = rev + 1, changed_at = clock_timestamp()
           where call_id in (select call_id from linked) returning call_id`,
    values: [
      later.map(({ entryCall }) => entryCall),
      later.map(({ call }) => call),
      later.map(({ kind }) => kind),
      later.map(({ at }) => Math.round(at))
    ]
  })
  return readEntries(
    pool,
    rows.map(row => row.call_id)
  )
}

/** The first to close an entry is kept; undefined for every later one. */
export async function closeEntry(
  pool: pg.Pool,
  { callId, by, reason, note, at }: ClosedBy
): Promise<KnownEntry | undefined> {
  const { rowCount } = await pool.query({
    name: 'ledger-close',
    text: `with closed as (
             update ledger set rev = rev + 1, changed_at = clock_timestamp(), closed_at = $2, closed_by = $3, reason = $4,
               note = $5 where call_id = $1 and closed_at is null returning call_id
           )
           insert into ledger_act (call_id, act, handler, at, reason, note)
           select call_id, 'closed', $3, $2, $4, $5 from closed`,
    values: [callId, Math.round(at), by, reason, note ?? null]
  })
  return rowCount === 0 ? undefined : (await readEntries(pool, [callId]))[0]
}

/**
 * The force's own rule: abandoned 101 calls opened before `openedBefore` leave, unless there is anything against it: a
 * silent call, an incident it led to, a handler who has it or says that it must be rung back, or another open entry of the
 * number.
 */
export async function closeByPolicy(
  pool: pg.Pool,
  { force, openedBefore, at }: { readonly force: string; readonly openedBefore: number; readonly at: number }
): Promise<KnownEntry[]> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'ledger-policy',
    text: `with closed as (
           update ledger l set rev = rev + 1, changed_at = clock_timestamp(), closed_at = $3, closed_by = 'policy',
             reason = 'policy'
           where force = $1 and line = '101' and kind = 'abandoned' and closed_at is null and opened_at < $2
             and due_at is null and taken_by is null
             and not exists (select from contact_incident i where i.call_id = l.call_id)
             and not exists (select from contact c where c.call_id = l.call_id and (c.call->'flags'->>'silent')::boolean)
             and not exists (select from ledger o where o.e164 = l.e164 and o.force = l.force
               and o.call_id <> l.call_id and o.closed_at is null)
           returning call_id)
           insert into ledger_act (call_id, act, handler, at, reason)
           select call_id, 'closed', 'policy', $3, 'policy' from closed returning call_id`,
    values: [force, Math.round(openedBefore), Math.round(at)]
  })
  return readEntries(
    pool,
    rows.map(row => row.call_id)
  )
}

/** The newest `limit` open entries, oldest of them first. */
export async function openEntries(pool: pg.Pool, limit: number): Promise<KnownEntry[]> {
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from ledger l where closed_at is null order by opened_at desc limit $1`,
    [limit]
  )
  return rows.reverse().map(toKnown)
}

/** What any node changed in the last `withinMs` by the record's own clock. */
export async function changedEntries(pool: pg.Pool, withinMs: number, limit: number): Promise<KnownEntry[]> {
  const { rows } = await pool.query<Row>({
    name: 'ledger-changed',
    text: `select ${COLUMNS} from ledger l where changed_at > clock_timestamp() - make_interval(secs => $1::float8 / 1000)
           order by changed_at limit $2`,
    values: [withinMs, limit]
  })
  return rows.map(toKnown)
}

/**
 * The newest `limit` calls of this time without an entry that somebody closed, and that their callers left or could not
 * speak in. What is read out of the call itself is asked last: it is large, and of a busy hour there are very many.
 */
export async function missedCalls(
  pool: pg.Pool,
  { offeredSince, closedSince, closedBefore }: MissedAsk,
  limit: number
): Promise<Call[]> {
  const { rows } = await pool.query<{ call: Call }>({
    name: 'ledger-missed',
    text: `select call from contact c
           where offered_at >= $1 and closed_at between $2 and $3 and released_at is not null
             and not exists (select from ledger l where l.call_id = c.call_id)
             and call is not null and (cause = 'abandoned' or (call->'flags'->>'silent')::boolean)
           order by closed_at desc limit $4`,
    values: [Math.round(offeredSince), Math.round(closedSince), Math.round(closedBefore), limit]
  })
  return rows.map(({ call }) => call)
}

/** Those of these calls, as they stand. Rejects as the record does. */
export async function readEntries(pool: pg.Pool, callIds: readonly CallId[]): Promise<KnownEntry[]> {
  if (callIds.length === 0) return []
  const { rows } = await pool.query<Row>({
    name: 'ledger-read',
    text: `select ${COLUMNS} from ledger l where call_id = any($1)`,
    values: [callIds]
  })
  return rows.map(toKnown)
}

function toRow({ call, kind, number, e164, unlessAcked }: NewEntry) {
  return {
    ...{ call_id: call.callId, pop_id: call.popId, kind, force: call.force, line: call.line },
    ...{ route: call.route, trunk: call.trunk, e164, number, unless_acked: unlessAcked },
    offered_at: Math.round(call.offeredAt),
    opened_at: Math.round(call.releasedAt ?? call.offeredAt)
  }
}

function toKnown(row: Row): KnownEntry {
  const entry: LedgerEntry = {
    entry: entryId(row.call_id),
    call: row.call_id,
    ...{ kind: row.kind, force: row.force, line: row.line, number: row.number },
    openedAt: Number(row.opened_at),
    later: row.later,
    more: row.later_count - row.later.length,
    ...ringBackOf(row),
    ...(row.closed_at === null ? {} : { closedAt: Number(row.closed_at) }),
    ...(row.closed_by === null ? {} : { closedBy: row.closed_by }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.note === null ? {} : { note: row.note })
  }
  return { rev: row.rev, entry, ...(row.e164 === null ? {} : { key: `${row.force}|${row.e164}` }) }
}

function ringBackOf({ due_at, why, marked_by, taken_by, taken_at }: Row): Partial<LedgerEntry> {
  return {
    ...(due_at === null ? {} : { dueAt: Number(due_at) }),
    ...(why === null ? {} : { why }),
    ...(marked_by === null ? {} : { markedBy: marked_by }),
    ...(taken_by === null ? {} : { takenBy: taken_by }),
    ...(taken_at === null ? {} : { takenAt: Number(taken_at) })
  }
}
