import t from 'tap'
import { type Gazetteer, PLAIN_GAZETTEER } from '../../../../src/lookups/location/gazetteer.ts'
import { readTypedPlaces } from '../../../../src/lookups/location/typed-place.ts'

/** One postcode and no place names. */
const gazetteer: Gazetteer = {
  ...PLAIN_GAZETTEER,
  places: {
    ...PLAIN_GAZETTEER.places,
    centreOf: postcode =>
      postcode.replace(' ', '') === 'OX11AA'
        ? { postcode: 'OX1 1AA', easting: 451_250, northing: 206_050, radiusMetres: 120 }
        : undefined
  }
}
const read = (text: string) => readTypedPlaces(text, gazetteer)

t.test('one place, however it is written', async t => {
  const same = [
    '51.752, -1.2577',
    ' 51.752 -1.2577 ',
    '51.752N 1.2577W',
    '51.752° N, 1.2577° W',
    `51° 45' 7.2" N, 1° 15' 27.7" W`,
    '51 45.12 N 1 15.462 W',
    'SP 51338 06183',
    'sp5133806183',
    '451338, 206183',
    '451338 206183'
  ]
  for (const text of same) {
    const [fix, ...others] = read(text)
    t.same(others, [], text)
    t.match(fix, { source: 'typed', shape: 'circle' }, text)
    const { easting = 0, northing = 0 } = fix?.grid ?? {}
    t.ok(Math.hypot(easting - 451_338, northing - 206_183) < 12, `${text}: ${easting}, ${northing}`)
    t.ok(Math.abs((fix?.latitude ?? 0) - 51.752) < 0.0002 && Math.abs((fix?.longitude ?? 0) + 1.2577) < 0.0002, text)
  }
})

t.test('it is as sure as its words are exact', async t => {
  const radius = (text: string) => read(text)[0]?.radiusMetres ?? 0
  t.equal(radius('SP 51338 06183'), 1)
  t.equal(radius('SP 513 061'), 71, 'a square of 100 m')
  t.equal(radius('SP 5 0'), 7_071)
  t.ok(radius('51.752, -1.257') > radius('51.7520, -1.2577'))
  t.ok(radius('51 45 N 1 15 W') > radius('51 45 7 N 1 15 27 W'))
  t.match(read('SP 5 0')[0]?.grid, { easting: 455_000, northing: 205_000 }, 'the middle of the square')
})

t.test('an address with a postcode lies around its middle, and keeps its words', async t => {
  t.match(read('12 High Street, Oxford, OX1 1AA'), [
    {
      ...{ source: 'typed', method: 'Postcode', radiusMetres: 120, postcode: 'OX1 1AA' },
      address: '12 High Street, Oxford, OX1 1AA'
    }
  ])
  t.same(read('12 High Street, OX9 9ZZ'), [], 'that no file knows')
})

t.test('what lies outside of Britain, or is no place, is none', async t => {
  for (const text of [
    '',
    'High Street',
    '48.8584, 2.2945',
    '151.2, 33.8',
    '91, 0',
    '07700 900123',
    'ZZ 1 1',
    '9 9',
    '\u0007'
  ])
    t.same(read(text), [], text)
  t.same(read('5'.repeat(10_000)), [])
})
