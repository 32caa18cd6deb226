import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { makeNationalGrid, metresBetween } from '../../../../src/grid/national-grid.ts'
import { type Ostn15, readOstn15 } from '../../../../src/lookups/location/ostn15.ts'

/*
 * The real file is Ordnance Survey's and not part of the project: the reader and the interpolation are proved here with
 * a small one whose shifts are made up. grid.test.ts goes through the real one where CALLBOX_OSTN15_FILE names it.
 */

const HEAD =
  'Point_ID,ETRS89_Easting,ETRS89_Northing,ETRS89_OSGB36_EShift,ETRS89_OSGB36_NShift,ETRS89_ODN_HeightShift,Height_Datum_Flag'
/** Shifts that are bilinear over each square, so that what must come out between nodes is known. */
const eastShift = (column: number, row: number) => 90 + column * 0.013 - row * 0.007 + column * row * 0.001
const northShift = (column: number, row: number) => -70 - column * 0.011 + row * 0.005 - column * row * 0.002

function nodes(fromColumn: number, toColumn: number, fromRow: number, toRow: number): string[] {
  const lines: string[] = []
  for (let row = fromRow; row <= toRow; row += 1) {
    for (let column = fromColumn; column <= toColumn; column += 1) {
      const shifts = [eastShift(column, row), northShift(column, row)].map(shift => shift.toFixed(3))
      lines.push(`${column + row * 701 + 1},${column * 1_000},${row * 1_000},${shifts.join(',')},50.000,1`)
    }
  }
  return lines
}

function readingOf(t: Test, content: string | Buffer, name = 'ostn15.txt'): Promise<Ostn15> {
  const path = join(t.testdir({}), name)
  writeFileSync(path, content)
  return readOstn15(path)
}

t.test('between four nodes a shift is the share of each, and at a node it is the node’s', async t => {
  const read = await readingOf(t, [HEAD, ...nodes(440, 445, 200, 205)].join('\r\n'))
  t.match(read, { kind: 'read', nodes: 36 })
  if (read.kind !== 'read') return
  const { shiftAt } = read.shifts
  const at = (column: number, row: number) => shiftAt(column * 1_000, row * 1_000)
  const near = (column: number, row: number) => {
    const { easting = 0, northing = 0 } = at(column, row) ?? {}
    t.ok(Math.abs(easting - eastShift(column, row)) <= 0.0006, `east at ${column}, ${row}: ${easting}`)
    t.ok(Math.abs(northing - northShift(column, row)) <= 0.0006, `north at ${column}, ${row}: ${northing}`)
  }
  for (const [column, row] of [
    [440, 200],
    [442, 203],
    [442.25, 203.75],
    [440.001, 204.999],
    [444.5, 200.5]
  ] as const) {
    near(column, row)
  }
  t.equal(at(439.9, 202), undefined, 'west of the first node')
  t.equal(at(445.1, 202), undefined, 'east of the last')
  t.equal(at(442, 199.9), undefined)
  t.equal(at(442, 205.1), undefined)
  t.equal(at(-1, -1), undefined)
  t.equal(at(700.5, 1_250.5), undefined)
  t.equal(at(Number.NaN, 3), undefined)
})

t.test('the grid goes by the file where it reaches, and by the seven parameters elsewhere', async t => {
  const lines = nodes(440, 460, 195, 215)
  const read = await readingOf(t, gzipSync([HEAD, ...lines.reverse()].join('\n')), 'ostn15.csv.gz')
  if (read.kind !== 'read') return t.fail(read.reason)
  const [plain, exact] = [makeNationalGrid(), makeNationalGrid(read.shifts)]
  t.equal(exact.method, 'ostn15')
  const [oxford, leeds] = [
    { latitude: 51.752, longitude: -1.2577 },
    { latitude: 53.8, longitude: -1.55 }
  ]
  t.same(exact.toGrid(leeds), plain.toGrid(leeds))
  const [got, usual] = [exact.toGrid(oxford), plain.toGrid(oxford)]
  if (got === undefined || usual === undefined) return t.fail('Oxford is in Britain')
  const off = metresBetween(got, usual)
  t.ok(off > 1 && off < 500, `made-up shifts are felt: ${off.toFixed(1)} m`)
  const back = exact.toLatLon(got)
  t.ok(Math.abs((back?.latitude ?? 0) - oxford.latitude) < 1e-9)
  t.ok(Math.abs((back?.longitude ?? 0) - oxford.longitude) < 1e-9)
})

t.test('a file that is none is refused with the line that says so', async t => {
  const [good = ''] = nodes(440, 440, 200, 200)
  const refused: readonly [string, string | RegExp][] = [
    ['', 'it has no nodes'],
    [HEAD, 'it has no nodes'],
    [`${HEAD}\n${good}\nhello`, 'line 3 is no node of OSTN15'],
    [`${good}\n1,2,3`, 'line 2 is no node of OSTN15'],
    ['1,500,0,90.1,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1,701000,0,90.1,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1,0,1251000,90.1,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1,0,0,9000,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1,0,0,x,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1,0,0,,-70.1,0,0', 'line 1 is no node of OSTN15'],
    ['1'.repeat(100_000), /a line of more than/]
  ]
  for (const [content, reason] of refused) {
    t.match(await readingOf(t, content), { kind: 'refused', reason }, content.slice(0, 40))
  }
  t.match(await readOstn15(join(t.testdir({}), 'none.txt')), { kind: 'refused', reason: /ENOENT/ })
  t.match(await readingOf(t, 'not packed', 'broken.gz'), { kind: 'refused', reason: /header/ })
})
