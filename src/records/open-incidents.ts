import type pg from 'pg'
import { type FindIncidents, MAX_INCIDENTS, type Near, type NearbyIncident } from '../lookups/incidents-nearby.ts'
import { rowsOfLookup } from './lookup-statements.ts'

interface Row {
  readonly incident_id: string | number
  readonly reference: string
  readonly force: string
  readonly type: string
  readonly status: string
  readonly grade: string | null
  readonly summary: string | null
  readonly source: string
  readonly opened_at: number
  /** As `pg` reads a point. */
  readonly place: { readonly x: number; readonly y: number } | null
  readonly metres: number | null
  readonly calls: number
  readonly is_linked: boolean
  readonly linked_by: string | null
  readonly linked_at: number | null
  readonly total: number
}

/** Read of each that is shown, and of no other. */
const SHOWN = `shown.*, (select count(*) from contact_incident where incident_id = shown.incident_id) as calls`
const COLUMNS = 'incident_id, reference, incident.force, type, status, grade, summary, source, opened_at, place'
/** Parameters before those of the types: from `$7` on each type has two. */
const TYPES_FROM = 7

/**
 * Incidents around a point by the index of open ones, nearest first, then the newest; before them those the call is linked
 * to. Of the forces' own records only, also of what is linked: a grant that has ended takes them off the screen. `types`: how
 * many have a time of their own. In the statement, because a list of them asked for each row takes ten times as long.
 */
export function incidentsNearbySql(types: number): string {
  const since = Array.from({ length: types }, (_, at) => TYPES_FROM + at * 2).map(
    at => `when starts_with(lower(type), $${at}::text) then $${at + 1}::bigint`
  )
  const sinceAt = since.length === 0 ? '$6::bigint' : `case ${since.join(' ')} else $6::bigint end`
  return `
with linked as (
  select incident_id, linked_by, linked_at from contact_incident where call_id = $1
), listed as (
  select ${COLUMNS}, true as is_linked, linked_by, linked_at
  from linked join incident using (incident_id) where force = any($2::text[])
  union all
  select ${COLUMNS}, false, null, null from incident
  where status = 'open' and place <@ circle(point($3, $4), $5) and force = any($2::text[]) and opened_at >= ${sinceAt}
    and incident_id not in (select incident_id from linked)
)
select ${SHOWN} from (
  select *, place <-> point($3, $4) as metres, count(*) over () as total from listed
  order by not is_linked, metres, opened_at desc, incident_id limit ${MAX_INCIDENTS}
) shown order by not is_linked, metres, opened_at desc, incident_id`
}

/** The same without a place: only what is linked to the call. */
export const INCIDENTS_LINKED = `
select ${SHOWN} from (
  select ${COLUMNS}, true as is_linked, linked_by, linked_at, null::float8 as metres, count(*) over () as total
  from contact_incident join incident using (incident_id)
  where call_id = $1 and force = any($2::text[]) order by opened_at desc, incident_id limit ${MAX_INCIDENTS}
) shown order by opened_at desc, incident_id`

/** What the statement around a place is asked with. */
export function nearbyValues(callId: string, forces: readonly string[], near: Near): readonly unknown[] {
  const { point, metres, sinceAt } = near
  return [
    ...[callId, forces, point.easting, point.northing, metres, Math.floor(sinceAt)],
    ...longestFirst(near).flatMap(each => [each.type.toLowerCase(), Math.floor(each.sinceAt)])
  ]
}

function longestFirst({ sinceByType }: Near): Near['sinceByType'] {
  return sinceByType.toSorted((one, other) => other.type.length - one.type.length)
}

export function makeFindIncidents(pool: pg.Pool): FindIncidents {
  /** How many types there are is the config's, and mostly the same at each question. */
  const texts = new Map<number, string>()
  const textOf = (types: number) => {
    const text = texts.get(types) ?? incidentsNearbySql(types)
    texts.set(types, text)
    return text
  }
  return async ({ forces, callId, near }) => {
    const types = near?.sinceByType.length ?? 0
    const query =
      near === undefined
        ? { name: 'incidents-linked', text: INCIDENTS_LINKED, values: [callId, forces] }
        : {
            name: `incidents-nearby-${types}`,
            text: textOf(types),
            values: [...nearbyValues(callId, forces, near)]
          }
    const rows = await rowsOfLookup<Row>(pool, query)
    return { items: rows.map(toIncident), total: rows[0]?.total ?? 0 }
  }
}

function toIncident(row: Row): NearbyIncident {
  const { reference, force, type, source, grade, summary, place, metres, linked_by, linked_at } = row
  const linked = {
    ...(linked_by === null ? {} : { by: linked_by }),
    ...(linked_at === null ? {} : { at: linked_at })
  }
  return {
    ...{ id: String(row.incident_id), reference, force, type, source },
    ...{ isOpen: row.status === 'open', openedAt: row.opened_at, calls: row.calls },
    ...(grade === null ? {} : { grade }),
    ...(summary === null ? {} : { summary }),
    ...(place === null ? {} : { point: { easting: place.x, northing: place.y } }),
    ...(metres === null ? {} : { metres }),
    ...(row.is_linked ? { linked } : {})
  }
}
