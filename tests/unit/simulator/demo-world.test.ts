import { createHash } from 'node:crypto'
import t from 'tap'
import { PUBLISHED_SOURCE } from '../../../src/lookups/crimes.ts'
import { makeWorld, WORLD_SIZES, worldTables } from '../../../src/simulator/demo-world.ts'

const NOW = Date.UTC(2026, 10, 26, 9)
const SIZE = { crimes: 9_000, incidents: 300, unitsPerTown: 3, people: 2_000 }
const world = makeWorld(7, NOW, SIZE)
const DAY_MS = 86_400_000

function hashOf(seed: number, now = NOW, isWanted = (_: string) => true): string {
  const hash = createHash('sha256')
  for (const { table, rows } of worldTables(seed, now, SIZE)) {
    if (!isWanted(table)) continue
    hash.update(table)
    for (const row of rows()) hash.update(JSON.stringify(row))
  }
  return hash.digest('hex')
}

t.test('the same seed and time give the same bytes, whenever and wherever they are made', async t => {
  t.equal(hashOf(7), hashOf(7))
  t.not(hashOf(8), hashOf(7))
  t.not(hashOf(7, NOW + 40 * DAY_MS), hashOf(7))
  // Made here once: what another machine or a later release makes is the same, or this line is changed knowingly.
  const named = (table: string) => !table.startsWith('contact')
  t.equal(hashOf(7, NOW, named).slice(0, 16), '019a310c9c41b219', 'all but the ids of calls')
})

t.test(
  'crimes of both forces around their towns: published by month, weeks late, snapped; the own ones true',
  async t => {
    const crimes = [...world.crimes()]
    t.equal(crimes.length, SIZE.crimes)
    const published = crimes.filter(({ source }) => source === PUBLISHED_SOURCE)
    const own = crimes.filter(({ source }) => source !== PUBLISHED_SOURCE)
    t.equal(new Set(crimes.map(({ force, source, key }) => `${force} ${source} ${key}`)).size, crimes.length)
    t.same([...new Set(crimes.map(({ force }) => force))].sort(), ['hants', 'tvp'])
    t.equal(new Set(published.map(({ monthAt }) => monthAt)).size, 36)
    t.equal(Math.max(...published.map(({ monthAt }) => monthAt)), Date.UTC(2026, 8, 1), 'the last is two months back')
    const points = published.flatMap(({ spot }) => (spot === undefined ? [] : [`${spot.easting},${spot.northing}`]))
    t.ok(new Set(points).size < points.length / 1.5, 'many share a point')
    t.ok(published.some(({ spot, location }) => spot === undefined && location === 'No location'))
    t.ok(own.length > 100 && own.every(({ happenedAt = 0, spot }) => spot !== undefined && happenedAt <= NOW))
    t.ok(own.every(({ happenedAt = 0 }) => happenedAt > NOW - 46 * DAY_MS))
    const [violent, all] = [published.filter(({ category }) => category === 'violent-crime').length, published.length]
    t.ok(violent / all > 0.3 && violent / all < 0.4, 'categories are as real streets have them')
  }
)

t.test('open incidents are of the last hours, each at a place, some with calls; no caller is a real one', async t => {
  const incidents = [...world.incidents()]
  const open = incidents.filter(({ status }) => status === 'open')
  t.ok(open.length > 100)
  t.ok(open.every(({ openedAt, closedAt }) => openedAt > NOW - DAY_MS && closedAt === undefined))
  t.ok(incidents.every(({ status, closedAt = 0, openedAt }) => status === 'open' || closedAt > openedAt))
  const calls = incidents.flatMap(incident => incident.calls)
  t.ok(calls.length > 300)
  t.equal(new Set(calls.map(({ callId }) => callId)).size, calls.length)
  t.ok(calls.every(({ offeredAt, releasedAt }) => offeredAt < releasedAt && releasedAt < NOW))
  const numbers = [...calls, ...world.residents()].flatMap(({ e164 }) => e164 ?? [])
  const drama = /^\+44(?:1(?:1[345678]|21|31|41|51|61|91)4960|2079460|3069990)\d{3}$/
  t.same(
    numbers.filter(e164 => !drama.test(e164)),
    [],
    'Ofcom’s numbers for drama, and none of the demo’s own callers'
  )
})

t.test('people live in homes, several in one; no address is a real one', async t => {
  const residents = [...world.residents()]
  const homes = residents.flatMap(({ address }) => address ?? [])
  t.ok(homes.length < residents.length * 0.7)
  t.equal(new Set(residents.map(({ home }) => home)).size, homes.length)
  t.same(
    homes.filter(({ text }) => !/ \d[CIKMOV]{2}$/.test(text)),
    []
  )
})

t.test('units have callsigns of their own; the sizes are what the command says', async t => {
  const units = [...world.units()]
  t.equal(new Set(units.map(({ force, callsign }) => `${force} ${callsign}`)).size, units.length)
  t.equal(units.length, 60)
  t.match(WORLD_SIZES, { small: { crimes: 100_000 }, large: { crimes: 1_000_000 } })
})
