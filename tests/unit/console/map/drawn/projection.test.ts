import { transform } from 'ol/proj.js'
import t from 'tap'
import { NATIONAL_GRID, pairOf, placed, useNationalGrid } from '../../../../../src/console/map/drawn/projection.ts'

/** Ordnance Survey's own example of its guide, on the grid and in WGS84, to the 5 m that seven parameters give. */
const CAISTER = { grid: [651_409.9, 313_177.27], degrees: [1.716_073_973, 52.658_007_83] } as const

useNationalGrid()

const off = ([east = 0, north = 0]: readonly number[], [e = 0, n = 0]: readonly number[]) =>
  Math.hypot(east - e, north - n)

t.test('OpenLayers goes from degrees and from web maps to the National Grid and back by our own sums', async t => {
  useNationalGrid()
  const grid = transform([...CAISTER.degrees], 'EPSG:4326', NATIONAL_GRID)
  t.ok(off(grid, CAISTER.grid) < 5, `${off(grid, CAISTER.grid)} m off`)
  t.ok(off(transform(grid, NATIONAL_GRID, 'EPSG:4326'), CAISTER.degrees) < 1e-7, 'and back')
  const web = transform([...CAISTER.degrees], 'EPSG:4326', 'EPSG:3857')
  t.ok(off(transform(web, 'EPSG:3857', NATIONAL_GRID), grid) < 0.01)
  t.ok(off(transform(grid, NATIONAL_GRID, 'EPSG:3857'), web) < 0.01)
  t.ok(off(placed([CAISTER.degrees[1], CAISTER.degrees[0]]), grid) < 0.001, 'latitude first, as the schematic has it')
  t.same(pairOf({ easting: 1, northing: 2 }), [1, 2])
})

t.test('what lies off the grid has no place on it, and breaks nothing', async t => {
  t.ok(transform([10, 40], 'EPSG:4326', NATIONAL_GRID).every(Number.isNaN))
  t.ok(transform([-5, -5], NATIONAL_GRID, 'EPSG:4326').every(Number.isNaN))
})
