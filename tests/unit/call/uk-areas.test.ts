import t from 'tap'
import { AREA_CODES, areaOf } from '../../../src/call/uk-areas.ts'

/** A national number in this area, as far as its area tells; the rest of it is nobody's. */
const inArea = (code: string) => areaOf(code.padEnd(10, '0'))

t.test('a fixed line says where it is, by the longest code that fits', async t => {
  const cases: [string, string | undefined][] = [
    ['1865', 'Oxford'],
    ['1962', 'Winchester'],
    ['1983', 'Isle of Wight'],
    ['118', 'Reading'],
    ['121', 'Birmingham'],
    ['20', 'London'],
    ['238', 'Southampton'],
    ['239', 'Portsmouth'],
    ['29', 'Cardiff'],
    ['2890', 'Belfast'],
    ['2899', 'Northern Ireland'],
    ['1539', 'Kendal'],
    ['15394', 'Hawkshead'],
    ['1913', 'Durham'],
    ['1910', 'Tyneside, Durham or Sunderland'],
    ['1229', 'Barrow-in-Furness or Millom'],
    ['1534', 'Jersey'],
    ['1632', undefined],
    ['3000', undefined],
    ['7700', undefined]
  ]
  for (const [code, area] of cases) t.equal(inArea(code), area, code)
  t.equal(areaOf(''), undefined)
})

t.test('every code is a geographic one and has a place that can be read', async t => {
  t.equal(AREA_CODES.size, 657)
  for (const [code, place] of AREA_CODES) {
    if (!/^[12]\d{1,4}$/.test(code) || !/^[\p{L}][\p{L} ,.’-]{1,40}$/u.test(place)) t.fail(`${code} ${place}`)
    if (inArea(code) !== place) t.fail(`${code} is hidden by a longer one`)
  }
  const digits = new Set([...AREA_CODES.keys()].map(code => code.slice(0, 2)))
  t.same([...digits].sort(), ['11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '23', '24', '28', '29'])
})
