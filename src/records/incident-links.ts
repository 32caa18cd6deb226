import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import { tellOwner } from './location-fixes.ts'

/*
 * Which incidents a call is about, as handlers say. Each act is kept with who and when, also one that was taken back; and
 * as with a late fix the gateway that has the call hears of it with the commit.
 */

export interface LinkAct {
  readonly callId: CallId
  /** As the screens name the incident. */
  readonly incident: string
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/**
 * `linked`, `unlinked`: done now. `as-it-was`: it stood so already. `closed`: no open incident. `unknown`: none that these
 * forces' records have, or no such link. `no-call`: the record does not have the call (yet). `not-theirs`: somebody else's
 * link.
 */
export type LinkResult = 'linked' | 'unlinked' | 'as-it-was' | 'closed' | 'unknown' | 'no-call' | 'not-theirs'

export interface Linked {
  readonly result: LinkResult
  /** The newest change of the call; undefined where nothing was changed. */
  readonly change: number | undefined
}

/** Only an open incident of these forces' records is linked to; a link that is there already stays whose it is. */
export async function linkIncident(
  pool: pg.Pool,
  node: string,
  { callId, incident, handler, at }: LinkAct,
  forces: readonly string[]
): Promise<Linked> {
  const { rows } = await pool.query<{ result: LinkResult; change: number | null }>({
    name: 'link-incident',
    text: `with known as (
             select incident_id, status from incident where incident_id = $3::bigint and force = any($4)
           ), had as (
             select incident_id from contact_incident join known using (incident_id) where call_id = $1
           ), put as (
             insert into contact_incident (call_id, incident_id, linked_by, linked_at)
             select $1, incident_id, $5, $6 from known
             where status = 'open' and exists (select 1 from contact where call_id = $1)
             on conflict (call_id, incident_id) do nothing returning incident_id
           ), told as (
             insert into incident_link_act (call_id, incident_id, act, handler, at)
             select $1, incident_id, 'linked', $5, $6 from put returning change
           ), tells as (${tellOwner('link')})
           select (select change from tells) as change, case
             when exists (select 1 from told) then 'linked'
             when exists (select 1 from had) then 'as-it-was'
             when not exists (select 1 from known) then 'unknown'
             when not exists (select 1 from contact where call_id = $1) then 'no-call'
             when (select status from known) <> 'open' then 'closed'
             else 'as-it-was' end as result`,
    values: [callId, node, incident, forces, handler, Math.round(at)]
  })
  return { result: rows[0]?.result ?? 'unknown', change: rows[0]?.change ?? undefined }
}

/** Undone by whoever linked it; by anybody where `isAnybodys`, as a supervisor may. */
export async function unlinkIncident(
  pool: pg.Pool,
  node: string,
  { callId, incident, handler, at }: LinkAct,
  { isAnybodys }: { readonly isAnybodys: boolean }
): Promise<Linked> {
  const { rows } = await pool.query<{ result: LinkResult; change: number | null }>({
    name: 'unlink-incident',
    text: `with had as (
             select incident_id from contact_incident where call_id = $1 and incident_id = $3::bigint
           ), taken as (
             delete from contact_incident
             where call_id = $1 and incident_id = $3::bigint and (linked_by = $4 or $6::boolean) returning incident_id
           ), told as (
             insert into incident_link_act (call_id, incident_id, act, handler, at)
             select $1, incident_id, 'unlinked', $4, $5 from taken returning change
           ), tells as (${tellOwner('link')})
           select (select change from tells) as change, case
             when exists (select 1 from told) then 'unlinked'
             when exists (select 1 from had) then 'not-theirs'
             when exists (select 1 from incident_link_act where call_id = $1 and incident_id = $3::bigint) then 'as-it-was'
             else 'unknown' end as result`,
    values: [callId, node, incident, handler, Math.round(at), isAnybodys]
  })
  return { result: rows[0]?.result ?? 'unknown', change: rows[0]?.change ?? undefined }
}
