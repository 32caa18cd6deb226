import type pg from 'pg'
import { CATEGORY_ORDER } from '../lookups/crime-categories.ts'
import { type CountedMonths, countedMonths } from '../lookups/crime-months.ts'
import { PUBLISHED_SOURCE } from '../lookups/crimes.ts'
import { inTransaction, patient } from '../operations/postgres.ts'
import { CELL_SQL, SQUARES } from './crimes.ts'

/*
 * The counts by which the crimes of an area are told in a millisecond (docs/decisions/0022). They are made from the rows of
 * `crime`, by whoever has written such rows, when it has written them; readers see the old ones until then.
 */

/** A force's million crimes take some seconds; a pool's own limits are for what a person waits for. */
const COUNT_WITHIN_MS = 300_000
const PLACES = [...CATEGORY_ORDER, undefined].map((_, at) => at + 1)

interface Source {
  readonly force: string
  readonly source: string
}

/**
 * Counts the crimes of a source again: all of them, or only the squares of 500 m named (`cellOf`), as a small change
 * needs. Where that change has brought a month that no count knows, all are counted all the same. In a transaction of
 * its own; two that count one source do so one after the other.
 */
export async function countCrimes(pool: pg.Pool, source: Source, cells?: readonly number[]): Promise<void> {
  await inTransaction(pool, async client => {
    await client.query('set local statement_timeout = 0')
    const lock = `select pg_advisory_xact_lock(hashtext('crime counts'), hashtext($1))`
    await counting(client, lock, [`${source.force}:${source.source}`])
    await countLocked(client, source, cells)
  })
}

/** Counts every source of which there are crimes or counts, or those of one name, again. */
export async function countAllCrimes(pool: pg.Pool, name?: string): Promise<void> {
  const { rows } = await pool.query<Source>(
    `select force, source from (select force, source from crime union select force, source from crime_source) held
     where $1::text is null or source = $1 order by force, source`,
    [name ?? null]
  )
  for (const source of rows) await countCrimes(pool, source)
}

async function countLocked(client: pg.PoolClient, source: Source, cells: readonly number[] | undefined) {
  const known = cells === undefined ? undefined : await monthsKnown(client, source, cells)
  const { months, asOf } = known ?? (await monthsHeld(client, source))
  const counted = countedMonths(months, source.source === PUBLISHED_SOURCE)
  const within = known === undefined ? undefined : cells
  await counting(
    client,
    `delete from crime_spot where force = $1 and source = $2
     ${within === undefined ? '' : `and ${CELL_SQL} = any($3)`}`,
    [source.force, source.source, ...(within === undefined ? [] : [within])]
  )
  if (counted === undefined) {
    await counting(client, 'delete from crime_source where force = $1 and source = $2', [source.force, source.source])
    return
  }
  // True places are nearly as many as crimes: a force's own are counted by squares.
  const sides = source.source === PUBLISHED_SOURCE ? [0] : [SQUARES.near, SQUARES.far]
  for (const side of sides) await insertSpots(client, { ...source, side }, counted, within)
  await counting(
    client,
    `insert into crime_source (force, source, months, window_to, held, paired, as_of) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (force, source) do update set months = excluded.months, window_to = excluded.window_to,
       held = excluded.held, paired = excluded.paired, as_of = greatest(crime_source.as_of, excluded.as_of)`,
    [...[source.force, source.source, months, counted.windowTo], ...[counted.now.length, counted.paired.length, asOf]]
  )
  if (within === undefined) await counting(client, 'analyze crime_spot', [])
}

interface Held {
  readonly months: readonly number[]
  readonly asOf: number
}

async function monthsHeld(client: pg.PoolClient, { force, source }: Source): Promise<Held> {
  const { rows } = await counting<{ month: number; as_of: number }>(
    client,
    'select month, max(as_of) as as_of from crime where force = $1 and source = $2 group by month order by month',
    [force, source]
  )
  return { months: rows.map(({ month }) => month), asOf: Math.max(0, ...rows.map(row => row.as_of)) }
}

function counting<R extends pg.QueryResultRow>(client: pg.PoolClient, text: string, values: readonly unknown[]) {
  return client.query<R>(patient(text, { withinMs: COUNT_WITHIN_MS, values }))
}

/** The months of the counts that there are; undefined where there are none, or the squares have others. */
async function monthsKnown(
  client: pg.PoolClient,
  { force, source }: Source,
  cells: readonly number[]
): Promise<Held | undefined> {
  const { rows } = await counting<{ months: readonly number[]; as_of: number }>(
    client,
    `select months, greatest(as_of, (
         select max(as_of) from crime where force = $1 and source = $2 and ${CELL_SQL} = any($3) and place is not null
       )) as as_of
     from crime_source where force = $1 and source = $2 and not exists (
       select from crime where force = $1 and source = $2 and ${CELL_SQL} = any($3) and place is not null
         and month <> all(months)
     )`,
    [force, source, cells]
  )
  return rows[0] === undefined ? undefined : { months: rows[0].months, asOf: rows[0].as_of }
}

async function insertSpots(
  client: pg.PoolClient,
  { force, source, side }: Source & { readonly side: number },
  { now, paired, before }: CountedMonths,
  cells: readonly number[] | undefined
): Promise<void> {
  const axis = (at: 0 | 1) => (side === 0 ? `place[${at}]` : `floor(place[${at}] / ${side}) * ${side} + ${side / 2}`)
  const counts = (part: 'now' | 'paired' | 'before') =>
    `array[${PLACES.map(slot => `coalesce(sum(${part}) filter (where slot = ${slot}), 0)::int`).join(', ')}]`
  const pairedCounts = paired.length === now.length ? 'null' : counts('paired')
  const beforeCounts = before.length === 0 ? 'null' : counts('before')
  await counting(
    client,
    `insert into crime_spot (force, source, side, place, total, now, paired, before)
     with counted as (
       select ${axis(0)} as x, ${axis(1)} as y,
         coalesce(array_position($6::text[], category), ${PLACES.length}) as slot,
         count(*) filter (where month = any($3::int[])) as now,
         count(*) filter (where month = any($4::int[])) as paired,
         count(*) filter (where month = any($5::int[])) as before
       from crime
       where force = $1 and source = $2 and place is not null and (month = any($3) or month = any($5))
         ${cells === undefined ? '' : `and ${CELL_SQL} = any($7)`}
       group by x, y, slot
     )
     select $1, $2, ${side}, point(x, y), sum(now), ${counts('now')}, ${pairedCounts}, ${beforeCounts}
     from counted group by x, y
     -- Neighbours on the same pages: what is around a place is then read at once.
     order by floor(x / 1000), floor(y / 1000)`,
    [force, source, now, paired, before, CATEGORY_ORDER, ...(cells === undefined ? [] : [cells])]
  )
}
