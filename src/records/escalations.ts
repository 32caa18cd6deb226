import type pg from 'pg'
import { type CallId, type ForceId, type HandlerId, toPopId } from '../call/ids.ts'
import type { EscalationRecord, StepClaim, TakenStep } from '../pop/escalation-record.ts'
import type { EscalationKind, EscalationLimits } from '../pop/escalation-rules.ts'

/** A step that is due by the record, whoever holds the call. */
export interface DueStep {
  readonly callId: CallId
  readonly force: ForceId
  readonly line: string
  readonly kind: EscalationKind
  /** 1 is the first. */
  readonly step: number
  /** Epoch ms. */
  readonly dueAt: number
}

/** Older calls are left alone: after a long outage nobody wants thousands of alarms for calls that are long over. */
const BACK_MS = 600_000
const MAX_DUE = 500
/** Of an integer column: whatever generation the record has. */
const MAX_GENERATION = 2_147_483_647

/** Whom a live call was passed on to, as a column beside `contact`. */
export const STEPS_COLUMN = `case when contact.state <> 'released' then (
    select json_agg(json_build_object('kind', e.kind, 'handler', e.handler, 'at', e.at) order by e.at)
    from escalation e where e.pop_id = 'p_' || contact.call_id and e.handler is not null) end as steps`

/** The steps in PostgreSQL. The insert decides who acts, and it asks once more whether there is still cause. */
export function makeEscalationRecord(pool: pg.Pool): EscalationRecord {
  return {
    claim: step => claim(pool, step),
    keep: step => keep(pool, step),
    stepsOf: callIds => stepsOf(pool, callIds),
    progressOf: async callIds => {
      const { rows } = await pool.query<{ call_id: CallId; acked: boolean; taken: boolean; is_over: boolean }>({
        name: 'progress-of',
        text: `select call_id, taken_by is not null or answered_at is not null as taken,
                 released_at is not null or closed_at is not null as is_over,
                 exists (select from pop_delivery where pop_id = 'p_' || call_id and acked_at is not null) as acked
               from contact where call_id = any($1::uuid[])`,
        values: [callIds]
      })
      return rows.map(({ call_id, acked, taken, is_over }) => ({
        callId: call_id,
        isAcked: acked,
        isTaken: taken,
        isOver: is_over
      }))
    }
  }
}

/** Steps that anybody has taken for these calls, oldest first. */
export async function stepsOf(pool: pg.Pool, callIds: readonly CallId[]): Promise<readonly TakenStep[]> {
  const { rows } = await pool.query<{ call_id: CallId; kind: EscalationKind; handler: string | null; at: number }>({
    name: 'escalations-of',
    text: 'select call_id, kind, handler, at from escalation where call_id = any($1::uuid[]) order by at',
    values: [callIds]
  })
  return rows.map(
    ({ call_id, kind, handler, at }): TakenStep => ({
      callId: call_id,
      kind,
      at,
      ...(handler === null ? {} : { handler: handler as HandlerId })
    })
  )
}

/** Against an adoption of the same call: whoever has it after that finds the step, or the step is not taken. */
async function claim(pool: pg.Pool, step: StepClaim) {
  const { rows } = await pool.query<{ won: boolean; acked: boolean; taken: boolean }>({
    name: 'claim-escalation',
    text: `with call as (
             select taken_by is not null or answered_at is not null as taken,
               exists (select from pop_delivery where pop_id = $1 and acked_at is not null) as acked
             from contact where call_id = $4::uuid and generation <= $7::int and released_at is null and closed_at is null
             for share
           ), claimed as (
             insert into escalation (pop_id, kind, step, call_id, handler, node, at)
             select $1, $2, $3::smallint, $4::uuid, $5::text, $6, $8::bigint from call
             where case when $2::text = 'unacked' then not acked else not taken end
             on conflict do nothing returning 1
           )
           select exists (select from claimed) as won, acked, taken from call`,
    values: [
      ...[step.popId, step.kind, step.step, step.callId, step.handler ?? null, step.node],
      ...[step.generation, Math.round(step.at)]
    ]
  })
  const row = rows[0]
  return { won: row?.won === true, isAcked: row?.acked === true, isTaken: row?.taken === true }
}

/**
 * A step that is taken, whether or not there is cause for it any more: another gateway may have told the supervisors of it
 * meanwhile, or have given the pop to somebody else by it. Then it stands after that.
 */
async function keep(pool: pg.Pool, step: StepClaim): Promise<void> {
  await pool.query({
    name: 'keep-escalation',
    text: `with known as (
             select step, handler from escalation where pop_id = $1 and kind = $2
           ), mine as (
             select case when exists (select from known where step = $3::smallint and handler is not null)
               then (select max(step) + 1 from known) else $3::smallint end as step
             where case when $5::text is null then not exists (select from known where step = $3::smallint)
               else not exists (select from known where handler = $5::text) end
           )
           insert into escalation (pop_id, kind, step, call_id, handler, node, at)
           select $1, $2, step, $4::uuid, $5::text, $6, $7::bigint from mine
           on conflict (pop_id, kind, step) do update set handler = excluded.handler, node = excluded.node
           where escalation.handler is null`,
    values: [
      ...[step.popId, step.kind, step.step, step.callId, step.handler ?? null, step.node],
      ...[Math.round(step.at)]
    ]
  })
}

/** Takes a step for a call whose gateway does not: nobody is given the pop, but the supervisors hear of it once. */
export async function claimForNobody(
  pool: pg.Pool,
  { callId, kind, step }: DueStep,
  { node, at }: { readonly node: string; readonly at: number }
): Promise<boolean> {
  const claimed = await claim(pool, {
    ...{ callId, kind, step, node, at },
    popId: toPopId(callId),
    generation: MAX_GENERATION
  })
  return claimed.won
}

/** Steps that are due at `now` and that nobody has taken, oldest first; those that wait for somebody to come, last. */
export async function dueSteps(pool: pg.Pool, limits: EscalationLimits, now: number): Promise<DueStep[]> {
  const { rows } = await pool.query<Omit<DueStep, 'callId' | 'dueAt'> & { call_id: CallId; due_at: number }>({
    name: 'due-escalations',
    text: `with live as materialized (
             select call_id, 'p_' || call_id as pop_id, force, line, offered_at, taken_by is not null or answered_at is not null as taken,
               coalesce((select ms from unnest($4::text[], $5::bigint[]) as l(name, ms) where name = line), $3::bigint) as take_ms
             from contact
             where released_at is null and closed_at is null and offered_at > $1::bigint - ${BACK_MS} and offered_at <= $1::bigint - $2::bigint
               and call is not null and not coalesce((call->'flags'->>'test')::boolean, false)
               and call->>'direction' = 'in'
           ), steps as (
             select live.*, 'unacked' as kind, $2::bigint as ms from live
             where not exists (
               select from pop_delivery where pop_delivery.pop_id = live.pop_id and acked_at is not null)
             union all
             select live.*, 'not-taken', take_ms from live where not taken and offered_at <= $1::bigint - take_ms
           )
           select call_id, force, line, kind, (done + 1)::int as step, offered_at + (given + 1) * ms as due_at
           from (select steps.*, done, given from steps cross join lateral (
                   select count(*) as done, count(handler) as given from escalation e
                   where e.pop_id = steps.pop_id and e.kind = steps.kind) as taken) as counted
           where given < $6::int and offered_at + (given + 1) * ms <= $1::bigint
           order by done > given, due_at limit ${MAX_DUE}`,
    values: [
      ...[Math.round(now), limits.unackedMs, limits.takeWithinMs],
      ...[limits.lines.map(({ line }) => line), limits.lines.map(({ takeWithinMs }) => takeWithinMs), limits.tries]
    ]
  })
  return rows.map(({ call_id, due_at, ...rest }) => ({ ...rest, callId: call_id, dueAt: due_at }))
}

/** Steps of calls that are long over. */
export async function forgetEscalations(pool: pg.Pool, beforeAt: number): Promise<void> {
  await pool.query({
    name: 'forget-escalations',
    text: `delete from escalation where (pop_id, kind, step) in (
             select pop_id, kind, step from escalation where at < $1 order by at limit 5000)`,
    values: [Math.round(beforeAt)]
  })
}
