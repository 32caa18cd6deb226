import type pg from 'pg'
import type { Grant } from '../lookups/forces-asked.ts'
import type { GrantedKind } from '../operations/grants-schema.ts'
import { asAway } from '../operations/postgres.ts'

/** Grants read at once; a force helps a handful of others. */
export const MAX_GRANTS = 1_000

interface Row {
  readonly name: string
  readonly owner_force: string
  readonly to_force: string
  readonly covers: GrantedKind[]
  readonly from_at: number
  readonly until_at: number
}

/** Grants that hold now or will, the next to end first. Rejects as the record does. */
export async function readGrants(pool: pg.Pool, at: number): Promise<Grant[]> {
  const { rows } = await pool.query<Row>({
    name: 'read-grants',
    text: `select name, owner_force, to_force, covers, from_at, until_at from mutual_aid
           where until_at > $1 order by until_at, name limit ${MAX_GRANTS}`,
    values: [Math.floor(at)]
  })
  return rows.map(toGrant)
}

/** Every grant on record, the newest first. */
export async function listGrants(pool: pg.Pool): Promise<Grant[]> {
  const { rows } = await pool.query<Row>(
    `select name, owner_force, to_force, covers, from_at, until_at from mutual_aid
     order by from_at desc, name limit ${MAX_GRANTS}`
  )
  return rows.map(toGrant)
}

/** False: the name is taken. Names are never used twice, so that what was granted under one stays told. */
export async function giveGrant(pool: pg.Pool, grant: Grant): Promise<boolean> {
  const { name, owner, to, covers, fromAt, untilAt } = grant
  try {
    const { rowCount } = await pool.query(
      `insert into mutual_aid (name, owner_force, to_force, covers, from_at, until_at)
       values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing`,
      [name, owner, to, covers, Math.round(fromAt), Math.round(untilAt)]
    )
    return rowCount === 1
  } catch (thrown) {
    throw asAway(thrown)
  }
}

/** The grant ends at this time; one that had not begun is taken away. False: there is none that still holds. */
export async function endGrant(pool: pg.Pool, name: string, at: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with gone as (delete from mutual_aid where name = $1 and from_at >= $2 returning 1),
       ended as (update mutual_aid set until_at = $2 where name = $1 and from_at < $2 and until_at > $2 returning 1)
     select 1 from gone union all select 1 from ended`,
    [name, Math.round(at)]
  )
  return rowCount === 1
}

function toGrant({ name, owner_force, to_force, covers, from_at, until_at }: Row): Grant {
  return { name, owner: owner_force, to: to_force, covers, fromAt: from_at, untilAt: until_at }
}
