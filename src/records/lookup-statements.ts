import type pg from 'pg'
import { Fault } from '../operations/errors.ts'
import { isAway } from '../operations/postgres.ts'

/* What the statements of lookups have in common: two numbers, the forces that may be asked, and what a failure means. */

/**
 * A call has at most two numbers of its switch. As scalars, not arrays: the plan PostgreSQL keeps for a prepared
 * statement then knows that few rows match, and takes the index (measured: 0.3 ms against 0.9 ms a query).
 */
export function twoOf(values: readonly string[]): readonly [string, string] {
  const [first = '', second = first] = values
  return [first, second]
}

/**
 * A statement about two numbers for a call of which a third is asked, as its caller says it: a statement of its own, so that
 * the plan of the others stays as it is.
 */
export function ofThree(
  query: { readonly name: string; readonly text: string; readonly values: readonly unknown[] },
  [, , third]: readonly string[]
): pg.QueryConfig {
  const { name, text, values } = query
  if (third === undefined) return { name, text, values: [...values] }
  const three = `in ($1, $2, $${values.length + 1})`
  return { name: `${name}-of-three`, text: text.replaceAll(OF_TWO, three), values: [...values, third] }
}

/** How such a statement names the two. */
const OF_TWO = 'in ($1, $2)'

/** The first of the forces, and the others that let it see their records: there are mostly none. */
export function forcesOf(forces: readonly string[]): readonly [string, readonly string[]] {
  const [first = '', ...others] = forces
  return [first, others]
}

/** `$3` and `$4`, or the two from `first` on, are what `forcesOf` gives. */
export const isOfForces = (of: string, first = 3) =>
  `(${of}.force = $${first} or ${of}.force = any($${first + 1}::text[]))`

/** Rejects with `lookup.failed` where PostgreSQL is away or too slow; what else it says is a mistake of ours. */
export async function rowsOfLookup<Row extends object>(pool: pg.Pool, query: pg.QueryConfig): Promise<Row[]> {
  try {
    return (await pool.query<Row & pg.QueryResultRow>(query)).rows
  } catch (thrown) {
    throw isAway(thrown) ? new Fault('lookup.failed', { source: 'PostgreSQL' }, thrown) : thrown
  }
}
