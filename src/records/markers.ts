import type pg from 'pg'
import { MARKER_KINDS, UNKNOWN_RANK } from '../lookups/marker-kinds.ts'
import type { Marker, Markers, MarkersNear, MarkersOfNumbers } from '../lookups/warnings.ts'
import { forcesOf, isOfForces, ofThree, rowsOfLookup, twoOf } from './lookup-statements.ts'

/** Read of one question, the gravest first; how many more there are is counted. */
const MAX_MARKERS = 200

const RANKS = `array[${MARKER_KINDS.map(kind => `'${kind}'`).join(', ')}]`

/** What each row of a question has to say; `held` is the rows. The rank is the place in the list of kinds. */
const ANSWER = (now: string) => `
  select *, count(*) over () as total from held
  order by coalesce(expires_at <= ${now}, false), coalesce(array_position(${RANKS}, kind), ${UNKNOWN_RANK}),
    made_at desc, marker_id limit ${MAX_MARKERS}`

const MARKER = `marker.marker_id, marker.kind, marker.text, marker.source, marker.grade, marker.made_at, marker.review_at,
  marker.expires_at, marker.as_of`

const MARKERS_OF_NUMBERS = `
with tied as (
  select e164, person_id, address_id, as_of, until_at from number_link
  where e164 in ($1, $2) and ${isOfForces('number_link')}
), people as (
  select distinct on (person_id) person_id, e164, until_at is not null as is_earlier from tied
  where person_id is not null
  order by person_id, e164 = $1 desc, until_at is null desc, as_of desc
), own_address as (
  select distinct on (e164) address_id, e164 from tied
  where address_id is not null and until_at is null and not exists (
    select 1 from person_address gone where gone.person_id = tied.person_id
      and gone.address_id = tied.address_id and gone.until_at is not null)
  order by e164, as_of desc
), home as (
  select lives.address_id, people.e164 from people join person_address lives using (person_id)
  where lives.until_at is null and not people.is_earlier
), found as (
  select ${MARKER}, 'number' as of_what, null as whose, false as is_earlier, e164 as by_e164
  from marker where e164 in ($1, $2) and ${isOfForces('marker')}
  union all
  select ${MARKER}, 'person', person.name, people.is_earlier, people.e164
  from people join person using (person_id) join marker using (person_id) where ${isOfForces('marker')}
  union all
  select ${MARKER}, 'address', address.text, false, theirs.e164
  from (select * from own_address union select * from home) theirs
  join address using (address_id) join marker using (address_id) where ${isOfForces('marker')}
), held as (
  select distinct on (marker_id) * from found order by marker_id, by_e164 = $1 desc
) ${ANSWER('$5')}`

/**
 * Markers of the numbers, of whoever is tied to them, and of the addresses where they are now: the number's own that was
 * tied to it last, and those where its people live. A marker that two of these lead to comes once, by the network's number.
 */
export function makeMarkersOfNumbers(pool: pg.Pool): MarkersOfNumbers {
  return async ({ forces, e164s, at }) => {
    const values = [...twoOf(e164s), ...forcesOf(forces), at]
    const query = ofThree({ name: 'markers-of-numbers', text: MARKERS_OF_NUMBERS, values }, e164s)
    return toMarkers(await rowsOfLookup<MarkerRow>(pool, query))
  }
}

const MARKERS_NEAR = `
with held as (
  select ${MARKER}, 'address' as of_what, address.text as whose, false as is_earlier, null as by_e164,
    address.place <-> point($1, $2) as distance
  from address join marker using (address_id)
  where address.place <@ circle(point($1, $2), $3) and ${isOfForces('marker', 4)}
) ${ANSWER('$6')}`

/** Markers of addresses around a point of the National Grid. */
export function makeMarkersNear(pool: pg.Pool): MarkersNear {
  return async ({ forces, point, withinMetres, at }) => {
    const rows = await rowsOfLookup<MarkerRow>(pool, {
      name: 'markers-near',
      text: MARKERS_NEAR,
      values: [point.easting, point.northing, withinMetres, ...forcesOf(forces), at]
    })
    return toMarkers(rows)
  }
}

interface MarkerRow {
  readonly marker_id: number
  readonly kind: string
  readonly text: string
  readonly source: string
  readonly grade: string | null
  readonly made_at: number
  readonly review_at: number | null
  readonly expires_at: number | null
  readonly as_of: number
  readonly of_what: Marker['of']
  readonly whose: string | null
  readonly is_earlier: boolean
  readonly by_e164: string | null
  readonly distance?: number
  readonly total: number
}

function toMarkers(rows: readonly MarkerRow[]): Markers {
  return { markers: rows.map(toMarker), total: rows[0]?.total ?? 0 }
}

function toMarker(row: MarkerRow): Marker {
  return {
    id: String(row.marker_id),
    kind: row.kind,
    of: row.of_what,
    ...(row.whose === null ? {} : { whose: row.whose }),
    isEarlier: row.is_earlier,
    ...(row.by_e164 === null ? {} : { e164: row.by_e164 }),
    ...(row.distance === undefined ? {} : { distanceMetres: row.distance }),
    text: row.text,
    source: row.source,
    ...(row.grade === null ? {} : { grade: row.grade }),
    madeAt: row.made_at,
    ...(row.review_at === null ? {} : { reviewAt: row.review_at }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    asOf: row.as_of
  }
}
