import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { FORCE_AREAS, ISLE_OF_WIGHT, MAINLAND_COAST } from '../../../../../../src/console/map/drawn/schematic/areas.ts'
import type { Line } from '../../../../../../src/console/map/drawn/schematic/lines.ts'
import { MAIN_ROADS } from '../../../../../../src/console/map/drawn/schematic/roads.ts'
import { TOWNS } from '../../../../../../src/console/map/drawn/schematic/towns.ts'
import { type GridPoint, HELMERT_GRID, metresBetween } from '../../../../../../src/grid/national-grid.ts'
import { sharedData } from '../../../../../support/shared-data.ts'

/*
 * The schematic is written down by hand: what can be told of it without a map is that it hangs together, and where there is
 * a gazetteer, that its towns are where they are.
 */

const pointOf = (latitude: number, longitude: number): GridPoint => {
  const point = HELMERT_GRID.toGrid({ latitude, longitude })
  if (point === undefined) throw new Error(`${latitude}, ${longitude} is off the grid`)
  return point
}
const townOf = (name: string) => {
  const town = TOWNS.find(each => each.name === name)
  if (town === undefined) throw new Error(`${name} is not on the schematic`)
  return pointOf(town.latitude, town.longitude)
}

/** Even and odd crossings of a ray to the east. */
function holds(line: Line, latitude: number, longitude: number): boolean {
  return line.reduce((isInside, [lat, lon], at) => {
    const [toLat, toLon] = line[(at + 1) % line.length] ?? [lat, lon]
    const crosses = lat > latitude !== toLat > latitude
    const crossing = lon + ((toLon - lon) * (latitude - lat)) / (toLat - lat)
    return crosses && longitude < crossing ? !isInside : isInside
  }, false)
}

t.test('each town lies in the area of its own force and in no other', async t => {
  t.ok(TOWNS.length >= 60, `${TOWNS.length} towns`)
  t.equal(new Set(TOWNS.map(({ name }) => name)).size, TOWNS.length, 'each once')
  for (const { name, latitude, longitude, force } of TOWNS) {
    const of = FORCE_AREAS.filter(({ line }) => holds(line, latitude, longitude)).map(area => area.force)
    t.same(of, [force], name)
  }
})

t.test('towns are as far from each other as everybody knows', async t => {
  for (const [one, other, kilometres] of [
    ['Oxford', 'Reading', 38],
    ['Southampton', 'Portsmouth', 25],
    ['Winchester', 'Basingstoke', 27],
    ['Milton Keynes', 'Slough', 60],
    ['Newport', 'Banbury', 151]
  ] as const) {
    const metres = metresBetween(townOf(one), townOf(other))
    t.ok(Math.abs(metres - kilometres * 1_000) < 2_500, `${one} to ${other}: ${Math.round(metres)} m`)
  }
})

t.test('roads and coasts have no gap that a slip of the pen would make, and motorways meet', async t => {
  const lines = [...MAIN_ROADS.map(({ name, line }) => ({ name, line })), { name: 'coast', line: MAINLAND_COAST }]
  for (const { name, line } of [...lines, { name: 'Isle of Wight', line: ISLE_OF_WIGHT }]) {
    t.ok(line.length >= 2, name)
    for (const [at, [lat, lon]] of line.entries()) {
      const [toLat, toLon] = line[at + 1] ?? [lat, lon]
      const metres = metresBetween(pointOf(lat, lon), pointOf(toLat, toLon))
      t.ok(metres < 28_000, `${name} after its place ${at}: ${Math.round(metres)} m`)
    }
  }
  const road = (name: string) => MAIN_ROADS.find(each => each.name === name)?.line ?? []
  const meets = (one: string, other: string) =>
    road(one).some(([lat, lon]) => road(other).some(([a, b]) => a === lat && b === lon))
  for (const [one, other] of [
    ['M3', 'M27'],
    ['M3', 'M25'],
    ['M4', 'M25'],
    ['M40', 'M25'],
    ['M4', 'A34'],
    ['M3', 'A34'],
    ['M40', 'A34'],
    ['M27', 'A3']
  ] as const)
    t.ok(meets(one, other), `${one} and ${other}`)
})

const [openNames, geonames] = [sharedData('os-open-names'), sharedData('geonames-south-england')]
const noGazetteer = openNames === undefined || geonames === undefined ? 'no ../shared/data/os-open-names' : false

/** They do not agree on apostrophes. */
const plainName = (name: string) => name.replace(/['’]/g, '')

/** Populated places of both gazetteers by name. */
function gazetteer(): ReadonlyMap<string, readonly GridPoint[]> {
  const places = new Map<string, GridPoint[]>()
  const add = (name: string, point: GridPoint) => {
    places.set(plainName(name), [...(places.get(plainName(name)) ?? []), point])
  }
  for (const file of readdirSync(openNames ?? '').filter(name => name.endsWith('.csv.gz'))) {
    for (const row of gunzipSync(readFileSync(join(openNames ?? '', file)))
      .toString('utf8')
      .split('\n')) {
      const cells = row.split(',')
      if (cells[6] === 'populatedPlace') add(cells[2] ?? '', { easting: Number(cells[8]), northing: Number(cells[9]) })
    }
  }
  const rows = readFileSync(join(geonames ?? '', 'places.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
  for (const row of rows) {
    const [, name = '', latitude, longitude] = /^\d+,"([^"]+)",([\d.-]+),([\d.-]+),/.exec(row) ?? []
    const point = HELMERT_GRID.toGrid({ latitude: Number(latitude), longitude: Number(longitude) })
    if (point !== undefined) add(name, point)
  }
  return places
}

t.test('every town is within 1 km of where a gazetteer has it', { skip: noGazetteer }, async t => {
  const known = gazetteer()
  for (const { name } of TOWNS) {
    const nearest = Math.min(...(known.get(plainName(name)) ?? []).map(point => metresBetween(point, townOf(name))))
    t.ok(nearest < 1_000, `${name}: ${Math.round(nearest)} m`)
  }
})
