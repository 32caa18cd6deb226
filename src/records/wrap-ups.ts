import type pg from 'pg'
import { Fault } from '../operations/errors.ts'
import type { Closing, Taking } from '../pop/holders.ts'

/**
 * True when the call is the handler's now, on whichever node it was asked: nobody had it, or `from` still did. Rejects
 * with `record.no-call` while the journal has not written the call: nobody has taken it then, and nobody is told so.
 */
export async function recordTaken(pool: pg.Pool, { callId, handler, from, at }: Taking): Promise<boolean> {
  const { rows } = await pool.query<{ taken_by: string }>({
    name: 'record-taken',
    text: `with taken as (
             update contact set
               taken_by = case when taken_by is null or taken_by = $4 then $2 else taken_by end,
               taken_at = case when taken_by is null or taken_by = $4 then $3 else taken_at end
             where call_id = $1 returning taken_by
           ), hand as (
             insert into wrap_up (call_id, handler, had_at) select $1, $2, $3 from taken where taken_by = $2
             on conflict (call_id, handler) do update set closed_at = null
           )
           select taken_by from taken`,
    values: [callId, handler, Math.round(at), from ?? null]
  })
  const row = rows[0]
  if (row === undefined) throw new Fault('record.no-call', {})
  return row.taken_by === handler
}

/** The handler's part is written up; with `isLast` the whole contact is. */
export async function recordClosed(pool: pg.Pool, { callId, handler, isLast }: Closing, at: number): Promise<void> {
  await pool.query({
    name: 'record-closed',
    text: `with hand as (
             insert into wrap_up (call_id, handler, had_at, closed_at) values ($1, $2, $3, $3)
             on conflict (call_id, handler) do update set closed_at = coalesce(wrap_up.closed_at, excluded.closed_at)
           )
           update contact set closed_at = $3, closed_by = $2 where call_id = $1 and closed_at is null and $4`,
    values: [callId, handler, Math.round(at), isLast]
  })
}

/** A column for a query over `contact`: everybody's part in the call. */
export const HANDS_COLUMN = `(select json_agg(json_build_object('handler', handler, 'isClosed', closed_at is not null))
  from wrap_up where wrap_up.call_id = contact.call_id) as hands`
