import t from 'tap'
import { HELMERT_GRID } from '../../../../src/grid/national-grid.ts'
import { monthOf } from '../../../../src/lookups/crime-months.ts'
import {
  parseMonth,
  parseNumber,
  parseOptionalTime,
  parsePlace,
  parseTime
} from '../../../../src/records/import/record-values.ts'

t.test('a time has its zone, a date is its first moment', async t => {
  const at = (text: string) => parseTime('made_at', text)
  t.same(at('2026-03-01T14:05:00Z'), { kind: 'read', value: Date.UTC(2026, 2, 1, 14, 5) })
  t.same(at('2026-07-01 14:05:00.25+01:00'), { kind: 'read', value: Date.UTC(2026, 6, 1, 13, 5, 0, 250) })
  t.same(at('2026-07-01T14:05+0100'), { kind: 'read', value: Date.UTC(2026, 6, 1, 13, 5) })
  t.same(at('2026-03-01'), { kind: 'read', value: Date.UTC(2026, 2, 1) })
  for (const text of [
    '2026-03-01T14:05:00',
    '01/03/2026',
    '2026-02-30',
    '2026-13-01',
    '2026-03-01T25:00:00Z',
    '1850-01-01',
    '2150-01-01',
    ''
  ]) {
    t.match(at(text), { kind: 'bad', reason: /^made_at / }, text)
  }
  t.same(parseOptionalTime('x', undefined), { kind: 'read', value: undefined })
  t.match(parseOptionalTime('x', 'soon'), { kind: 'bad' })
})

t.test('a number is one that can be rung', async t => {
  t.same(parseNumber('number', '07700 900123'), { kind: 'read', value: '+447700900123' })
  t.match(parseNumber('numbers.1.number', 'ex-directory'), { kind: 'bad', reason: /^numbers.1.number / })
})

t.test('a place is one pair of figures on the grid, or none', async t => {
  const place = (columns: Parameters<typeof parsePlace>[1]) => parsePlace('the crime', columns, HELMERT_GRID)
  t.same(place({}), { kind: 'read', value: {} })
  const read = place({ latitude: 51.4543, longitude: -0.9781 })
  t.match(read, { kind: 'read', value: { latitude: 51.4543, longitude: -0.9781 } })
  if (read.kind === 'read')
    t.match(place({ ...read.value.point }), { kind: 'read', value: { point: read.value.point } })
  for (const wrong of [
    { latitude: 51 },
    { northing: 5 },
    { latitude: 48.8566, longitude: 12.35 },
    { easting: 700_000, northing: 5 },
    { latitude: 51.4, longitude: -0.9, easting: 471_500, northing: 173_500 }
  ]) {
    t.match(place(wrong), { kind: 'bad', reason: /^the crime / }, JSON.stringify(wrong))
  }
})

t.test('months are days since 1970', async t => {
  t.equal(parseMonth('2025-01'), Date.UTC(2025, 0, 1) / 86_400_000)
  t.equal(monthOf(Date.UTC(2025, 0, 31, 23)), parseMonth('2025-01'))
  for (const text of ['2025-13', '2025-00', '25-01', '1800-01', '2200-01']) t.equal(parseMonth(text), undefined, text)
})
