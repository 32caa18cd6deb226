import type pg from 'pg'
import { Fault } from '../operations/errors.ts'
import type { Closing, Taking } from '../pop/holders.ts'
import { CHANNEL } from './notices.ts'

/** Whoever asks need not have the call: the node that does hears of it with the commit, and tells the screens. */
const TELL_OWNER = (did: string) => `case when owner is distinct from $5 then pg_notify('${CHANNEL}', json_build_object(
  't', 'hand', 'call', call_id, 'generation', generation, 'handler', $2::text, 'did', ${did})::text)::text end`

/**
 * True when the call is the handler's now, on whichever node it was asked: nobody had it, or `from` still did. Rejects
 * with `record.no-call` while the journal has not written the call: nobody has taken it then, and nobody is told so. One
 * that waited in the record until its handler had written the call up does not open it for them again.
 */
export async function recordTaken(
  pool: pg.Pool,
  node: string,
  { callId, handler, from, at }: Taking
): Promise<boolean> {
  const { rows } = await pool.query<{ taken_by: string }>({
    name: 'record-taken',
    text: `with taken as (
             update contact set
               taken_by = case when taken_by is null or taken_by = $4 then $2 else taken_by end,
               taken_at = case when taken_by is null or taken_by = $4 then $3 else taken_at end
             where call_id = $1 returning call_id, owner, generation, taken_by
           ), hand as (
             insert into wrap_up (call_id, handler, had_at) select $1, $2, $3 from taken where taken_by = $2
             on conflict (call_id, handler) do update set closed_at = null where wrap_up.closed_at < excluded.had_at
           )
           select taken_by, case when taken_by = $2 then ${TELL_OWNER("'taken'")} end from taken`,
    values: [callId, handler, Math.round(at), from ?? null, node]
  })
  const row = rows[0]
  if (row === undefined) throw new Fault('record.no-call', {})
  return row.taken_by === handler
}

/**
 * The handler's part is written up; with `isLast` the whole contact is, and whoever closed it first is kept. Rejects
 * with `record.no-call` while the journal has not written the call: a card that was closed before would be back after
 * a restart.
 */
export async function recordClosed(
  pool: pg.Pool,
  node: string,
  { callId, handler, isLast }: Closing,
  at: number
): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'record-closed',
    text: `with closed as (
             update contact set
               closed_at = case when $4 then coalesce(closed_at, $3) else closed_at end,
               closed_by = case when $4 then coalesce(closed_by, $2) else closed_by end
             where call_id = $1 returning call_id, owner, generation
           ), hand as (
             insert into wrap_up (call_id, handler, had_at, closed_at) select call_id, $2, $3, $3 from closed
             on conflict (call_id, handler) do update set closed_at = coalesce(wrap_up.closed_at, excluded.closed_at)
           )
           select call_id, ${TELL_OWNER("case when $4 then 'over' else 'closed' end")} from closed`,
    values: [callId, handler, Math.round(at), isLast, node]
  })
  if (rowCount === 0) throw new Fault('record.no-call', {})
}

/** A column for a query over `contact`: everybody's part in the call. */
export const HANDS_COLUMN = `(select json_agg(json_build_object('handler', handler, 'isClosed', closed_at is not null))
  from wrap_up where wrap_up.call_id = contact.call_id) as hands`
