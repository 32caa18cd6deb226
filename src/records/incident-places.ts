import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { toJson } from './journal-rows.ts'
import { tellOwner } from './location-fixes.ts'

/*
 * Where the incident is, as handlers say, where that is not where the caller is. As with a late fix the gateway that has
 * the call hears of it with the commit; readLateRecord reads what holds.
 */

/** Of one call; more is no handler at work. */
export const MAX_INCIDENT_PLACES = 50

export interface PlaceAct {
  readonly callId: CallId
  /** Absent: what was said before is taken back. */
  readonly fix?: LocationFix
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** `as-it-was`: it stood so already. `too-many`: this call has had as many as one may have. */
export interface Placed {
  readonly result: 'placed' | 'as-it-was' | 'too-many'
  /** The newest change of the call; undefined where nothing was changed. */
  readonly change: number | undefined
}

/** Rejects as the record does. */
export async function putIncidentPlace(
  pool: pg.Pool,
  node: string,
  { callId, fix, handler, at }: PlaceAct
): Promise<Placed> {
  const { rows } = await pool.query<{ result: Placed['result']; change: number | null }>({
    name: 'put-incident-place',
    text: `with held as (
             select fix from incident_place where call_id = $1 order by change desc limit 1
           ), said as (
             select nullif($3::jsonb->0, 'null') as fix, (select count(*) from incident_place where call_id = $1) as acts
           ), told as (
             insert into incident_place (call_id, fix, handler, at)
             select $1, fix, $4, $5 from said
             where fix is distinct from (select fix from held) and (fix is null or acts < ${MAX_INCIDENT_PLACES})
             returning change
           ), tells as (${tellOwner('fix')})
           select (select change from tells) as change, case
             when exists (select 1 from told) then 'placed'
             when (select fix from said) is not distinct from (select fix from held) then 'as-it-was'
             else 'too-many' end as result`,
    values: [callId, node, toJson([fix ?? null]), handler, Math.round(at)]
  })
  return { result: rows[0]?.result ?? 'as-it-was', change: rows[0]?.change ?? undefined }
}
