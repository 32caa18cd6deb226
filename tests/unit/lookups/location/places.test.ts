import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { HELMERT_GRID, metresBetween } from '../../../../src/grid/national-grid.ts'
import { describePlace, PLAIN_GAZETTEER, placeFix } from '../../../../src/lookups/location/gazetteer.ts'
import { makeLocationLookup } from '../../../../src/lookups/location/location-lookup.ts'
import { loadPlaces } from '../../../../src/lookups/location/places.ts'
import { postcodeIn } from '../../../../src/lookups/location/postcodes.ts'
import { toPanel } from '../../../../src/pop/panel.ts'
import { anOffer, callAfter } from '../../../support/call-events.ts'
import { makeRandom, runSeed } from '../../../support/random.ts'

const codes = '"E92000001","E19000002","E18000009","E10000025","E07000178","E05013111"'
const postcode = (text: string, easting: number, northing: number, quality = 10) =>
  `"${text}",${quality},${easting},${northing},${codes}`
const name = (id: string, name: string, kind: string, easting: number, northing: number, more: Partial<Name> = {}) => {
  const { other = '', type = 'populatedPlace', district = '', county = '' } = more
  const before = [id, `http://example.test/${id}`, name, '', other, '', type, kind, easting, northing, 7_000, 250_000]
  return [...before, 0, 0, 0, 0, 'XX1', '', '', '', '', district, '', '', county, '', '', '', 'England'].join(',')
}
interface Name {
  readonly other: string
  readonly type: string
  readonly district: string
  readonly county: string
}

const POSTCODES = [
  postcode('XX1 1AA', 450_000, 200_000),
  postcode('XX1 1AB', 450_100, 200_000),
  postcode('XX11AD', 450_000, 200_200),
  postcode('XX1 1AE', 450_000, 200_400),
  postcode('XX1 9ZZ', 451_500, 200_000, 50),
  postcode('XX9 9ZZ', 0, 0, 90)
]
const NAMES = [
  name('a1', 'Inventham', 'Village', 450_050, 200_050, { district: 'Made-up Vale', county: 'Fableshire' }),
  name('a2', '"Upper, Inventham"', 'Hamlet', 452_000, 200_000, { county: 'Fableshire' }),
  name('a3', 'Inventham Road', 'Named Road', 450_001, 200_001, { type: 'transportNetwork' }),
  name('a4', 'Llanfable', 'Town', 455_000, 200_000, { other: 'Fableton' })
]

t.test('the nearest postcode and place are said with their distance; roads and other names are no places', async t => {
  const folder = t.testdir({
    postcodes: { 'xx.csv': POSTCODES.join('\r\n'), 'readme.txt': 'not read', Doc: { 'heads.csv': 'PC,PQ' } },
    names: { 'SP00.csv.gz': gzipSync(`\ufeff${NAMES.join('\n')}\n`), 'SP01.csv': NAMES.slice(0, 1).join('\n') }
  })
  const folders = { codePointOpen: join(folder, 'postcodes'), openNames: join(folder, 'names') }
  const { places, ...counts } = await loadPlaces(folders)
  t.same(counts, { files: 3, postcodes: 5, names: 3, notRead: 0, withoutPosition: 1, faults: [] })
  t.same(places.nearest({ easting: 450_090, northing: 200_000 }), {
    postcode: { postcode: 'XX1 1AB', metres: 10 },
    place: { name: 'Inventham', kind: 'Village', within: 'Made-up Vale', metres: Math.hypot(40, 50) }
  })
  t.match(places.nearest({ easting: 452_000, northing: 200_003 }), {
    postcode: { postcode: 'XX1 9ZZ' },
    place: { name: 'Upper, Inventham', kind: 'Hamlet', within: 'Fableshire', metres: 3 }
  })
  t.match(places.nearest({ easting: 455_010, northing: 200_000 }).place, { name: 'Llanfable (Fableton)' })
  t.same(places.nearest({ easting: 500_000, northing: 400_000 }), {}, 'nothing within 20 km is near')
  t.same(places.nearest({ easting: -5, northing: Number.NaN }), {})
})

t.test('a postcode is found however it is written, with the extent its neighbours leave it', async t => {
  const folder = t.testdir({ 'xx.csv': POSTCODES.join('\n') })
  const { places } = await loadPlaces({ codePointOpen: folder })
  t.same(places.centreOf('XX1 1AA'), { postcode: 'XX1 1AA', easting: 450_000, northing: 200_000, radiusMetres: 400 })
  t.match(places.centreOf(' xx11ad '), { postcode: 'XX1 1AD', northing: 200_200 })
  t.match(places.centreOf('XX1 9ZZ'), { radiusMetres: 1_513 }, 'one whose place is not well known is at least 1 km')
  for (const text of ['XX9 9ZZ', 'XX1 1ZZ', 'YY1 1AA', '', 'somewhere', '€€€'])
    t.equal(places.centreOf(text), undefined)
  t.equal(postcodeIn('1 Invented Row, XX2 2AA Nowhere, xx1 1aa'), 'XX1 1AA', 'an address ends with it')
  t.equal(postcodeIn('1 Invented Row'), undefined)
})

t.test('the address of a fixed line becomes a fix by its postcode; a fix of a mobile stays what it is', async t => {
  const folder = t.testdir({ 'xx.csv': POSTCODES.join('\n') })
  const { places } = await loadPlaces({ codePointOpen: folder })
  const gazetteer = { grid: HELMERT_GRID, places }
  const line = { source: 'eisec', shape: 'civic', address: '1 Invented Row, Inventham, XX1 1AA' } as const
  const placed = placeFix(line, gazetteer)
  t.match(placed, {
    ...{ source: 'address', shape: 'circle', address: line.address, postcode: 'XX1 1AA', method: 'Postcode, eisec' },
    ...{ grid: { easting: 450_000, northing: 200_000 }, radiusMetres: 400, confidence: undefined }
  })
  t.ok(
    metresBetween(
      HELMERT_GRID.toGrid({ latitude: 0, longitude: 0, ...placed }) ?? { easting: 0, northing: 0 },
      placed.grid ?? { easting: 9, northing: 9 }
    ) < 0.001
  )
  t.same(describePlace(placed, gazetteer), {
    gridReference: 'SP 50000 00000',
    postcode: { postcode: 'XX1 1AA', metres: 0 }
  })
  t.equal(placeFix(line, PLAIN_GAZETTEER), line, 'without the file it stays an address')
  const mobile = { source: 'eisec', shape: 'ellipse', grid: { easting: 450_100, northing: 200_000 } } as const
  t.match(placeFix(mobile, gazetteer), { ...mobile, latitude: Number, longitude: Number })
  const france = { source: 'aml', shape: 'point', latitude: 48.85, longitude: 2.35 } as const
  t.equal(placeFix(france, gazetteer), france)
  t.same(describePlace(france, gazetteer), {})
})

t.test('an area has its corners on the grid too; one that leaves the grid has none of them', async t => {
  const corner = (easting: number, northing: number) => {
    const place = HELMERT_GRID.toLatLon({ easting, northing })
    return [place?.latitude ?? 0, place?.longitude ?? 0] as const
  }
  const corners = [corner(450_000, 200_000), corner(450_300, 200_000), corner(450_300, 200_200)]
  const [latitude, longitude] = corner(450_200, 200_070)
  const area = { source: 'pidf-lo', shape: 'polygon', latitude, longitude, radiusMetres: 250 } as const
  const placed = placeFix({ ...area, corners }, PLAIN_GAZETTEER)
  t.same(
    placed.gridCorners?.map(({ easting, northing }) => [Math.round(easting), Math.round(northing)]),
    [
      [450_000, 200_000],
      [450_300, 200_000],
      [450_300, 200_200]
    ]
  )
  t.equal(placeFix({ ...area, corners: [...corners, [48.8, 2.3]] }, PLAIN_GAZETTEER).gridCorners, undefined)
})

t.test('the handler reads the nearest postcode and place beside the network’s fix', async t => {
  const folder = t.testdir({ postcodes: { 'xx.csv': POSTCODES.join('\n') }, names: { 'SP00.csv': NAMES.join('\n') } })
  const { places } = await loadPlaces({ codePointOpen: join(folder, 'postcodes'), openNames: join(folder, 'names') })
  const here = HELMERT_GRID.toLatLon({ easting: 450_090.5, northing: 200_000.5 })
  const lookup = makeLocationLookup({
    ...{ addressOnRecord: async () => undefined, askHeld: async () => ({ kind: 'late' }), deadlineMs: 1_000 },
    ...{ onFault: () => t.fail('a document that can be read'), gazetteer: () => ({ grid: HELMERT_GRID, places }) }
  })
  const locationDocument = `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
    xmlns:gml="http://www.opengis.net/gml"><tuple><gp:geopriv><gml:Point><gml:pos>${here?.latitude} ${here?.longitude}
    </gml:pos></gml:Point></gp:geopriv></tuple></presence>`
  const call = callAfter(anOffer({ locationDocument }))
  const outcome = await lookup.ask(call, new AbortController().signal)
  const { items } = toPanel({ lookup, outcome, tookMs: 1 }, call)
  const [fix] = items
  t.match(fix?.fields, { gridReference: 'SP 50090 00000', nearPostcode: 'XX1 1AB', nearPostcodeMetres: 10 })
  t.match(JSON.stringify(fix?.fields), /Inventham/)
})

t.test('what cannot be read is told and left out, and loading can be stopped', async t => {
  const folder = t.testdir({
    'a.csv': `${POSTCODES.join('\n')}\nnot a postcode,10,1,2\n"XX1 1AF",10,900000,5\n"XX1 1AG",10,,`,
    'b.csv.gz': 'not packed',
    'c.csv': 'x'.repeat(300_000),
    empty: {}
  })
  const loaded = await loadPlaces({ codePointOpen: folder, openNames: join(folder, 'empty') })
  t.match(loaded, { postcodes: 5, names: 0, notRead: 3, files: 1 })
  t.same(
    loaded.faults.map(({ path, reason }) => [path.slice(folder.length), reason]),
    [
      ['/b.csv.gz', 'incorrect header check'],
      ['/c.csv', 'a line of more than 4096 characters'],
      ['/empty', 'no .csv or .csv.gz in it']
    ]
  )
  const none = await loadPlaces({ openNames: join(folder, 'none') })
  t.match(none.faults, [{ reason: /ENOENT/ }])
  t.same(none.places.nearest({ easting: 450_000, northing: 200_000 }), {})
  await t.rejects(loadPlaces({ codePointOpen: folder }, AbortSignal.abort(new Error('stopped'))), /stopped/)
})

t.test('the search finds what a look at every point finds', async t => {
  const seed = runSeed()
  t.comment(`seed: ${seed}`)
  const random = makeRandom(seed)
  const points = Array.from({ length: 3_000 }, () => ({
    easting: 400_000 + random.below(60_000),
    northing: 100_000 + random.below(60_000)
  }))
  const letter = (value: number) => String.fromCharCode(65 + (value % 26))
  const text = (at: number) => `X${letter(at)}${(at % 9) + 1} ${at % 10}${letter(at / 26)}${letter(at / 676)}`
  const rows = points.map(({ easting, northing }, at) => postcode(text(at), easting, northing))
  const { places } = await loadPlaces({ codePointOpen: t.testdir({ 'x.csv': rows.join('\n') }) })
  let same = 0
  for (let run = 0; run < 1_000; run += 1) {
    const here = { easting: 395_000 + random.below(70_000), northing: 95_000 + random.below(70_000) }
    const nearest = Math.min(...points.map(point => metresBetween(point, here)))
    const found = places.nearest(here).postcode?.metres
    if (found !== undefined && Math.abs(found - nearest) < 1e-9) same += 1
    else return t.fail(`seed ${seed}`, { here, nearest, found })
  }
  t.equal(same, 1_000)
})
