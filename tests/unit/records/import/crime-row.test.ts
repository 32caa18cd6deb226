import t from 'tap'
import { HELMERT_GRID } from '../../../../src/grid/national-grid.ts'
import { isPublishedHead, makePublishedReader } from '../../../../src/records/import/crime-row.ts'

const HEAD =
  'Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context'.split(
    ','
  )
const AREA = { points: 4, contains: (_: number, latitude: number) => latitude < 52 }

function makeReader(over: Partial<Parameters<typeof makePublishedReader>[1]> = {}) {
  const read = makePublishedReader(HEAD, {
    forceOf: name => (name === 'Thames Valley Police' ? 'tvp' : undefined),
    areaOf: () => AREA,
    grid: HELMERT_GRID,
    asOf: 7,
    ...over
  })
  return (row: Partial<Record<string, string>>) => {
    const all: Record<string, string | undefined> = {
      'Crime ID': 'abc',
      Month: '2025-01',
      'Reported by': 'Thames Valley Police',
      Longitude: '-0.978',
      Latitude: '51.4543',
      Location: 'On or near Example Row',
      'Crime type': 'Violence and sexual offences',
      ...row
    }
    return read(HEAD.map(name => all[name] ?? ''))
  }
}

t.test('a row becomes a crime on the grid, its category by the name it has here', async t => {
  const row = makeReader()({ 'Last outcome category': 'Under investigation' })
  t.match(row, {
    kind: 'row',
    notes: [],
    row: {
      ...{ recordKey: 'abc', force: 'tvp', category: 'violent-crime', isOutlier: false, asOf: 7 },
      ...{ location: 'On or near Example Row', outcome: 'Under investigation', month: 20_089 }
    }
  })
  if (row.kind === 'row') t.ok(Math.abs((row.row.easting ?? 0) - 471_100) < 200, String(row.row.easting))
})

t.test('columns are found by their names, wherever they stand', async t => {
  const head = ['Crime type', 'Latitude', 'Longitude', 'Month']
  t.ok(isPublishedHead(head))
  t.notOk(isPublishedHead(head.slice(1)))
  const read = makePublishedReader(head, { forceOf: () => 'tvp', areaOf: () => undefined, grid: HELMERT_GRID, asOf: 1 })
  t.match(read(['Robbery', '51.4', '-1.1', '2025-03']), {
    row: { category: 'robbery', location: '', isOutlier: false }
  })
})

t.test('what lies outside of the force is kept and flagged, what has no place is kept and counted', async t => {
  const read = makeReader()
  t.match(read({ Latitude: '54.1' }), { notes: ['outlier'], row: { isOutlier: true } })
  const placeless = read({ Longitude: '', Latitude: '', Location: 'No Location' })
  t.match(placeless, { notes: ['no-location'], row: { location: '', isOutlier: false } })
  if (placeless.kind === 'row') t.notOk('easting' in placeless.row)
  t.match(makeReader({ areaOf: () => undefined })({ Latitude: '54.1' }), { notes: [], row: { isOutlier: false } })
})

t.test('a category nobody knows is kept as it calls itself, and counted', async t => {
  t.match(makeReader()({ 'Crime type': 'Hate crime' }), {
    notes: ['unknown-category'],
    row: { category: 'hate-crime' }
  })
})

t.test('rows without an id have keys of their own, the same each time the file is read', async t => {
  const asb = { 'Crime ID': '', 'Crime type': 'Anti-social behaviour' }
  const keysOf = () => {
    const read = makeReader()
    return [asb, asb, { ...asb, Location: 'On or near Other Row' }, {}, {}].map(row => {
      const made = read(row)
      return made.kind === 'row' ? made.row.recordKey : made.reason
    })
  }
  const keys = keysOf()
  t.equal(new Set(keys).size, keys.length)
  t.same(keysOf(), keys)
  t.match(keys, [/^row-[0-9a-f]{32}$/, `${keys[0]}#2`, /^row-/, 'abc', 'abc#2'])
})

t.test('what cannot be a crime is refused in words', async t => {
  const read = makeReader()
  for (const [wrong, reason] of [
    [{ Month: 'January' }, /Month/],
    [{ 'Reported by': 'Nobody' }, /force/],
    [{ 'Crime type': '' }, /Crime type/],
    [{ Longitude: 'x' }, /degrees/],
    [{ Longitude: '' }, /degrees/],
    [{ Latitude: '12' }, /Grid/]
  ] as const) {
    t.match(read(wrong), { kind: 'bad', reason }, JSON.stringify(wrong))
  }
})
