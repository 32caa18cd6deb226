import type pg from 'pg'
import type { UnitRow } from './record-rows.ts'
import { type Put, type RecordTable, toTextArray, upsert } from './upsert.ts'
import type { Owner } from './write-addresses.ts'

/** Between skills; a control character, which no text of a record has. */
const BETWEEN = '\u001f'

const UNIT: RecordTable<UnitRow & Owner> = {
  name: 'unit',
  key: ['force', 'callsign'],
  columns: {
    force: ['text', row => row.force],
    callsign: ['text', row => row.recordKey],
    kind: ['text', row => row.kind],
    skill_list: ['text', row => row.skills.join(BETWEEN)],
    base: ['text', row => row.base],
    easting: ['double precision', row => row.easting],
    northing: ['double precision', row => row.northing],
    crew: ['smallint', row => row.crew],
    source: ['text', row => row.source],
    as_of: ['bigint', row => row.asOf]
  },
  made: {
    skills: `coalesce(string_to_array(nullif(skill_list, ''), E'\\x1f'), '{}')`,
    base_place: 'point(easting, northing)'
  },
  newer: 'as_of'
}

/** Units by their callsigns, which are a force's own, whichever source names them. */
export function putUnits(client: pg.ClientBase, owner: Owner, rows: readonly UnitRow[]): Promise<readonly Put[]> {
  return upsert(
    client,
    UNIT,
    rows.map(row => ({ ...row, ...owner }))
  )
}

export async function removeUnits(
  client: pg.ClientBase,
  { force }: Owner,
  keys: readonly string[]
): Promise<readonly string[]> {
  const { rows } = await client.query<{ callsign: string }>(
    'delete from unit where force = $1 and callsign = any($2::text[]) returning callsign',
    [force, toTextArray(keys)]
  )
  return rows.map(row => row.callsign)
}
