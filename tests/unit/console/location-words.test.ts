import t from 'tap'
import {
  elsewhereWords,
  fixWords,
  movedWords,
  placeNews,
  placesShown,
  setWords,
  statusWords,
  toConfirm,
  toDistance
} from '../../../src/console/location-words.ts'
import type { Panel } from '../../../src/pop/pop.ts'
import { panelOf } from '../../support/pop-words.ts'

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

/** A panel of fixes in the order of the gateway, each as standing and id. */
function panelWith(...fixes: readonly (readonly [standing: string, id: string, radiusMetres: number])[]): Panel {
  return panelOf(1, 'location', {
    items: fixes.map(([standing, id, radiusMetres], at) => ({
      kind: 'fix',
      title: id,
      fields: { standing, id, radiusMetres, source: 'aml', easting: 449_000 + at * 300, northing: 197_000 + at * 400 }
    }))
  })
}

t.test('what F4 means: the place that is offered, else the best, and nothing that is confirmed already', async t => {
  t.equal(toConfirm(panelWith(['confirmed', 'a', 900], ['other', 'b', 50], ['offered', 'c', 12])), 'c')
  t.equal(toConfirm(panelWith(['best', 'a', 900], ['other', 'b', 2_000])), 'a')
  t.equal(toConfirm(panelWith(['confirmed', 'a', 900], ['other', 'b', 2_000])), undefined)
  t.equal(toConfirm(undefined), undefined)
})

t.test('the head of the panel says what its place is worth', async t => {
  const status = (panel: Panel) => statusWords(placesShown(panel))
  t.equal(status(panelWith(['confirmed', 'a', 900], ['offered', 'c', 12])), 'Better place offered')
  t.equal(status(panelWith(['confirmed', 'a', 900])), 'Confirmed')
  t.equal(status(panelWith(['best', 'a', 900])), 'Located')
  const searching = { kind: 'source', title: 'EISEC: searching for the phone', fields: { state: 'searching' } }
  t.equal(status(panelOf(1, 'location', { items: [searching] })), 'Searching')
  const cell = { kind: 'fix', title: 'x', fields: { source: 'eisec', approximate: true, radiusMetres: 1_200 } }
  t.equal(status(panelOf(1, 'location', { items: [cell] })), 'Cell only')
  t.equal(fixWords(cell).accuracy, 'Within 1.2 km (cell)')
})

t.test('a reader hears of a better place and of what was confirmed, and not of the same again', async t => {
  const cell = panelWith(['best', 'a', 2_000])
  const better = panelWith(['best', 'b', 12], ['other', 'a', 2_000])
  t.match(placeNews(cell, better), /^Better place: Within 12 m, Sent by the phone itself/)
  t.equal(placeNews(undefined, cell), undefined, 'the first is the panel itself')
  t.equal(placeNews(better, better), undefined)
  const confirmed = panelWith(['confirmed', 'a', 2_000])
  t.match(placeNews(cell, confirmed), /^Place confirmed: Within 2\.0 km/)
  const offered = panelWith(['confirmed', 'a', 2_000], ['offered', 'b', 12])
  t.match(placeNews(confirmed, offered), /^Better place offered: Within 12 m/)
  t.equal(placeNews(offered, offered), undefined)
  const { main, offered: fix } = placesShown(offered)
  t.equal(fix === undefined ? '' : movedWords(fix, main), '500 m from the confirmed place')
})

t.test('what lies near is said with how far off it is', async t => {
  const fields = { nearPostcode: 'OX14 3CK', nearPostcodeMetres: 35, nearPlace: 'Abingdon', nearPlaceMetres: 1_260 }
  t.equal(fixWords({ kind: 'fix', title: 'x', fields }).near, 'Near OX14 3CK (35 m), Abingdon (1.3 km)')
})

t.test('where the incident is stands beside the caller’s place and is none of its places', async t => {
  const own = panelWith(['confirmed', 'a', 12], ['other', 'b', 900])
  const fields = { id: 'typed-1', source: 'typed', easting: 449_000, northing: 199_000, setBy: 'tvp-h01', setAt: 0 }
  const item = { kind: 'incident-place', title: 'OX1 1AA', fields: { ...fields, radiusMetres: 30 } }
  const elsewhere = { ...own, items: [...own.items, item] }
  const shown = placesShown(elsewhere)
  t.same([shown.main?.title, shown.others.length, shown.notes.length, shown.incident?.title], ['a', 1, 0, 'OX1 1AA'])
  t.equal(statusWords(shown), 'Confirmed', 'what the caller’s place is worth')
  t.equal(elsewhereWords(item, shown.main), '2.0 km from the caller')
  t.equal(elsewhereWords(item, undefined), undefined)
  t.match(setWords(item), /^Set by tvp-h01, \d\d:\d\d/)
  t.match(placeNews(own, elsewhere), /^Incident elsewhere: Within 30 m/)
  t.equal(placeNews(elsewhere, elsewhere), undefined)
  t.equal(placeNews(elsewhere, own), 'The incident is where the caller is')
})
