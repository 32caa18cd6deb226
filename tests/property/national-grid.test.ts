import t from 'tap'
import { parseGridReference, toGridReference } from '../../src/grid/grid-reference.ts'
import { type GridShifts, makeNationalGrid, metresBetween } from '../../src/grid/national-grid.ts'
import { makeRandom, runSeed } from '../support/random.ts'

/* Any place on the grid comes back to itself, whichever conversion is used; a grid reference names its own square. */

const seed = runSeed()
t.comment(`seed: ${seed}`)
const random = makeRandom(seed)
const RUNS = 10_000

function anyPoint() {
  return { easting: random.below(699_999_999) / 1_000, northing: random.below(1_299_999_999) / 1_000 }
}

/** Shifts of the size and steepness of the real ones. */
const SHIFTS: GridShifts = {
  shiftAt: (easting, northing) => ({
    easting: 95 + 8 * Math.sin(easting / 90_000),
    northing: -60 - 15 * Math.cos(northing / 70_000)
  })
}

for (const [name, grid] of [
  ['seven parameters', makeNationalGrid()],
  ['a grid of shifts', makeNationalGrid(SHIFTS)]
] as const) {
  t.test(`grid to latitude and longitude and back is within 1 mm: ${name}`, async t => {
    let largest = 0
    for (let run = 0; run < RUNS; run += 1) {
      const point = anyPoint()
      const place = grid.toLatLon(point)
      const again = place === undefined ? undefined : grid.toGrid(place)
      const metres = again === undefined ? atEdge(point) : metresBetween(again, point)
      if (!(metres <= 0.001)) return t.fail(`run ${run}, seed ${seed}: ${metres} m`, { point, place, again })
      largest = Math.max(largest, metres)
    }
    t.comment(`largest of ${RUNS}: ${(largest * 1_000).toFixed(5)} mm`)
    t.ok(largest <= 0.001)
  })
}

/** The last hundredth of a millimetre at the rim of the grid may fall outside of it. */
function atEdge({ easting, northing }: { easting: number; northing: number }): number {
  return Math.min(easting, northing, 700_000 - easting, 1_300_000 - northing) < 1e-4 ? 0 : Number.NaN
}

t.test('a grid reference names the square metre the place lies in', async t => {
  let right = 0
  for (let run = 0; run < RUNS; run += 1) {
    const point = anyPoint()
    const square = parseGridReference(toGridReference(point) ?? '')
    const isIn = square?.easting === Math.floor(point.easting) && square.northing === Math.floor(point.northing)
    if (isIn) right += 1
    else return t.fail(`run ${run}, seed ${seed}`, { point, square })
  }
  t.equal(right, RUNS)
})
