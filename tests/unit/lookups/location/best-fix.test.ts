import t from 'tap'
import { bestFix, type ConfirmableFix } from '../../../../src/lookups/location/best-fix.ts'
import { methodOf, weighedRadius } from '../../../../src/lookups/location/fix-extent.ts'

const NOW = Date.UTC(2026, 2, 3, 12)
const OXFORD = { latitude: 51.752, longitude: -1.2577 }
/** About 2.2 km to the east of it. */
const HEADINGTON = { latitude: 51.76, longitude: -1.228 }
const circle = (radiusMetres: number, more: Partial<ConfirmableFix> = {}): ConfirmableFix => ({
  source: 'aml',
  shape: 'circle',
  ...OXFORD,
  radiusMetres,
  confidence: 95,
  method: 'gnss',
  fixedAt: NOW,
  ...more
})
const cell = (radiusMetres: number, more: Partial<ConfirmableFix> = {}) =>
  circle(radiusMetres, { source: 'cell', method: 'cell', ...more })
const address: ConfirmableFix = { source: 'address', shape: 'civic', ...OXFORD, address: '1 Invented Row' }
const civic: ConfirmableFix = { source: 'pidf-lo', shape: 'civic', address: '2 Invented Row' }
const namesOf = (fixes: readonly ConfirmableFix[]) => bestFix(fixes, { now: NOW }).order.map(({ index }) => index)

t.test('a radius counts as it would at 95 %, whatever confidence its source names', async t => {
  const at = (confidence: number | undefined, radius = 100) =>
    Math.round(weighedRadius({ ...circle(radius), ...(confidence === undefined ? {} : { confidence }) }))
  t.equal(at(95), 100)
  t.equal(at(68), Math.round(100 * Math.sqrt(Math.log(0.05) / Math.log(0.32))))
  t.equal(at(39.3469), 245, 'one sigma of a two-dimensional error holds 39.3 %, and 2.45 sigma hold 95 %')
  t.equal(at(100), 81, 'nobody is surer than 99 %')
  t.equal(at(0), 764, 'and a confidence of nothing is no endless circle')
  const { confidence: _, ...unsaid } = circle(100)
  t.equal(Math.round(weighedRadius(unsaid)), at(68), 'not said: one sigma, as telephones give it')
  t.equal(Math.round(weighedRadius({ ...circle(0), semiMajorMetres: 400, semiMinorMetres: 100 })), 200)
  const { radiusMetres: __, ...bare } = circle(1)
  t.equal(weighedRadius({ ...bare, method: 'Cell' }), 5_000, 'a cell without an extent is a whole cell')
  t.equal(weighedRadius({ ...bare, method: 'GPS' }), 30)
  t.equal(weighedRadius({ ...circle(Number.NaN) }), 30, 'a radius that is none is not there')
})

t.test('the method is known by the words of every source', async t => {
  const cases: readonly [Partial<ConfirmableFix>, string][] = [
    [{ source: 'pidf-lo', method: 'GPS' }, 'satellite'],
    [{ source: 'pidf-lo', method: 'A-GPS' }, 'satellite'],
    [{ source: 'pidf-lo', method: '802.11' }, 'wifi'],
    [{ source: 'pidf-lo', method: 'Cell' }, 'cell'],
    [{ source: 'pidf-lo', method: 'Manual' }, 'address'],
    [{ source: 'aml', method: 'G' }, 'satellite'],
    [{ source: 'aml', method: 'W' }, 'wifi'],
    [{ source: 'aml', method: 'C' }, 'cell'],
    [{ source: 'aml', method: 'fused' }, 'unknown'],
    [{ source: 'cell', method: '' }, 'cell'],
    [{ source: 'typed' }, 'handler'],
    [{ source: 'eisec', method: '', radiusMetres: 800 }, 'cell'],
    [{ source: 'eisec', method: '', radiusMetres: 49 }, 'unknown']
  ]
  for (const [fix, method] of cases) t.equal(methodOf({ ...circle(10), ...fix }), method, JSON.stringify(fix))
})

t.test('of what was measured the smaller comes first, at equal confidence', async t => {
  t.same(namesOf([circle(60), circle(50)]), [1, 0])
  t.same(namesOf([circle(50, { confidence: 50 }), circle(60)]), [1, 0], '50 m at 50 % is more ground than 60 m at 95 %')
  t.same(namesOf([address, civic, cell(3_000), circle(12)]), [3, 2, 0, 1], 'measured, registered, without a position')
  t.same(namesOf([circle(50), circle(50)]), [0, 1], 'equals keep their order')
})

t.test('a place in metres of the grid, as EISEC says it, is a position like any other', async t => {
  const eisec: ConfirmableFix = {
    ...{ source: 'eisec', shape: 'ellipse', grid: { easting: 451_300, northing: 206_200 }, confidence: 67 },
    ...{ radiusMetres: 900, semiMajorMetres: 900, semiMinorMetres: 400, fixedAt: NOW }
  }
  const line: ConfirmableFix = { source: 'eisec', shape: 'civic', address: '3 Invented Row, XX1 1AA' }
  const { order } = bestFix([line, eisec, circle(15)], { now: NOW })
  t.same(
    order.map(({ index, isApproximate }) => [index, isApproximate]),
    [
      [2, false],
      [1, true],
      [0, false]
    ]
  )
  t.equal(methodOf(line), 'address')
  t.equal(Math.round(order[1]?.weighedMetres ?? 0), 986)
})

t.test('an old fix of a mobile grows with its age; an address does not walk', async t => {
  const minutesAgo = (minutes: number) => ({ fixedAt: NOW - minutes * 60_000 })
  t.same(namesOf([circle(20, minutesAgo(2)), circle(40)]), [1, 0], 'two minutes on foot are 168 m')
  const { order } = bestFix([circle(20, minutesAgo(2))], { now: NOW })
  t.equal(Math.round(order[0]?.weighedMetres ?? 0), 188)
  t.match(order[0]?.reason, '168 m of it for its age.')
  const registered = bestFix([{ ...address, ...minutesAgo(60 * 24 * 365) }], { now: NOW })
  t.equal(registered.order[0]?.weighedMetres, 100)
  t.equal(bestFix([circle(20, minutesAgo(-5))], { now: NOW }).order[0]?.weighedMetres, 20, 'a clock ahead of ours')
})

t.test('two fixes that lie apart show how fast the caller goes', async t => {
  const driving = [circle(10, { fixedAt: NOW - 60_000 }), circle(10, { ...HEADINGTON, fixedAt: NOW - 210_000 })]
  const { order } = bestFix(driving, { now: NOW })
  const metres = order[0]?.weighedMetres ?? 0
  t.ok(metres > 850 && metres < 950, `2.2 km in 150 s, 60 s ago: ${metres}`)
  const jump = [circle(10, { fixedAt: NOW - 60_000 }), circle(10, { ...HEADINGTON, fixedAt: NOW - 70_000 })]
  t.equal(Math.round(bestFix(jump, { now: NOW }).order[0]?.weighedMetres ?? 0), 94, 'nobody drives at 220 m/s')
})

t.test('what the handler confirmed stays the one in use, and a better one is offered with its reason', async t => {
  const confirmed = cell(3_000, { confirmedAt: NOW - 20_000, fixedAt: NOW - 30_000 })
  const better = bestFix([circle(15), confirmed], { now: NOW })
  t.equal(better.chosen?.fix, confirmed)
  t.equal(better.chosen?.reason, 'Confirmed by the handler.')
  t.equal(better.offered?.index, 0)
  t.equal(better.offered?.reason, 'Offered: within 15 m at 95 %, the confirmed place 3.0 km.')
  const typed: ConfirmableFix = { source: 'typed', shape: 'point', ...OXFORD, fixedAt: NOW - 30_000 }
  t.equal(bestFix([circle(15), typed], { now: NOW }).offered, undefined, 'no finer than what was typed, and there')
  t.equal(bestFix([circle(15), typed], { now: NOW }).chosen?.reason, 'Set by the handler.')
  const away = bestFix([circle(15, HEADINGTON), typed], { now: NOW })
  t.equal(away.offered?.reason, 'Offered: newer than the confirmed place, and not there. Within 15 m at 95 %.')
  t.equal(bestFix([cell(600), typed], { now: NOW }).offered, undefined, 'a cell is no better than a confirmed place')
  t.equal(bestFix([address, confirmed], { now: NOW }).offered, undefined, 'nor is an address')
  const words = bestFix([circle(15), { ...civic, confirmedAt: NOW }], { now: NOW })
  t.match(words.offered?.reason, 'the confirmed place has no position')
})

t.test('of two confirmations the later one holds', async t => {
  const earlier = circle(10, { confirmedAt: NOW - 9_000 })
  const later = circle(500, { confirmedAt: NOW - 1_000 })
  const { chosen, order } = bestFix([earlier, later], { now: NOW })
  t.equal(chosen?.fix, later)
  t.equal(order[1]?.reason, 'Confirmed before the one now in use.')
  const typed: ConfirmableFix = { source: 'typed', shape: 'point', ...OXFORD }
  const words: ConfirmableFix = { source: 'typed', shape: 'civic', address: '4 Invented Row' }
  t.same(namesOf([words, typed]), [1, 0], 'seed 704928124: of two at one time the one with a position')
})

t.test('a fix known by its cell is marked, and every reason says what the figure rests on', async t => {
  const { radiusMetres: _, confidence: __, ...bare } = cell(1)
  const { order } = bestFix([bare, circle(10), circle(12), address, civic], { now: NOW })
  t.same(
    order.map(({ isApproximate, reason }) => [isApproximate, reason]),
    [
      [false, 'Smallest: within 10 m at 95 %.'],
      [false, 'Larger than the best: within 12 m at 95 %, the best 10 m.'],
      [
        true,
        'Larger than the best: within 5.0 km at 95 %, the best 10 m. Only the cell is known: approximate. The source gave no radius; 5.0 km is assumed.'
      ],
      [false, 'Where the number is registered, which is no measurement.'],
      [false, 'An address without a position.']
    ]
  )
  t.equal(bestFix([civic], { now: NOW }).chosen?.reason, 'An address without a position; there is nothing better.')
  t.equal(bestFix([address], { now: NOW }).chosen?.reason, 'Where the number is registered; nothing was measured.')
  t.same(bestFix([], { now: NOW }), { order: [] })
})
