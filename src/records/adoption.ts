import type pg from 'pg'
import type { CallId, ForceId, HandlerId, SwitchCallId, TrunkId } from '../call/ids.ts'
import { STEPS_COLUMN, stepsOf } from './escalations.ts'
import { type OpenCall, type OpenRow, toOpenCall } from './journal-rows.ts'
import { CHANNEL } from './notices.ts'
import { HANDS_COLUMN } from './wrap-ups.ts'

/*
 * Who holds a call is settled here and nowhere else: one statement raises the generation, names the new owner and
 * answers the call, so that two nodes that want it get it one after the other, and what the former owner still writes
 * is refused by the generation (journal-rows.ts). A call of an owner that is gone is marked: what that one knew of its
 * end may never come. The next event that its switch tells of it takes the mark away.
 */

/** `$1` is the new owner in every statement; `found` names the calls, and `among` what is known of them: the month. */
const adopt = (among = 'true') => `update contact set owner = $1, generation = contact.generation + 1,
    call = jsonb_set(contact.call, '{generation}', to_jsonb(contact.generation + 1))
      || case when found.is_gone then '{"isUnheard": true}'::jsonb else '{}'::jsonb end
  from found where contact.call_id = found.call_id and ${among}
  returning contact.call, contact.dialog, contact.taken_by, ${HANDS_COLUMN}, contact.call_id, contact.generation,
    found.former`

/** Of the owner of `contact`: that it may have known more of the call than it could write. */
const IS_GONE = `owner is distinct from $1 and not exists (
  select 1 from node where node.node = contact.owner and left_at is null and lease_until >= clock_timestamp())`

/** A former owner that lives hears of it with the commit. */
const adoptOne = (among?: string) => `, adopted as (${adopt(among)})
  select call, dialog, taken_by, hands, case when former is distinct from $1 then
    pg_notify('${CHANNEL}', json_build_object('t', 'adopted', 'call', call_id, 'generation', generation)::text)::text
  end from adopted`

export interface AdoptWhose {
  /** Nodes that are gone for certain. */
  readonly owners: readonly string[]
  /** Calls of the time before there were owners too. */
  readonly withNobodys?: boolean
  /** Epoch ms; calls offered before are left to the record. */
  readonly sinceAt: number
  readonly limit: number
}

/** Takes over the newest open calls of these owners, `limit` at most, oldest of them first; other nodes get the rest. */
export async function adoptOf(
  pool: pg.Pool,
  node: string,
  { owners, withNobodys = false, sinceAt, limit }: AdoptWhose
): Promise<OpenCall[]> {
  const { rows } = await pool.query<OpenRow>({
    name: 'adopt-of',
    text: `with found as (
             select call_id, owner as former, true as is_gone from contact
             where closed_at is null and call is not null and offered_at >= $2
               and (owner = any($3) or ($4 and owner is null))
             order by offered_at desc limit $5 for update skip locked
           )
           ${adopt()}`,
    values: [node, sinceAt, owners, withNobodys, limit]
  })
  return (await withSteps(pool, rows)).sort((one, other) => one.call.offeredAt - other.call.offeredAt)
}

/**
 * Takes over one open call that no living node has: its owner is one of `gone`, or of no node that is known, or it is
 * ours by the record. Undefined: a living node has it, nobody knows it, or it is closed.
 */
export async function adoptCall(
  pool: pg.Pool,
  node: string,
  { callId, gone }: { readonly callId: CallId; readonly gone: readonly string[] }
): Promise<OpenCall | undefined> {
  const { rows } = await pool.query<OpenRow>({
    name: 'adopt-call',
    text: `with found as (
             select call_id, owner as former, owner is distinct from $1 as is_gone from contact
             where call_id = $2 and closed_at is null and call is not null and (owner = $1 or owner = any($3)
               or not exists (select 1 from node where node.node = contact.owner)) for update
           ) ${adoptOne('contact.call_id = $2')}`,
    values: [node, callId, gone]
  })
  return (await withSteps(pool, rows))[0]
}

/**
 * Whose screens an adopted call was passed on to: they must hear how it goes on, and its end may be the next thing that is
 * told. Asked after the adoption, because until then its former owner may still have taken a step.
 */
async function withSteps(pool: pg.Pool, rows: readonly OpenRow[]): Promise<OpenCall[]> {
  const live = rows.filter(({ call }) => call.state !== 'released')
  const taken =
    live.length === 0
      ? []
      : await stepsOf(
          pool,
          live.map(({ call }) => call.callId)
        )
  return rows.map(row => {
    const ofCall = taken.filter(({ callId }) => callId === row.call.callId)
    const steps = ofCall.flatMap(({ kind, handler, at }) => (handler === undefined ? [] : [{ kind, handler, at }]))
    return toOpenCall({ ...row, steps: steps.length === 0 ? null : steps })
  })
}

export interface SwitchCall {
  readonly force: ForceId
  readonly trunk: TrunkId
  readonly switchCallId: SwitchCallId
}

/**
 * Takes over the open call that a switch calls by this name. Which other trunk gave the later names of a call is not
 * on record, so a call of this trunk comes first and any other after it.
 */
export async function adoptBySwitchCall(
  pool: pg.Pool,
  node: string,
  { force, trunk, switchCallId }: SwitchCall
): Promise<OpenCall | undefined> {
  const { rows } = await pool.query<OpenRow>({
    name: 'adopt-by-switch-call',
    text: `with found as (
             select call_id, owner as former, ${IS_GONE} as is_gone from contact
             where closed_at is null and call is not null and switch_call_ids @> array[$2::text] and force = $3
             order by (call->>'trunk' = $4) desc, offered_at desc limit 1 for update
           ) ${adoptOne()}`,
    values: [node, switchCallId, force, trunk]
  })
  return (await withSteps(pool, rows))[0]
}

export interface LostCall {
  readonly callId: CallId
  readonly generation: number
  readonly isClosed: boolean
}

/** Of these calls, those that `node` does not own any more, or that a person has closed. */
export async function lostCalls(pool: pg.Pool, node: string, callIds: readonly CallId[]): Promise<LostCall[]> {
  const { rows } = await pool.query<{ call_id: CallId; generation: number; is_closed: boolean }>({
    name: 'lost-calls',
    text: `select call_id, generation, closed_at is not null as is_closed from contact
           where call_id = any($1) and (owner is distinct from $2 or closed_at is not null)`,
    values: [callIds, node]
  })
  return rows.map(row => ({ callId: row.call_id, generation: row.generation, isClosed: row.is_closed }))
}

/** A call of ours as its card has it: who has it, and how many of those who had it have written it up. */
export interface HeldHands {
  readonly callId: CallId
  readonly takenBy: HandlerId | undefined
  readonly closed: number
}

/** Of these calls of `node`, those of which the record knows hands that the card does not, because another node wrote them. */
export async function otherHands(pool: pg.Pool, node: string, held: readonly HeldHands[]): Promise<OpenCall[]> {
  const { rows } = await pool.query<OpenRow>({
    name: 'other-hands',
    text: `select call, dialog, taken_by, ${HANDS_COLUMN} from contact
           join unnest($2::uuid[], $3::text[], $4::int[]) as held(held_id, held_by, closed) on held_id = call_id
           where call_id = any($2::uuid[]) and owner = $1 and closed_at is null and call is not null and (taken_by is distinct from held_by
             or (select count(*) from wrap_up where wrap_up.call_id = contact.call_id and closed_at is not null) > closed)`,
    values: [
      node,
      held.map(({ callId }) => callId),
      held.map(({ takenBy }) => takenBy ?? null),
      held.map(({ closed }) => closed)
    ]
  })
  return rows.map(toOpenCall)
}

/** Open calls that `node` owns by the record. */
export async function ownCalls(pool: pg.Pool, node: string, sinceAt: number): Promise<CallId[]> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'own-calls',
    text: `select call_id from contact
           where owner = $1 and closed_at is null and call is not null and offered_at >= $2`,
    values: [node, sinceAt]
  })
  return rows.map(row => row.call_id)
}

/** Takes up those of these calls that `node` owns already: nobody else is asked to let go of anything. */
export async function adoptOwn(pool: pg.Pool, node: string, callIds: readonly CallId[]): Promise<OpenCall[]> {
  const { rows } = await pool.query<OpenRow>({
    name: 'adopt-own',
    text: `with found as (
             select call_id, owner as former, false as is_gone from contact
             where call_id = any($2) and owner = $1 and closed_at is null and call is not null for update
           )
           ${adopt('contact.call_id = any($2)')}`,
    values: [node, callIds]
  })
  return withSteps(pool, rows)
}

/** An open call as it stands, whoever has it. */
export async function readOpenCall(pool: pg.Pool, callId: CallId): Promise<OpenCall | undefined> {
  const { rows } = await pool.query<OpenRow>({
    name: 'read-open-call',
    text: `select call, dialog, taken_by, ${HANDS_COLUMN}, ${STEPS_COLUMN} from contact
           where contact.call_id = $1 and closed_at is null and call is not null`,
    values: [callId]
  })
  return rows[0] === undefined ? undefined : toOpenCall(rows[0])
}

/** Open calls that `node` does not own, live ones before ended ones, the newest `limit`. */
export async function callsOfOthers(
  pool: pg.Pool,
  node: string,
  { sinceAt, limit }: { sinceAt: number; limit: number }
): Promise<OpenCall[]> {
  const { rows } = await pool.query<OpenRow>({
    name: 'calls-of-others',
    text: `select call, dialog, taken_by, ${HANDS_COLUMN}, ${STEPS_COLUMN} from contact
           where closed_at is null and call is not null and offered_at >= $2 and owner is distinct from $1
           order by (state = 'released'), offered_at desc limit $3`,
    values: [node, sinceAt, limit]
  })
  return rows.map(toOpenCall)
}
