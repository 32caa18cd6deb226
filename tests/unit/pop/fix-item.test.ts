import t from 'tap'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import type { PlacedFix } from '../../../src/lookups/location/placed-fix.ts'
import { toFixItem } from '../../../src/pop/fix-item.ts'

const placed = (fix: Partial<LocationFix>): PlacedFix => ({
  ...{ id: 'pidf-lo-00000000000000ff', place: {}, standing: 'best', reason: 'The only one.' },
  ...{ isApproximate: false, isTimeOfArrival: false },
  fix: { source: 'pidf-lo', shape: 'polygon', latitude: 51.7, longitude: -1.26, ...fix }
})
const corners = (count: number) => Array.from({ length: count }, (_, at) => ({ easting: at + 0.4, northing: at * 2 }))

t.test('an area goes to the map by its corners on the grid, to the metre', async t => {
  t.same(toFixItem(placed({ gridCorners: corners(3) })).outline, [
    [0, 0],
    [1, 2],
    [2, 4]
  ])
})

t.test('without corners, or with more than a panel may carry, there is no outline: the circle says it', async t => {
  for (const count of [0, 2, 101]) t.notOk('outline' in toFixItem(placed({ gridCorners: corners(count) })), `${count}`)
  t.equal(toFixItem(placed({ gridCorners: corners(100) })).outline?.length, 100)
  t.notOk('outline' in toFixItem(placed({ shape: 'circle', radiusMetres: 9 })))
})
