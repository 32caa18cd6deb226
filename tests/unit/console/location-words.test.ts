import t from 'tap'
import { fixWords, toDistance } from '../../../src/console/location-words.ts'

t.test('a fix of the network says how far off it may be and how sure it is', async t => {
  t.same(
    fixWords({
      kind: 'fix',
      title: 'Within 18 m of 51.45600, -0.97300',
      fields: { source: 'pidf-lo', latitude: 51.456, longitude: -0.973, radiusMetres: 18.4, confidence: 95 }
    }),
    {
      title: 'Within 18 m of 51.45600, -0.97300',
      coordinates: '51.45600, -0.97300',
      accuracy: 'Within 18 m, 95 % sure',
      source: 'Sent by the network with the call'
    }
  )
})

t.test('an address on record is not taken for where the caller is', async t => {
  const words = fixWords({
    kind: 'fix',
    title: '4 Harrier Way',
    fields: { source: 'address on record', latitude: 51, longitude: -1 }
  })
  t.match(words.accuracy, /may be elsewhere/)
})

t.test('a place without a radius does not look exact, and one without coordinates has none to copy', async t => {
  t.equal(
    fixWords({ kind: 'fix', title: 'x', fields: { source: 'pidf-lo', latitude: 51, longitude: -1 } }).accuracy,
    'Accuracy not told'
  )
  t.equal(fixWords({ kind: 'fix', title: 'x' }).coordinates, undefined)
  t.equal(fixWords({ kind: 'fix', title: 'x', fields: { source: 'pigeon' } }).source, 'pigeon')
})

t.test('metres become kilometres', async t => {
  t.same([17.6, 850, 2_840].map(toDistance), ['18 m', '850 m', '2.8 km'])
})
