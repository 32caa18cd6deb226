import type pg from 'pg'
import type { EarlierContact } from '../lookups/caller-history.ts'
import { type ContactRow, toContact } from './callers.ts'
import { forcesOf, isOfForces, ofThree, twoOf } from './lookup-statements.ts'

interface Ask {
  readonly forces: readonly string[]
  readonly e164s: readonly string[]
  readonly excludeCallId: string
  /** Older than this contact: when it was offered, and its id, because two may have come at once. */
  readonly after?: { readonly at: number; readonly callId: string }
  readonly limit: number
}

const NEVER = { at: Number.MAX_SAFE_INTEGER, callId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

const OLDER_CONTACTS = `
select older.*, led_to.reference, led_to.type, led_to.status from (
  select call_id, line, offered_at, result, summary, state, cause, null as trunk, null as route,
    null::bigint as released_at, null::boolean as is_test, count(*) over () as total,
    network_e164 in ($1, $2) as is_network,
    case when network_e164 in ($1, $2) then network_e164 else presentation_e164 end as e164
  from contact
  where (network_e164 in ($1, $2) or presentation_e164 in ($1, $2)) and ${isOfForces('contact')}
    and call_id <> $5::uuid and offered_at <= $6 and (offered_at, call_id) < ($6, $7::uuid)
  order by offered_at desc, call_id desc limit $8
) older left join lateral (
  select incident.reference, incident.type, incident.status
  from contact_incident join incident using (incident_id) where contact_incident.call_id = older.call_id
  order by incident.opened_at desc, incident_id desc limit 1
) led_to on true
order by older.offered_at desc, older.call_id desc`

/** The next older contacts of the numbers, newest first, and how many there are beyond them. */
export async function olderContacts(
  pool: pg.Pool,
  { forces, e164s, excludeCallId, after = NEVER, limit }: Ask
): Promise<{ readonly items: readonly EarlierContact[]; readonly more: number }> {
  const values = [...twoOf(e164s), ...forcesOf(forces), excludeCallId, after.at, after.callId, limit]
  const query = ofThree({ name: 'older-contacts', text: OLDER_CONTACTS, values }, e164s)
  const { rows } = await pool.query<ContactRow & { readonly total: number }>(query)
  return { items: rows.map(toContact), more: (rows[0]?.total ?? 0) - rows.length }
}
