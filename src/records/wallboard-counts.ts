import type pg from 'pg'
import { leastIdAt } from '../call/ids.ts'
import { SYNTHETIC } from '../call/synthetic.ts'
import {
  ALERT_STEPS,
  type AlertRow,
  type ConsoleRow,
  HOUR_MS,
  type HourRow,
  type MostAlertsRow,
  STEP_MS,
  STEPS,
  type WaitingRow
} from '../pop/wallboard-figures.ts'

/*
 * What the wallboard shows, counted for every force at once out of what the gateways have written; numbers alone, of
 * nobody. Calls of tests, calls out and the gateway's own test calls are no calls here. docs/wallboard.md says of each
 * figure what it counts. Planned anew with each question: a plan that knew no times would read everything.
 */

const DAY_MS = 86_400_000
const ALERT_STEP_MS = HOUR_MS / ALERT_STEPS
/** Whoever has just sat down has opened no socket yet. */
const SITS_DOWN_MS = 15_000

/** Calls in, of people. */
const IS_COUNTED = `call is not null and call->>'direction' = 'in' and force <> '${SYNTHETIC}'
  and not coalesce((call->'flags'->>'test')::boolean, false)`

/** Calls that nobody has answered or taken, by force and line, and pops that no screen has. */
export async function countWaiting(
  pool: pg.Pool,
  { now, unackedMs }: { readonly now: number; readonly unackedMs: number }
): Promise<WaitingRow[]> {
  const { rows } = await pool.query<WaitingRow>(
    `select force, line, count(*) filter (where is_waiting and not is_unheard)::int as waiting,
       min(offered_at) filter (where is_waiting and not is_unheard) as "sinceAt",
       count(*) filter (where is_waiting and is_unheard)::int as unheard,
       count(*) filter (where not is_unheard and is_due and not is_acked)::int as unacked
     from (
       select force, line, offered_at, answered_at is null and taken_by is null as is_waiting, offered_at <= $1 as is_due,
         coalesce((call->>'isUnheard')::boolean, false) as is_unheard,
         exists (select from pop_delivery where pop_id = 'p_' || call_id and acked_at is not null) as is_acked
       from contact where released_at is null and closed_at is null and ${IS_COUNTED}
     ) live group by force, line`,
    [Math.round(now - unackedMs)]
  )
  return rows
}

/**
 * Calls offered in the last hour, by force, line and five minutes. Answered: as the switch says; where it says nothing, as
 * another branch of the fork had it; else as a handler took it on the screen.
 */
export async function countLastHour(
  pool: pg.Pool,
  ask: { readonly now: number; readonly targetMs: number; readonly representedWithinMs: number }
): Promise<HourRow[]> {
  const { rows } = await pool.query<HourRow>(
    `select force, line, step, count(*)::int as offered, count(*) filter (where came_to = 'answered')::int as answered,
       count(*) filter (where came_to = 'answered' and waited_ms <= $3)::int as "inTime",
       count(*) filter (where came_to <> 'unknown' and waited_ms > $3)::int as late,
       coalesce(sum(waited_ms) filter (where came_to = 'answered'), 0)::float8 as "waitedMs",
       count(*) filter (where came_to = 'abandoned' and not is_back)::int as abandoned,
       count(*) filter (where came_to = 'unknown')::int as unknown
     from (
       select force, line, came_to, is_back, least($5::int - 1, (offered_at - $1) / $6)::int as step,
         greatest(0, coalesce(case came_to when 'answered' then had_at when 'abandoned' then released_at end, $2) - offered_at)
           as waited_ms
       from (
         select force, line, offered_at, released_at,
           case when answered_at is not null then answered_at when cause = 'answered-elsewhere' then released_at
             else taken_at end as had_at,
           case when answered_at is not null then 'answered' when cause = 'abandoned' then 'abandoned'
             when cause = 'answered-elsewhere' or taken_at is not null then 'answered'
             when released_at is not null or closed_at is not null or (call->>'isUnheard')::boolean then 'unknown'
             else 'waiting' end as came_to,
           case when cause = 'abandoned' and answered_at is null then ${IS_BACK} else false end as is_back
         from contact as told where offered_at > $1 and ${IS_COUNTED}
         -- So that the whole calls, which are large, are let go of before rows are put in order.
         offset 0
       ) told
     ) timed group by force, line, step`,
    [
      ...[Math.round(ask.now - HOUR_MS), Math.round(ask.now), ask.targetMs, ask.representedWithinMs],
      ...[STEPS, STEP_MS, leastIdAt(ask.now - HOUR_MS - DAY_MS)]
    ]
  )
  return rows
}

/**
 * The caller who left was offered again by another route or switch: as the ledger judges it (records/ledger.ts). By the
 * day in their ids only months are looked into that can have it.
 */
const IS_BACK = `exists (
  select from contact later
  where (later.network_e164 = coalesce(told.network_e164, told.presentation_e164)
      or later.presentation_e164 = coalesce(told.network_e164, told.presentation_e164))
    and later.call_id >= $7::uuid and later.call_id <> told.call_id
    and later.force = told.force and later.line = told.line
    and later.offered_at between told.offered_at and told.released_at + $4
    and (later.offered_at, later.call_id) > (told.offered_at, told.call_id)
    and (later.call->>'trunk' <> told.call->>'trunk' or later.call->>'route' <> told.call->>'route'))`

/** Screens of people who take calls and are signed on, by what is known of them. */
export async function countConsoles(
  pool: pg.Pool,
  { now, sinceAt }: { readonly now: number; readonly sinceAt: number }
): Promise<ConsoleRow[]> {
  const { rows } = await pool.query<ConsoleRow>(
    `select force, coalesce(presence, 'gone') as attention, count(*)::int as count
     from sign_on join handler using (handler)
     where since_at >= $1 and (presence is not null or since_at < $2)
       and (cardinality(lines) > 0 or cardinality(acd_queues) > 0)
     group by 1, 2`,
    [Math.round(sinceAt), Math.round(now - SITS_DOWN_MS)]
  )
  return rows
}

/** Alarms raised in the last hour, found by the time in their ids; without those of `codes`. */
export async function countAlerts(
  pool: pg.Pool,
  { now, without }: { readonly now: number; readonly without: readonly string[] }
): Promise<AlertRow[]> {
  const { rows } = await pool.query<AlertRow>(
    `select coalesce(force, '') as force, priority, least($3::int - 1, (raised_at - $2) / $4)::int as step,
       count(*)::int as count, count(*) filter (where code <> 'alarm-rate')::int as causes
     from alarm where alarm >= $1::uuid and raised_at > $2 and code <> all($5) group by 1, 2, 3`,
    [leastIdAt(now - HOUR_MS), Math.round(now - HOUR_MS), ALERT_STEPS, ALERT_STEP_MS, without]
  )
  return rows
}

/** Of each force, the most alarms of the last hour that went to one and the same handler's screen. */
export async function mostAlertsOfOne(pool: pg.Pool, now: number): Promise<MostAlertsRow[]> {
  const { rows } = await pool.query<MostAlertsRow>(
    `select force, max(count)::int as most from (
       select coalesce(force, '') as force, count(*) as count from alarm cross join unnest(handlers) as told(handler)
       where alarm >= $1::uuid and raised_at > $2 and priority < 3 group by 1, told.handler
     ) each group by force`,
    [leastIdAt(now - HOUR_MS), Math.round(now - HOUR_MS)]
  )
  return rows
}
