import t from 'tap'
import { HELMERT_GRID } from '../../../src/grid/national-grid.ts'
import { parseBuiltUp } from '../../../src/resources/built-up.ts'

/* A square town about Oxford, with a hole for its meadow. */

const ring = (west: number, south: number, east: number, north: number) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south]
]
const TOWN = JSON.stringify({
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: { name: 'Town' },
      geometry: { type: 'Polygon', coordinates: [ring(-1.3, 51.7, -1.2, 51.8), ring(-1.26, 51.74, -1.24, 51.76)] }
    }
  ]
})

const at = (latitude: number, longitude: number) => {
  const point = HELMERT_GRID.toGrid({ latitude, longitude })
  if (point === undefined) throw new Error('not in Britain')
  return point
}

t.test('inside of a town is urban, its meadow and the country around are rural', async t => {
  const read = parseBuiltUp(TOWN, HELMERT_GRID)
  if (read.kind !== 'read') return t.fail(read.reason)
  t.equal(read.areaAt(at(51.72, -1.22)), 'urban')
  t.equal(read.areaAt(at(51.75, -1.25)), 'rural')
  t.equal(read.areaAt(at(51.9, -1.25)), 'rural')
})

t.test('a file that is none is refused in words', async t => {
  const why = (text: string) => {
    const read = parseBuiltUp(text, HELMERT_GRID)
    return read.kind === 'refused' ? read.reason : read
  }
  t.equal(why('{'), 'is no JSON')
  t.equal(why('{"type":"FeatureCollection","features":[]}'), 'has no polygon')
  t.equal(why(TOWN.replaceAll('-1.3', '"west"')), 'has points that are no longitude and latitude')
  t.equal(why(TOWN.replaceAll('51.8', '12')), 'has points outside of Britain')
})
