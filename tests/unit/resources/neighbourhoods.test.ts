import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { HELMERT_GRID } from '../../../src/grid/national-grid.ts'
import { parseNeighbourhoods } from '../../../src/resources/neighbourhoods.ts'
import { sharedData } from '../../support/shared-data.ts'

/* Two neighbourhoods beside each other in Oxford, one of them with an island across the river. */

const square = (west: number, east: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, 51.7],
      [east, 51.7],
      [east, 51.8],
      [west, 51.8],
      [west, 51.7]
    ]
  ]
})
const feature = (properties: object, geometry: object) => ({ type: 'Feature', properties, geometry })
const file = (...features: object[]) => JSON.stringify({ type: 'FeatureCollection', features })
const TWO = file(
  feature({ code: 'EAST', name: 'East' }, square(-1.25, -1.2)),
  feature({ code: ' WEST ', name: 'West' }, square(-1.3, -1.25)),
  feature({ name: 'a station' }, { type: 'Point', coordinates: [-1.25, 51.75] }),
  feature({ code: 'EAST', name: 'East, beyond the river' }, square(-1.4, -1.35))
)
const BY_CODE = { grid: HELMERT_GRID, property: 'code' }

const at = (latitude: number, longitude: number) => {
  const point = HELMERT_GRID.toGrid({ latitude, longitude })
  if (point === undefined) throw new Error('not in Britain')
  return point
}

t.test('a place is in the neighbourhood whose ground it is on, and beyond all in none', async t => {
  const read = parseNeighbourhoods(TWO, BY_CODE)
  if (read.kind !== 'read') return t.fail(read.reason)
  t.equal(read.count, 2)
  t.equal(read.neighbourhoodAt(at(51.75, -1.22)), 'EAST')
  t.equal(read.neighbourhoodAt(at(51.75, -1.28)), 'WEST')
  t.equal(read.neighbourhoodAt(at(51.75, -1.37)), 'EAST')
  t.equal(read.neighbourhoodAt(at(51.75, -1.33)), undefined)
  t.equal(read.neighbourhoodAt(at(51.9, -1.22)), undefined)
})

t.test('a file that names none is refused in words', async t => {
  const why = (text: string, property = 'code') => {
    const read = parseNeighbourhoods(text, { ...BY_CODE, property })
    return read.kind === 'refused' ? read.reason : read
  }
  t.equal(why('{'), 'is no JSON')
  t.equal(why(file()), 'has no polygon')
  t.equal(why(TWO, 'ward'), 'has a polygon without a text as its ward')
  t.equal(why(file(feature({ code: 7 }, square(-1.3, -1.2)))), 'has a polygon without a text as its code')
  t.equal(why(file(feature({ code: 'x'.repeat(81) }, square(-1.3, -1.2)))), 'has a polygon without a text as its code')
  t.equal(why(TWO.replaceAll('51.8', '12')), 'has points outside of Britain')
})

const boundaries = sharedData('admin-boundaries')

t.test(
  'the real wards of two forces: each place is in its own',
  { skip: boundaries === undefined ? 'no ../shared/data/admin-boundaries' : false },
  async t => {
    const text = await readFile(join(boundaries ?? '', 'wards2013_tvp_hampshire.geojson'), 'utf8')
    const read = parseNeighbourhoods(text, { ...BY_CODE, property: 'WD13NM' })
    if (read.kind !== 'read') return t.fail(read.reason)
    t.comment(`figure: ${read.count} neighbourhoods`)
    t.equal(read.neighbourhoodAt(at(51.752, -1.2577)), 'Carfax', 'the middle of Oxford')
    t.equal(read.neighbourhoodAt(at(50.6, -3.5)), undefined, 'Devon')
  }
)
