import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseGridReference, toGridReference } from '../../../src/grid/grid-reference.ts'
import { HELMERT_GRID, isOnGrid, makeNationalGrid, metresBetween } from '../../../src/grid/national-grid.ts'
import { readOstn15 } from '../../../src/lookups/location/ostn15.ts'
import { sharedData } from '../../support/shared-data.ts'

/** Latitude, longitude, easting and northing of Ordnance Survey's own points. */
function testPoints(folder: string) {
  const rows = readFileSync(join(folder, 'ostn15_test_points.csv'), 'utf8').trim().split('\n').slice(1)
  return rows.map(row => {
    const [id = '', ...figures] = row.split(',', 5)
    const [latitude = 0, longitude = 0, easting = 0, northing = 0] = figures.map(Number)
    return { id, place: { latitude, longitude }, point: { easting, northing } }
  })
}

const folder = sharedData('ostn15-test-points')
const noPoints = folder === undefined ? 'no ../shared/data/ostn15-test-points' : false

t.test('without OSTN15 every one of the 40 points of Ordnance Survey is within 5 m', { skip: noPoints }, async t => {
  const points = testPoints(folder ?? '')
  t.equal(points.length, 40)
  let [largest, back] = [0, 0]
  for (const { id, place, point } of points) {
    const got = HELMERT_GRID.toGrid(place)
    const metres = got === undefined ? Number.NaN : metresBetween(got, point)
    const there = HELMERT_GRID.toLatLon(point)
    const again = there === undefined ? undefined : HELMERT_GRID.toGrid(there)
    t.ok(metres <= 5, `${id}: ${metres.toFixed(3)} m`)
    largest = Math.max(largest, metres)
    back = Math.max(back, again === undefined ? Number.NaN : metresBetween(again, point))
  }
  t.comment(`largest error: ${largest.toFixed(3)} m; there and back: ${(back * 1_000).toFixed(4)} mm`)
  t.ok(back <= 0.001)
})

const realFile = process.env['CALLBOX_OSTN15_FILE']
const noFile = noPoints || (realFile === undefined ? 'CALLBOX_OSTN15_FILE names no OSTN15 file' : false)

t.test('with the OSTN15 file every one of the 40 points is within 2 mm, both ways', { skip: noFile }, async t => {
  const read = await readOstn15(realFile ?? '')
  t.match(read, { kind: 'read' })
  if (read.kind !== 'read') return
  const grid = makeNationalGrid(read.shifts)
  t.match(grid, { method: 'ostn15', accuracyMetres: 1 })
  let [largest, back] = [0, 0]
  const points = testPoints(folder ?? '')
  t.equal(points.length, 40)
  for (const { place, point } of points) {
    const got = grid.toGrid(place)
    largest = Math.max(largest, got === undefined ? Number.NaN : metresBetween(got, point))
    const there = grid.toLatLon(point)
    const east =
      ((there?.longitude ?? Number.NaN) - place.longitude) * 111_320 * Math.cos((place.latitude * Math.PI) / 180)
    back = Math.max(back, Math.hypot(east, ((there?.latitude ?? Number.NaN) - place.latitude) * 111_320))
  }
  t.comment(
    `${read.nodes} nodes; largest error: ${(largest * 1_000).toFixed(2)} mm, back ${(back * 1_000).toFixed(2)} mm`
  )
  t.ok(largest <= 0.002)
  t.ok(back <= 0.002)
})

t.test('a place outside of the grid has no grid reference, and nothing throws', async t => {
  const outside = [
    [48.85, 2.35],
    [90, 0],
    [-33.9, 18.4],
    [57.6, -13.7],
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY]
  ] as const
  for (const [latitude, longitude] of outside) {
    t.equal(HELMERT_GRID.toGrid({ latitude, longitude }), undefined, `${latitude}, ${longitude}`)
  }
  for (const point of [
    { easting: -1, northing: 0 },
    { easting: 700_000, northing: 5 },
    { easting: 5, northing: 1.3e6 }
  ]) {
    t.equal(HELMERT_GRID.toLatLon(point), undefined)
    t.equal(toGridReference(point), undefined)
  }
  t.notOk(isOnGrid({ easting: Number.NaN, northing: 1 }))
})

t.test('a grid reference is said and read in squares of 100 km and figures', async t => {
  const known = [
    [{ easting: 412_345, northing: 167_890 }, 'SU 12345 67890'],
    [{ easting: 0, northing: 0 }, 'SV 00000 00000'],
    [{ easting: 450_673.9, northing: 205_980.9 }, 'SP 50673 05980'],
    [{ easting: 699_999, northing: 1_299_999 }, 'JM 99999 99999'],
    [{ easting: 395_999.668, northing: 1_138_728.951 }, 'HT 95999 38728'],
    [{ easting: 599_445, northing: 225_722 }, 'TL 99445 25722'],
    [{ easting: 216_677, northing: 771_283 }, 'NN 16677 71283']
  ] as const
  for (const [point, text] of known) {
    t.equal(toGridReference(point), text)
    const { easting, northing } = point
    const square = { easting: Math.floor(easting), northing: Math.floor(northing), sizeMetres: 1 }
    t.same(parseGridReference(text), square)
    t.same(parseGridReference(text.replaceAll(' ', '').toLowerCase()), square)
  }
  t.equal(toGridReference({ easting: 412_345, northing: 167_890 }, 3), 'SU 123 678')
  t.same(parseGridReference('SU123678'), { easting: 412_300, northing: 167_800, sizeMetres: 100 })
  t.same(parseGridReference('SU16'), { easting: 410_000, northing: 160_000, sizeMetres: 10_000 })
  for (const text of ['', 'SU', 'SI 12 34', 'SU 123 45', 'SU 1234567 1234567', 'AA 11 11', 'U 12 34', 'SU 12 3x']) {
    t.equal(parseGridReference(text), undefined, text)
  }
})
