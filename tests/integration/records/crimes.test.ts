import t from 'tap'
import { monthOf, monthsBefore } from '../../../src/lookups/crime-months.ts'
import type { AskAround, SourceCounts } from '../../../src/lookups/crimes.ts'
import { countCrimes } from '../../../src/records/crime-counts.ts'
import { CELL_SQL, cellOf, cellsAround, makeFindCrimes } from '../../../src/records/crimes.ts'
import { type TestCrime, writeCrimes } from '../../support/crimes.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeRandom, runSeed } from '../../support/random.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const month = (text: string) => monthOf(Date.parse(`${text}-01T00:00:00Z`))
const CENTRE = { easting: 442_000, northing: 112_500 }
const around = (radiusMetres: number, forces = ['tvp'], point = CENTRE): AskAround => ({ forces, point, radiusMetres })
const KINDS = ['burglary', 'robbery', 'drugs', 'a kind of its own'] as const
const countOf = ({ categories }: SourceCounts) => categories.reduce((sum, { count }) => sum + count, 0)

/** A town of crimes: published ones snapped to a point each, a force's own where they were; two years and a half of them. */
function makeTown(seed: number, count: number): readonly (TestCrime & { readonly month: string })[] {
  const random = makeRandom(seed)
  const near = (centre: number) => centre - 1_500 + random.below(3_000_000) / 1_000
  const spots = Array.from({ length: 60 }, () => ({ easting: near(CENTRE.easting), northing: near(CENTRE.northing) }))
  return Array.from({ length: count }, (_, n) => {
    const isOwn = random.below(3) === 0
    const start = monthsBefore(month('2025-11'), random.below(30)) * 86_400_000
    const at = start + random.below(28) * 86_400_000 + random.below(86_400_000)
    const place = isOwn ? { easting: near(CENTRE.easting), northing: near(CENTRE.northing) } : random.pick(spots)
    return {
      ...{ key: `k${n}`, force: random.pick(['tvp', 'tvp', 'hants']), category: random.pick(KINDS), ...place },
      month: new Date(start).toISOString().slice(0, 7),
      ...(isOwn ? { source: 'RMS', at } : {})
    }
  })
}

t.test('counts, spots and the newest are those that counting by hand gives, wherever one stands', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}: SEED=${seed} runs the same`)
  const { pool } = await makeDatabase(t)
  const town = makeTown(seed, 4_000)
  await writeCrimes(pool, town)
  const find = makeFindCrimes(pool)
  const random = makeRandom(seed + 1)
  for (let n = 0; n < 25; n++) {
    const point = {
      easting: CENTRE.easting - 800 + random.below(1_600),
      northing: CENTRE.northing - 800 + random.below(1_600)
    }
    const ask = around(50 + random.below(2_000), random.pick([['tvp'], ['tvp', 'hants'], ['hants']]), point)
    const metres = (crime: { easting: number; northing: number }) =>
      Math.hypot(crime.easting - point.easting, crime.northing - point.northing)
    const side = ask.radiusMetres < 1_000 ? 50 : 250
    const centre = (value: number) => Math.floor(value / side) * side + side / 2
    const theirs = town.filter(({ force = '' }) => ask.forces.includes(force))
    const isIn = (crime: TestCrime) =>
      metres(
        crime.source === undefined ? crime : { easting: centre(crime.easting), northing: centre(crime.northing) }
      ) <= ask.radiusMetres
    for (const counts of await find.counts(ask)) {
      const own = theirs.filter(
        ({ force, source }) => force === counts.force && (source ?? 'police.uk') === counts.source
      )
      for (const kind of [...KINDS.slice(0, 3), 'unknown']) {
        const isKind = ({ category = '' }: TestCrime) =>
          kind === 'unknown' ? category === KINDS[3] : category === kind
        const since = (from: number, to: number) =>
          own.filter(crime => isKind(crime) && isIn(crime) && month(crime.month) >= from && month(crime.month) <= to)
            .length
        const { count = 0, paired = 0, before = 0 } = counts.categories.find(({ category }) => category === kind) ?? {}
        const to = counts.windowTo
        const years = [since(monthsBefore(to, 11), to), since(monthsBefore(to, 23), monthsBefore(to, 12))]
        t.same([count, paired, before], [years[0], years[0], years[1]], `${counts.force} ${counts.source} ${kind}`)
      }
    }
    const spots = await find.spots(ask, 1_000)
    const counted = (await find.counts(ask)).reduce((sum, counts) => sum + countOf(counts), 0)
    t.equal(
      spots.reduce((sum, { count }) => sum + count, 0),
      counted,
      'all spots together are the counts'
    )
    const since = monthsBefore(month('2025-11'), random.below(12))
    const listed = theirs.filter(crime => metres(crime) <= ask.radiusMetres && month(crime.month) >= since)
    const published = listed.filter(({ source }) => source === undefined)
    published.sort((a, b) => month(b.month) - month(a.month) || metres(a) - metres(b) || (a.key < b.key ? -1 : 1))
    const own = listed.filter(({ source }) => source !== undefined).sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
    const keys = (crimes: readonly { recordKey: string }[]) => crimes.map(({ recordKey }) => recordKey)
    const newest = { since, limit: 20 }
    t.same(
      keys(await find.published(ask, newest)),
      published.slice(0, 20).map(({ key }) => key)
    )
    t.same(
      keys(await find.own(ask, newest)),
      own.slice(0, 20).map(({ key }) => key)
    )
  }
})

t.test('a small change counted by its squares comes to what counting all again does', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}: SEED=${seed} runs the same`)
  const { pool } = await makeDatabase(t)
  const town = makeTown(seed, 2_000)
  await writeCrimes(pool, town)
  const own = { force: 'tvp', source: 'RMS' }
  const spots = async () =>
    (
      await pool.query(`select side, place::text, total, now, paired, before from crime_spot where force = 'tvp'
       and source = 'RMS' order by 1, 2`)
    ).rows
  const gone = town.filter(({ force, source }) => force === 'tvp' && source === 'RMS').slice(0, 40)
  await pool.query(`delete from crime where force = 'tvp' and source = 'RMS' and record_key = any($1)`, [
    gone.map(({ key }) => key)
  ])
  const before = await spots()
  await countCrimes(pool, own, gone.map(cellOf))
  const bySquares = await spots()
  t.notSame(bySquares, before)
  await countCrimes(pool, own)
  t.same(bySquares, await spots())
})

t.test('a month that no count knows has all of its source counted again', async t => {
  const { pool } = await makeDatabase(t)
  const place = { easting: 442_010, northing: 112_510 }
  const own = { force: 'tvp', source: 'RMS' }
  const at = (text: string) => Date.parse(`${text}T10:00:00Z`)
  await writeCrimes(pool, [
    { key: 'a', ...own, ...place, at: at('2026-08-03') },
    { key: 'b', ...own, ...place, at: at('2026-09-03') }
  ])
  const find = makeFindCrimes(pool)
  t.match(await find.counts(around(500)), [{ reachesTo: month('2026-09'), windowTo: month('2026-08'), months: 1 }])
  await pool.query(
    `insert into crime (force, source, record_key, category, month, happened_at, place, as_of)
     values ('tvp', 'RMS', 'c', 'drugs', $1, $2, point(445000, 112500), 2000)`,
    [month('2026-10'), at('2026-10-01')]
  )
  await countCrimes(pool, own, [cellOf({ easting: 445_000, northing: 112_500 })])
  const [counts] = await find.counts(around(500))
  t.match(counts, { reachesTo: month('2026-10'), windowTo: month('2026-09'), months: 2, asOf: 2_000 })
  t.equal(counts === undefined ? 0 : countOf(counts), 2, 'September is counted now, though no square of it changed')
})

t.test('months that a source lacks are not compared, and are said', async t => {
  const { pool } = await makeDatabase(t)
  const of = (months: readonly string[]) => months.map((each, n) => ({ ...CENTRE, key: `${each}-${n}`, month: each }))
  // July 2025 is missing, as in a real force's files, and of the year before only October and June are there.
  await writeCrimes(pool, of(['2025-10', '2025-10', '2025-09', '2025-06', '2024-10', '2024-10', '2024-10', '2024-06']))
  const [counts] = await makeFindCrimes(pool).counts(around(100))
  t.match(counts, {
    ...{ isPublished: true, reachesTo: month('2025-10'), windowTo: month('2025-10'), months: 3, pairedMonths: 2 },
    categories: [{ category: 'burglary', count: 4, paired: 3, before: 4 }]
  })
})

t.test('what one force has is not told to another; what is at no place is told to nobody', async t => {
  const { pool } = await makeDatabase(t)
  const own = { source: 'RMS', at: Date.parse('2025-11-05T00:00:00Z') }
  await writeCrimes(pool, [
    { key: 'theirs', force: 'hants', ...CENTRE },
    { key: 'theirs too', force: 'hants', ...own, ...CENTRE }
  ])
  await pool.query(`insert into crime (force, source, record_key, category, month, as_of)
    values ('tvp', 'police.uk', 'nowhere', 'drugs', ${month('2025-10')}, 1)`)
  await countCrimes(pool, { force: 'tvp', source: 'police.uk' })
  const find = makeFindCrimes(pool)
  const here = { since: month('2025-10'), limit: 20, sinceAt: 0, metres: 50, street: 'mill lane' }
  t.match(await find.counts(around(2_000)), [{ force: 'tvp', categories: [] }])
  for (const asked of [
    find.spots(around(2_000), 9),
    find.published(around(2_000), here),
    find.own(around(2_000), here)
  ]) {
    t.same(await asked, [])
  }
  t.same(await find.here(around(2_000), here), [])
  t.equal((await find.counts(around(2_000, ['hants']))).length, 2)
  t.equal((await find.here(around(2_000, ['hants']), here)).length, 1)
})

t.test('this address is the 50 metres around it and the street of its name, since a day', async t => {
  const { pool } = await makeDatabase(t)
  const [now, day] = [Date.parse('2026-11-20T12:00:00Z'), 86_400_000]
  const crime = (key: string, metres: number, daysAgo: number, location: string) => ({
    ...{ key, source: 'RMS', at: now - daysAgo * day, location, outcome: 'Under investigation' },
    ...{ easting: CENTRE.easting + metres, northing: CENTRE.northing }
  })
  await writeCrimes(pool, [
    crime('door', 3, 2, '12 Mill Lane'),
    crime('near', 50, 27, 'High Street'),
    crime('beyond', 51, 1, 'High Street'),
    crime('far end', 400, 5, 'MILL LANE'),
    crime('other mill lane', 600, 5, 'Mill Lane'),
    crime('long ago', 3, 29, '12 Mill Lane'),
    { key: 'published', ...CENTRE, month: '2026-11' }
  ])
  const find = makeFindCrimes(pool)
  const newest = { since: monthOf(now - 28 * day), limit: 20, sinceAt: now - 28 * day, metres: 50 }
  const keys = async (street?: string) =>
    (await find.here(around(500), { ...newest, ...(street === undefined ? {} : { street }) })).map(
      each => each.recordKey
    )
  t.same(await keys('Mill Lane'), ['door', 'far end', 'near'])
  t.same(await keys(), ['door', 'near'])
  t.match((await find.here(around(500), newest))[0], {
    ...{ isPublished: false, happenedAt: now - 2 * day, metres: 3, location: '12 Mill Lane' },
    outcome: 'Under investigation'
  })
})

t.test('the squares asked for are those of every point in the circle, as PostgreSQL tells them', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}: SEED=${seed} runs the same`)
  const { pool } = await makeDatabase(t)
  const random = makeRandom(seed)
  for (let n = 0; n < 60; n++) {
    // At the very edges of squares as often as anywhere.
    const at = () =>
      random.below(1_200) * 500 +
      (random.below(2) === 0 ? random.below(500_000) / 1_000 : random.pick([-0.001, 0, 0.49, 499.999]))
    const point = { easting: Math.max(0, at()), northing: Math.max(0, at()) }
    const radius = 1 + random.below(2_000)
    const cells = new Set(cellsAround(around(radius, ['tvp'], point)))
    const { rows } = await pool.query(
      `with given as (
         select point($1 + $3 * r * cos(a * 0.7854), $2 + $3 * r * sin(a * 0.7854)) as place
         from generate_series(0, 7) as a, (values (0::float8), (0.5), (0.999999)) as radii(r)
       )
       select ${CELL_SQL} as cell, place[0] as easting, place[1] as northing from given
       where place[0] >= 0 and place[1] >= 0`,
      [point.easting, point.northing, radius]
    )
    t.same(
      rows.filter(({ cell }) => !cells.has(cell)),
      [],
      `${JSON.stringify(point)} within ${radius}`
    )
    t.same(
      rows.filter(row => cellOf(row) !== row.cell),
      []
    )
  }
})

t.test('a record that is away or too slow is a source that could not be asked', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const away = makeFindCrimes(openPool({ url: 'postgres://callbox@127.0.0.1:1/none' }))
  await t.rejects(away.counts(around(500)), { code: 'lookup.failed' })
  const slow = makeFindCrimes(openPool({ max: 1, statementMs: 50 }))
  const holding = await pool.connect()
  await holding.query('begin; lock table crime in access exclusive mode')
  await t.rejects(slow.published(around(500), { since: 0, limit: 1 }), { code: 'lookup.failed' })
  await holding.query('rollback')
  holding.release()
  const wrong = { query: () => pool.query('select nothing from nowhere') } as unknown as typeof pool
  await t.rejects(makeFindCrimes(wrong).spots(around(500), 1), { code: '42P01' })
})
