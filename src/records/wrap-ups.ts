import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { HandDone } from '../pop/hands-in-record.ts'
import { CHANNEL } from './notices.ts'

/** What a handler does with a call: has it now, has written their part up, or the last part of all. */
export interface Hand {
  readonly callId: CallId
  readonly handler: HandlerId
  readonly did: HandDone['did']
  /** Epoch ms. */
  readonly at: number
  /** Who is known to have it, where somebody takes it from them. */
  readonly from?: HandlerId | undefined
}

/** What came of it; `unknown` while the journal has not written the call. */
export type HandAnswer = 'done' | 'not-theirs' | 'unknown'

/*
 * Of one call one hand in a statement, and the rows locked in one order, as the journal's batches do, so that two gateways
 * never wait for each other. Whoever asks need not have the call: the node that does hears of it with the commit, and tells
 * the screens. `at > 0` is always true. It lets the planner count on few rows, so that a plan from when the table was empty
 * does not read all of it an hour later. That a call is one of `$1` is said twice more: it leaves the planner the months of
 * these calls, of many.
 */
const RECORD = `with ask as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
    as a(call_id, handler, did, at, from_handler) where at > 0
), found as (
  select ask.* from ask join contact using (call_id) where contact.call_id = any($1::uuid[])
  order by call_id for update of contact
), hand as (
  update contact set
    taken_by = case when did = 'taken' and (taken_by is null or taken_by = from_handler) then handler else taken_by end,
    taken_at = case when did = 'taken' and (taken_by is null or taken_by = from_handler) then at else taken_at end,
    closed_at = case when did = 'over' then coalesce(closed_at, at) else closed_at end,
    closed_by = case when did = 'over' then coalesce(closed_by, handler) else closed_by end
  from found where contact.call_id = found.call_id and contact.call_id = any($1::uuid[])
  returning contact.call_id, owner, generation, handler, did, at, did <> 'taken' or taken_by = handler as is_done
), part as (
  insert into wrap_up (call_id, handler, had_at, closed_at)
  select call_id, handler, at, case when did <> 'taken' then at end from hand where is_done order by call_id
  on conflict (call_id, handler) do update set
    closed_at = case when excluded.closed_at is null then null else coalesce(wrap_up.closed_at, excluded.closed_at) end
  where excluded.closed_at is not null or wrap_up.closed_at < excluded.had_at
)
select call_id, is_done, case when is_done and owner is distinct from $6 then pg_notify('${CHANNEL}', json_build_object(
  't', 'hand', 'call', call_id, 'generation', generation, 'handler', handler, 'did', did)::text)::text end from hand`

/**
 * Whose the calls are and who has written them up, whichever node asks: one hand for each call, all with one commit, the
 * answers in their order. A call is the handler's when nobody had it, or `from` still did; otherwise it is not theirs to
 * take. One that waited in the record until its handler had written the call up does not open it for them again. Of who
 * closes a contact for good, the first is kept.
 */
export async function recordHands(pool: pg.Pool, node: string, hands: readonly Hand[]): Promise<HandAnswer[]> {
  const { rows } = await pool.query<{ call_id: CallId; is_done: boolean }>({
    name: 'record-hands',
    text: RECORD,
    values: [
      hands.map(({ callId }) => callId),
      hands.map(({ handler }) => handler),
      hands.map(({ did }) => did),
      hands.map(({ at }) => Math.round(at)),
      hands.map(({ from }) => from ?? null),
      node
    ]
  })
  const known = new Map(rows.map(row => [row.call_id, row.is_done ? 'done' : 'not-theirs'] as const))
  return hands.map(({ callId }) => known.get(callId) ?? 'unknown')
}

/** A column for a query over `contact`: everybody's part in the call. */
export const HANDS_COLUMN = `(select json_agg(json_build_object('handler', handler, 'isClosed', closed_at is not null))
  from wrap_up where wrap_up.call_id = contact.call_id) as hands`
