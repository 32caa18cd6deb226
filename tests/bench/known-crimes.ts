import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type pg from 'pg'
import { type GridPoint, HELMERT_GRID } from '../../src/grid/national-grid.ts'
import { CATEGORY_ORDER, categoryOf } from '../../src/lookups/crime-categories.ts'
import { monthOf, monthsBefore } from '../../src/lookups/crime-months.ts'
import { makeCrimesLookup, PUBLISHED_SOURCE } from '../../src/lookups/crimes.ts'
import type { Lookup } from '../../src/lookups/lookup.ts'
import type { Whereabouts } from '../../src/lookups/whereabouts.ts'
import { countCrimes } from '../../src/records/crime-counts.ts'
import { makeFindCrimes } from '../../src/records/crimes.ts'
import { TOWNS } from '../../src/simulator/demo-words.ts'
import { makeSeededRandom, type SeededRandom } from '../../src/simulator/seeded-random.ts'
import { anOffer, callAfter } from '../support/call-events.ts'
import { sharedData } from '../support/shared-data.ts'
import type { Explained, KnownSubject } from './known-subjects.ts'

const BATCH = 20_000
const DEADLINE_MS = 10_000
const NOW = Date.UTC(2026, 10, 20, 12)
const LAST_MONTH = monthOf(Date.UTC(2025, 9, 1))
/** Three years, as the real files have them at this size. */
const MONTHS = 36
const SETTINGS = { radiusMetres: 500, maxRadiusMetres: 2_000, hereMetres: 50, hereDays: 28, items: 20 }
const FORCES = ['tvp', 'hants'] as const
const CALL = callAfter(anOffer())

/** As a row of the record; the keys are its columns. */
interface Row {
  readonly force: string
  readonly source: string
  readonly key: string
  readonly category: string
  readonly month: number
  readonly at: number | null
  readonly x: number | null
  readonly y: number | null
  readonly location: string
}

/** What is published: crimes snapped to points, dense in the middle of towns. */
export const publishedCrimes: KnownSubject = {
  name: 'crimes, published',
  title: (rows: number) => `${rows.toLocaleString('en-GB')} generated crimes as published: snapped to points`,
  prepare: (pool, rows) => prepare(pool, generate(rows, false))
}

/** The worst there is for counts by point: every crime at a place of its own. */
export const ownCrimes: KnownSubject = {
  name: 'crimes, own',
  title: rows => `${rows.toLocaleString('en-GB')} generated crimes of the forces’ own: each at its true place and time`,
  prepare: (pool, rows) => prepare(pool, generate(rows, true))
}

/** The files of data.police.uk beside the project, where they are. */
export const realCrimes: KnownSubject = {
  name: 'crimes, real',
  title: rows => `${rows.toLocaleString('en-GB')} real crimes of data.police.uk, both forces`,
  prepare: async pool => {
    const folder = sharedData('police-street-crime')
    return folder === undefined ? 'skipped: no ../shared/data/police-street-crime' : prepare(pool, readReal(folder))
  }
}

async function prepare(pool: pg.Pool, rows: Iterable<Row> | AsyncIterable<Row>) {
  await pool.query('truncate crime, crime_spot, crime_source')
  const written = await write(pool, rows)
  const { rows: sources } = await pool.query<{ force: string; source: string }>(
    'select distinct force, source from crime'
  )
  const startedAt = performance.now()
  for (const source of sources) await countCrimes(pool, source)
  const counted = `Counted again in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, all of ${sources.length} sources.`
  await pool.query('vacuum analyze crime, crime_spot, crime_source')
  const dense = await densest(pool)
  const lookup = lookupOf(pool)
  const ask = (radiusMetres: number) => (at: number) => answered(lookup, near(dense, at), radiusMetres)
  return {
    rows: written,
    notes: [await density(pool, dense), counted],
    cases: [
      { what: 'within 500 m', goalMs: 2, mustMs: 5, ask: ask(12) },
      { what: 'within 2 km', goalMs: 10, mustMs: 25, ask: ask(2_000) }
    ],
    explain: async () => [...(await statementsOf(pool, dense, 12)), ...(await statementsOf(pool, dense, 2_000))]
  }
}

function lookupOf(pool: pg.Pool): Lookup {
  return makeCrimesLookup({
    ...{ find: makeFindCrimes(pool), settings: SETTINGS, deadlineMs: DEADLINE_MS, now: () => NOW },
    // The other force has granted it, so that both are asked, wherever the crimes lie.
    forcesOf: () => ({ asked: FORCES, without: [] })
  })
}

async function answered(lookup: Lookup, point: GridPoint, radiusMetres: number): Promise<void> {
  const where: Whereabouts = {
    ...{ kind: 'at', point, radiusMetres, isApproximate: false, source: 'aml', isConfirmed: false },
    address: '12 Mill Lane, Nowhere'
  }
  const { kind } = await lookup.ask(CALL, AbortSignal.timeout(DEADLINE_MS), async () => where)
  if (kind !== 'found') throw new Error(`crimes: ${kind}`)
}

/** What one ask comes to, as the record hears it. */
async function statementsOf(pool: pg.Pool, point: GridPoint, radiusMetres: number): Promise<readonly Explained[]> {
  const heard: Explained[] = []
  const listening = {
    query: (query: Required<pg.QueryConfig>) => {
      heard.push({
        name: `${query.name}, within ${Math.max(500, radiusMetres)} m`,
        text: query.text,
        values: query.values
      })
      return pool.query(query)
    }
  } as unknown as pg.Pool
  await answered(lookupOf(listening), point, radiusMetres)
  return heard
}

/** Each ask is at another place of the same quarter, so that no answer is still warm from the one before. */
function near({ easting, northing }: GridPoint, at: number): GridPoint {
  return { easting: easting + ((at * 7_919) % 600) - 300, northing: northing + ((at * 104_729) % 600) - 300 }
}

async function densest(pool: pg.Pool): Promise<GridPoint> {
  const { rows } = await pool.query<GridPoint>(
    `select floor(place[0] / 500) * 500 + 250 as easting, floor(place[1] / 500) * 500 + 250 as northing
     from crime where place is not null group by 1, 2 order by count(*) desc limit 1`
  )
  if (rows[0] === undefined) throw new Error('no crimes')
  return rows[0]
}

async function density(pool: pg.Pool, { easting, northing }: GridPoint): Promise<string> {
  const count = async (table: string, radius: number) => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*) as n from ${table} where place <@ circle(point($1, $2), $3)`,
      [easting, northing, radius]
    )
    return (rows[0]?.n ?? 0).toLocaleString('en-GB')
  }
  const place = `${Math.round(easting)}, ${Math.round(northing)}`
  const [near, far] = [
    `${await count('crime', 500)} crimes at ${await count('crime_spot', 500)} counted points`,
    await count('crime', 2_000)
  ]
  return `Asked within 300 m of the densest place there is (${place}): ${near} within 500 m, ${far} at ${await count('crime_spot', 2_000)} within 2 km.`
}

/**
 * Crimes around the demo's towns, the same for the same count: the first towns of each force have most of them, and of a
 * town a few points have most. Points of towns lie as close as they do in the real files.
 */
function* generate(count: number, isOwn: boolean): Generator<Row> {
  const random = makeSeededRandom(7)
  const towns = FORCES.flatMap(force =>
    TOWNS[force].map(([name, , latitude, longitude], at) => ({
      force,
      name,
      centre: toGrid(latitude, longitude),
      weight: 1 / (at + 4)
    }))
  ).map(town => ({
    ...town,
    spots: Array.from({ length: Math.round(4_000 * town.weight) }, () => scatter(random, town.centre))
  }))
  const last = isOwn ? monthOf(NOW) : LAST_MONTH
  for (let n = 0; n < count; n++) {
    const town = random.pickBy(towns, ({ weight }) => weight)
    // A third lies outside of towns, in villages and on roads.
    const isRural = random.chance(0.35)
    const place = isRural
      ? scatter(random, town.centre, 9_000)
      : isOwn
        ? scatter(random, town.centre)
        : town.spots[Math.floor(town.spots.length * random.next() ** 2.2)]
    if (place === undefined) throw new Error('unreachable')
    const spot = isRural && !isOwn ? { easting: snap(place.easting), northing: snap(place.northing) } : place
    const month = monthsBefore(last, random.between(0, MONTHS - 1))
    yield {
      ...{ force: town.force, source: isOwn ? 'Niche' : PUBLISHED_SOURCE, key: n.toString(16).padStart(64, '0') },
      ...{ category: random.pick(CATEGORY_ORDER), month, x: spot.easting, y: spot.northing },
      at: isOwn ? month * 86_400_000 + Math.floor(random.next() * 20 * 86_400_000) : null,
      location: isOwn ? `${random.between(1, 90)} Mill Lane` : `On or near Mill Lane`
    }
  }
}

function toGrid(latitude: number, longitude: number): GridPoint {
  const point = HELMERT_GRID.toGrid({ latitude, longitude })
  if (point === undefined) throw new Error('a town outside of Britain')
  return point
}

/** Around a centre: most of it near. */
function scatter(random: SeededRandom, { easting, northing }: GridPoint, metres = 1_400): GridPoint {
  const away = () => (random.next() + random.next() + random.next() - 1.5) * metres * 1.3
  return { easting: Math.round(easting + away()), northing: Math.round(northing + away()) }
}

function snap(metres: number): number {
  return Math.round(metres / 250) * 250
}

async function* readReal(folder: string): AsyncGenerator<Row> {
  for (const name of (await readdir(folder)).filter(each => each.endsWith('.csv.gz')).sort()) {
    const text = (await promisify(gunzip)(await readFile(join(folder, name)))).toString('utf8')
    for (const [at, line] of text.split(/\r?\n/).entries()) {
      // No field of these files has a comma in it before the context, which is empty.
      const [id = '', month = '', , , longitude = '', latitude = '', location = '', , , type = ''] = line.split(',')
      if (at === 0 || type === '') continue
      const point =
        longitude === '' ? undefined : HELMERT_GRID.toGrid({ latitude: Number(latitude), longitude: Number(longitude) })
      yield {
        ...{
          force: name.includes('hampshire') ? 'hants' : 'tvp',
          source: PUBLISHED_SOURCE,
          key: `${id}/${name}/${at}`
        },
        ...{ category: categoryOf(type) ?? type, month: monthOf(Date.parse(`${month}-01T00:00:00Z`)) },
        ...{ at: null, x: point?.easting ?? null, y: point?.northing ?? null, location }
      }
    }
  }
}

async function write(pool: pg.Pool, rows: Iterable<Row> | AsyncIterable<Row>): Promise<number> {
  let batch: Row[] = []
  let written = 0
  const flush = async () => {
    const column = <K extends keyof Row>(name: K) => batch.map(row => row[name])
    await pool.query(
      `insert into crime (force, source, record_key, category, month, happened_at, place, location, as_of)
       select force, source, key, category, month, at, case when x is null then null else point(x, y) end, location, 1
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::float8[], $8::float8[],
         $9::text[]) as r(force, source, key, category, month, at, x, y, location)`,
      (['force', 'source', 'key', 'category', 'month', 'at', 'x', 'y', 'location'] as const).map(column)
    )
    written += batch.length
    batch = []
  }
  for await (const row of rows) {
    batch.push(row)
    if (batch.length >= BATCH) await flush()
  }
  if (batch.length > 0) await flush()
  return written
}
