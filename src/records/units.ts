import type pg from 'pg'
import type { DriverGrade } from '../resources/unit.ts'

/** A unit as the record has it; what its status comes to is the force's own to say. */
export interface KeptUnit {
  readonly force: string
  readonly callsign: string
  readonly type: string
  readonly skills: readonly string[]
  readonly driver: DriverGrade
  readonly crew: number
  readonly status: string
  readonly job?: { readonly grade?: string; readonly reference?: string }
  readonly neighbourhood?: string
  /** Epoch ms. */
  readonly shiftEndsAt?: number
  readonly saidAt: number
  readonly fix?: { readonly easting: number; readonly northing: number; readonly at: number }
}

/** Of the roster: what a unit is, whatever it does. */
export interface RosteredUnit {
  readonly force: string
  readonly callsign: string
  readonly type: string
  readonly skills: readonly string[]
  readonly crew: number
}

/** In one statement. */
const MAX_ROWS = 2_000
/** Clocks of two transactions overlap by no more than this: what was read once is read again, and changes nothing. */
const OVERLAP = '5 s'

const SAID = [
  ...['kind', 'skills', 'driver', 'crew', 'status', 'job_grade', 'job_reference', 'neighbourhood', 'shift_ends_at'],
  'said_at'
]
/** Of two words about one unit the newer one holds, of two places the newer place. */
const NEWEST = SAID.map(
  name => `${name} = case when excluded.said_at >= unit_state.said_at then excluded.${name} else unit_state.${name} end`
)
const PUT = `
insert into unit_state (force, callsign, ${SAID.join(', ')}, place, fix_at)
select force, callsign, ${SAID.join(', ')}, case when fix_at is null then null else point(easting, northing) end, fix_at
from jsonb_to_recordset($1::jsonb) as said(force text, callsign text, kind text, skills text[], driver text, crew smallint,
  status text, job_grade text, job_reference text, neighbourhood text, shift_ends_at bigint, said_at bigint,
  easting double precision, northing double precision, fix_at bigint)
on conflict (force, callsign) do update set ${NEWEST.join(', ')},
  place = case when excluded.fix_at > coalesce(unit_state.fix_at, 0) then excluded.place else unit_state.place end,
  fix_at = nullif(greatest(excluded.fix_at, unit_state.fix_at), 0),
  kept_at = clock_timestamp()`

/** Keeps them; what the record has that is newer stays. Rejects as the record does. */
export async function putUnits(pool: pg.Pool, units: readonly KeptUnit[]): Promise<void> {
  for (let at = 0; at < units.length; at += MAX_ROWS) {
    const rows = units.slice(at, at + MAX_ROWS).map(toRow)
    await pool.query({ name: 'put-units', text: PUT, values: [JSON.stringify(rows)] })
  }
}

function toRow(unit: KeptUnit): object {
  return {
    ...{ force: unit.force, callsign: unit.callsign, kind: unit.type, skills: unit.skills, driver: unit.driver },
    ...{ crew: unit.crew, status: unit.status, job_grade: unit.job?.grade, job_reference: unit.job?.reference },
    ...{ neighbourhood: unit.neighbourhood, shift_ends_at: whole(unit.shiftEndsAt), said_at: whole(unit.saidAt) },
    ...{ easting: unit.fix?.easting, northing: unit.fix?.northing, fix_at: whole(unit.fix?.at) }
  }
}

function whole(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value)
}

interface UnitRow {
  readonly force: string
  readonly callsign: string
  readonly kind: string
  readonly skills: string[]
  readonly driver: DriverGrade
  readonly crew: number
  readonly status: string
  readonly job_grade: string | null
  readonly job_reference: string | null
  readonly neighbourhood: string | null
  readonly shift_ends_at: number | null
  readonly said_at: number
  readonly easting: number | null
  readonly northing: number | null
  readonly fix_at: number | null
}

/** All of them, or those that were kept since the answer before; `asOf` is what to ask with next. Rejects as the record does. */
export async function readUnits(
  pool: pg.Pool,
  since?: string
): Promise<{ readonly units: readonly KeptUnit[]; readonly asOf: string }> {
  const { rows } = await pool.query<UnitRow & { as_of: string }>({
    name: 'read-units',
    text: `select unit_state.*, place[0] as easting, place[1] as northing, as_of::text from (select clock_timestamp() as as_of) now
           left join unit_state on $1::timestamptz is null or kept_at > $1::timestamptz - interval '${OVERLAP}'`,
    values: [since ?? null]
  })
  const units = rows.filter(row => row.callsign !== null).map(toUnit)
  return { units, asOf: rows[0]?.as_of ?? since ?? '' }
}

function toUnit(row: UnitRow): KeptUnit {
  const job = { ...defined('grade', row.job_grade), ...defined('reference', row.job_reference) }
  const { easting, northing, fix_at: at } = row
  return {
    ...{ force: row.force, callsign: row.callsign, type: row.kind, skills: row.skills, driver: row.driver },
    ...{ crew: row.crew, status: row.status, saidAt: row.said_at },
    ...(Object.keys(job).length === 0 ? {} : { job }),
    ...defined('neighbourhood', row.neighbourhood),
    ...defined('shiftEndsAt', row.shift_ends_at),
    ...(easting === null || northing === null || at === null ? {} : { fix: { easting, northing, at } })
  }
}

function defined<Name extends string, Value>(name: Name, value: Value | null): { readonly [N in Name]?: Value } {
  return value === null ? {} : ({ [name]: value } as { readonly [N in Name]?: Value })
}

/** What the forces' rosters say of their units. Rejects as the record does. */
export async function readRoster(pool: pg.Pool, forces: readonly string[]): Promise<readonly RosteredUnit[]> {
  const { rows } = await pool.query<RosteredUnit>({
    name: 'read-roster',
    text: `select force, callsign, kind as type, skills, crew from unit where force = any($1::text[])`,
    values: [forces]
  })
  return rows
}

/** Forgets units that have said nothing since then (epoch ms): gone from the fleet. */
export async function dropSilentUnits(pool: pg.Pool, before: number): Promise<number> {
  const { rowCount } = await pool.query('delete from unit_state where greatest(said_at, coalesce(fix_at, 0)) < $1', [
    Math.round(before)
  ])
  return rowCount ?? 0
}
