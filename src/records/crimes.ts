import type pg from 'pg'
import type { GridPoint } from '../grid/national-grid.ts'
import { CATEGORY_ORDER, UNKNOWN_CATEGORY } from '../lookups/crime-categories.ts'
import {
  type AskAround,
  type Crime,
  type CrimeSpot,
  type FindCrimes,
  type Newest,
  PUBLISHED_SOURCE,
  type SourceCounts
} from '../lookups/crimes.ts'
import { forcesOf, isOfForces, rowsOfLookup } from './lookup-statements.ts'

/** Metres of a side of the squares that crimes are found by; the index of migration 0018 has the same. */
const CELL = 500
/** Metres of the squares that a force's own crimes are counted by, in small circles and in large ones. */
export const SQUARES = { near: 50, far: 250 } as const
/** From this radius on the large squares do: what lies on the rim is then little of the whole. */
const FAR_FROM_METRES = 1_000
/** In the words of that index, or PostgreSQL would not take it. */
export const CELL_SQL = `(floor(place[0] / ${CELL})::int * 10000 + floor(place[1] / ${CELL})::int)`
/** Radius of the largest question: what is asked beyond it is a mistake of ours. */
const MAX_RADIUS = 5_000

const SLOTS = [...CATEGORY_ORDER, UNKNOWN_CATEGORY.category]
const AROUND = 'place <@ circle(point($1::float8, $2::float8), $3::float8) and (force = $4 or force = any($5::text[]))'
const sums = (part: string) => `array[${SLOTS.map((_, at) => `sum(${part}[${at + 1}])`).join(', ')}]::int[]`

const countsOf = (notSide: number) => `
with summed as (
  select force, source, ${sums('now')} as now, ${sums('paired')} as paired, ${sums('before')} as before
  from crime_spot where side <> ${notSide} and ${AROUND} group by force, source
)
select crime_source.force, crime_source.source, months[array_upper(months, 1)] as reaches_to, window_to, held,
  crime_source.paired as paired_months, as_of, summed.now, summed.paired, summed.before
from crime_source left join summed using (force, source)
where ${isOfForces('crime_source', 4)} order by source, force`

const spotsOf = (notSide: number) => `
select place[0] as easting, place[1] as northing, source, total from crime_spot
where side <> ${notSide} and ${AROUND} and total > 0 order by total desc, easting, northing limit $7`

/** Of the same index: the day, or the first of the month where none is known. */
const DAY = 'coalesce((happened_at / 86400000)::int, month)'

const rowsSince = (since: string) => `
select force, source, record_key, category, month, happened_at, place[0] as easting, place[1] as northing, location,
  outcome, place <-> point($1::float8, $2::float8) as metres
from crime where place is not null and ${CELL_SQL} = any($6::int[]) and ${DAY} >= ${since}::int and ${AROUND}`

const WHEN = 'coalesce(happened_at, month * 86400000::bigint)'
const PUBLISHED = `${rowsSince('$8')} and source = '${PUBLISHED_SOURCE}' order by month desc, metres, record_key limit $9`
/** Looked up once for both lists of a force's own, which are mostly of the same days. */
const OWN_NEAR = `${rowsSince('$17')} and source <> '${PUBLISHED_SOURCE}'`
const OWN = `
select * from own_near where ${DAY} >= $10::int order by ${WHEN} desc, metres, record_key limit $11`
const HERE = `
select * from own_near where ${DAY} >= $12::int and happened_at >= $14
  and (metres <= $15::float8 or position(lower($16) in lower(location)) > 0)
order by happened_at desc, metres, record_key limit $13`

/** All lists in one question: five would cost more in asking than in what they find. What is not wanted has limit 0. */
const listsOf = (notSide: number) =>
  `with own_near as materialized (${OWN_NEAR})
select ${[
    ['spots', spotsOf(notSide)],
    ['published', PUBLISHED],
    ['own', OWN],
    ['here', HERE]
  ]
    .map(([name, text]) => `(select coalesce(json_agg(listed), '[]') from (${text}) listed) as ${name}`)
    .join(',\n')}`

const STATEMENTS = {
  'crime-counts': countsOf(SQUARES.far),
  'crime-counts-far': countsOf(SQUARES.near),
  'crime-lists': listsOf(SQUARES.far),
  'crime-lists-far': listsOf(SQUARES.near)
} as const

type HereAsk = Parameters<FindCrimes['here']>[1]

/** What is asked around one place in one turn of the loop. */
interface Lists {
  spots?: number
  published?: Newest
  own?: Newest
  here?: HereAsk
  readonly found: Promise<Found>
}

interface Found {
  readonly spots: readonly SpotRow[]
  readonly published: readonly CrimeRow[]
  readonly own: readonly CrimeRow[]
  readonly here: readonly CrimeRow[]
}

/** A day that no crime is of yet. */
const NEVER = 1_000_000
const NOTHING: HereAsk = { since: 0, limit: 0, sinceAt: 0, metres: 0 }

/**
 * What is held of crimes around a point, of the forces' own records. Lists that are asked for around the same object in the
 * same turn are found by one statement.
 */
export function makeFindCrimes(pool: pg.Pool): FindCrimes {
  const ask = <Row extends object>(name: keyof typeof STATEMENTS, values: readonly unknown[]) =>
    rowsOfLookup<Row>(pool, { name, text: STATEMENTS[name], values: [...values] })
  const gathering = new WeakMap<AskAround, Lists>()
  const findAll = async (around: AskAround, lists: Lists): Promise<Found> => {
    const { spots = 0, published = NOTHING, own = NOTHING, here = NOTHING } = lists
    const [found] = await ask<Found>(isFar(around) ? 'crime-lists-far' : 'crime-lists', [
      ...[...valuesOf(around), cellsAround(around), spots, published.since, published.limit, own.since, own.limit],
      // No location holds a line break, so that without a street none is found by it.
      ...[here.since, here.limit, here.sinceAt, here.metres, here.street ?? '\n'],
      Math.min(...[own, here].map(({ since, limit }) => (limit === 0 ? NEVER : since)))
    ])
    return found ?? { spots: [], published: [], own: [], here: [] }
  }
  const listsFor = (around: AskAround): Lists => {
    const known = gathering.get(around)
    if (known !== undefined) return known
    const found = Promise.resolve().then(() => {
      gathering.delete(around)
      return findAll(around, lists)
    })
    const lists: Lists = { found }
    gathering.set(around, lists)
    return lists
  }
  const listed = async <Name extends keyof Found>(around: AskAround, name: Name, wanted: Lists[Name]) => {
    const lists = listsFor(around)
    lists[name] = wanted
    return (await lists.found)[name]
  }
  return {
    counts: async around =>
      (await ask<CountsRow>(isFar(around) ? 'crime-counts-far' : 'crime-counts', valuesOf(around))).map(toCounts),
    spots: async (around, limit) => (await listed(around, 'spots', limit)).map(toSpot),
    published: async (around, newest) => (await listed(around, 'published', newest)).map(toCrime),
    own: async (around, newest) => (await listed(around, 'own', newest)).map(toCrime),
    here: async (around, asked) => (await listed(around, 'here', asked)).map(toCrime)
  }
}

function isFar({ radiusMetres }: AskAround): boolean {
  return radiusMetres >= FAR_FROM_METRES
}

/** The square of 500 m that a point lies in, as the index has it. */
export function cellOf({ easting, northing }: GridPoint): number {
  return cellAt(Math.floor(easting / CELL), Math.floor(northing / CELL))
}

/** The squares that a circle touches. */
export function cellsAround({ point: { easting, northing }, radiusMetres }: AskAround): readonly number[] {
  const radius = Math.min(radiusMetres, MAX_RADIUS)
  const range = (centre: number) => {
    const first = Math.floor((centre - radius) / CELL)
    return Array.from({ length: Math.floor((centre + radius) / CELL) - first + 1 }, (_, at) => first + at)
  }
  const away = (centre: number, square: number) => Math.max(0, square * CELL - centre, centre - (square + 1) * CELL)
  return range(easting).flatMap(east =>
    range(northing).flatMap(north =>
      Math.hypot(away(easting, east), away(northing, north)) <= radius ? [cellAt(east, north)] : []
    )
  )
}

function cellAt(east: number, north: number): number {
  return east * 10_000 + north
}

function valuesOf({ forces, point, radiusMetres }: AskAround): readonly unknown[] {
  return [point.easting, point.northing, Math.min(radiusMetres, MAX_RADIUS), ...forcesOf(forces)]
}

interface CountsRow {
  readonly force: string
  readonly source: string
  readonly reaches_to: number
  readonly window_to: number
  readonly held: number
  readonly paired_months: number
  readonly as_of: number
  readonly now: readonly number[] | null
  readonly paired: readonly number[] | null
  readonly before: readonly number[] | null
}

function toCounts(row: CountsRow): SourceCounts {
  const { force, source, now, before } = row
  const paired = row.held === row.paired_months ? now : row.paired
  return {
    ...{ force, source, isPublished: source === PUBLISHED_SOURCE },
    ...{ reachesTo: row.reaches_to, windowTo: row.window_to, months: row.held, pairedMonths: row.paired_months },
    asOf: row.as_of,
    categories: SLOTS.map((category, at) => ({
      category,
      ...{ count: now?.[at] ?? 0, paired: paired?.[at] ?? 0, before: before?.[at] ?? 0 }
    })).filter(({ count, before }) => count > 0 || before > 0)
  }
}

interface SpotRow {
  readonly easting: number
  readonly northing: number
  readonly source: string
  readonly total: number
}

function toSpot({ easting, northing, source, total }: SpotRow): CrimeSpot {
  return { point: { easting, northing }, isPublished: source === PUBLISHED_SOURCE, count: total }
}

interface CrimeRow {
  readonly force: string
  readonly source: string
  readonly record_key: string
  readonly category: string
  readonly month: number
  readonly happened_at: number | null
  readonly easting: number
  readonly northing: number
  readonly location: string
  readonly outcome: string | null
  readonly metres: number
}

function toCrime(row: CrimeRow): Crime {
  const { force, source, category, month, location, metres, happened_at: at, outcome } = row
  return {
    ...{ force, source, category, month, location, metres, isPublished: source === PUBLISHED_SOURCE },
    recordKey: row.record_key,
    point: { easting: row.easting, northing: row.northing },
    ...(at === null ? {} : { happenedAt: at }),
    ...(outcome === null ? {} : { outcome })
  }
}
