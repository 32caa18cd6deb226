import type pg from 'pg'
import type { IncidentRow } from './record-rows.ts'
import { type Put, type RecordTable, toTextArray, upsert } from './upsert.ts'
import type { Owner } from './write-addresses.ts'
import type { Removed } from './write-people.ts'

const INCIDENT: RecordTable<IncidentRow & Owner> = {
  name: 'incident',
  key: ['force', 'source', 'record_key'],
  columns: {
    force: ['text', row => row.force],
    source: ['text', row => row.source],
    record_key: ['text', row => row.recordKey],
    reference: ['text', row => row.reference],
    type: ['text', row => row.type],
    status: ['text', row => row.status],
    opened_at: ['bigint', row => row.openedAt],
    closed_at: ['bigint', row => row.closedAt],
    grade: ['text', row => row.grade],
    summary: ['text', row => row.summary],
    easting: ['double precision', row => row.easting],
    northing: ['double precision', row => row.northing],
    radius_metres: ['real', row => row.radiusMetres],
    as_of: ['bigint', row => row.asOf]
  },
  made: { place: 'point(easting, northing)' },
  newer: 'as_of'
}

export function putIncidents(
  client: pg.ClientBase,
  owner: Owner,
  rows: readonly IncidentRow[]
): Promise<readonly Put[]> {
  return upsert(
    client,
    INCIDENT,
    rows.map(row => ({ ...row, ...owner }))
  )
}

/** Takes incidents away. One that calls are linked to stays, since it is part of their history: it is to be closed. */
export async function removeIncidents(
  client: pg.ClientBase,
  { force, source }: Owner,
  keys: readonly string[]
): Promise<Removed> {
  const values = [force, source, toTextArray(keys)]
  const { rows: gone } = await client.query<{ record_key: string }>(
    `delete from incident where force = $1 and source = $2 and record_key = any($3::text[])
       and not exists (select from contact_incident where contact_incident.incident_id = incident.incident_id)
     returning record_key`,
    values
  )
  const { rows: kept } = await client.query<{ record_key: string }>(
    'select record_key from incident where force = $1 and source = $2 and record_key = any($3::text[])',
    values
  )
  const reason = 'calls are linked to this incident: close it instead'
  return { gone: gone.map(row => row.record_key), kept: kept.map(row => ({ key: row.record_key, reason })) }
}
