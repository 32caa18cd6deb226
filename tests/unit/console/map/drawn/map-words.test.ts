import t from 'tap'
import {
  areaWords,
  awayWords,
  crimeWords,
  elsewhereWords,
  incidentWords,
  mainWords,
  offeredWords,
  scaleOf,
  scaleWords,
  undrawnWords,
  unplacedWords
} from '../../../../../src/console/map/drawn/map-words.ts'
import type { MapFix } from '../../../../../src/console/map/drawn/shown-on-map.ts'
import { groundWords, SCHEMATIC, sourceWords } from '../../../../../src/console/map/map-source.ts'
import { panelOf } from '../../../../support/pop-words.ts'

const HERE = { easting: 450_000, northing: 200_000 }
const NOTHING = { crimes: [], incidents: [], unplaced: 0 }

function fixAt(over: Partial<MapFix> = {}): MapFix {
  const fields = { radiusMetres: 12, confidence: 95, gridReference: 'SU 50000 00000' }
  const item = { kind: 'fix', title: 'Within 12 m', fields }
  return { ...HERE, id: 'a', isConfirmed: false, radiusMetres: 12, item, ...over }
}

t.test('how far and which way, in words that are said to a unit', async t => {
  const from = (east: number, north: number) =>
    awayWords({ easting: HERE.easting + east, northing: HERE.northing + north }, HERE, 'it')
  t.equal(from(0, 340), '340 m north of it')
  t.equal(from(300, 300), '424 m north-east of it')
  t.equal(from(0, -2_000), '2.0 km south of it')
  t.equal(from(-10, 1), '10 m west of it')
  t.equal(from(-200, -200), '283 m south-west of it')
  t.equal(from(-1, 300), '300 m north of it', 'a hair west of north is north')
  t.equal(from(2, 2), 'at it')
})

t.test('a place is never said without how far off it may be', async t => {
  t.equal(areaWords(fixAt()), 'Within 12 m, 95 % sure, SU 50000 00000')
  const ellipse = { majorMetres: 400, minorMetres: 100, degrees: 0 }
  t.equal(areaWords(fixAt({ ellipse })), 'Within an ellipse of 400 m by 100 m, 95 % sure, SU 50000 00000')
  t.equal(areaWords(fixAt({ outline: [] })), 'Within the area drawn, 95 % sure, SU 50000 00000')
  const { radiusMetres: _, ...point } = fixAt({ item: { kind: 'fix', title: 'Point' } })
  t.equal(areaWords(point), 'Accuracy not told, No area is told, so none is drawn')
})

t.test('which place it is: confirmed, best, none; and the better one with its distance', async t => {
  t.equal(mainWords(NOTHING), 'No call is open')
  t.equal(mainWords({ ...NOTHING, call: 'c' }), undefined, 'that has words of its own')
  t.match(mainWords({ ...NOTHING, call: 'c', main: fixAt() }), /^Best place so far: Within 12 m/)
  t.match(mainWords({ ...NOTHING, call: 'c', main: fixAt({ isConfirmed: true }) }), /^Confirmed place: /)
  t.equal(offeredWords(NOTHING), undefined)
  const offered = fixAt({ northing: HERE.northing + 158 })
  t.match(offeredWords({ ...NOTHING, main: fixAt(), offered }), /, 158 m north of the confirmed place$/)
  t.match(offeredWords({ ...NOTHING, offered }), /SU 50000 00000$/)
})

t.test('rule 4: what is not drawn says why in the words of its panel, and no two reasons sound alike', async t => {
  const states = [
    undefined,
    panelOf(1, 'crimes', { status: 'none', items: [] }),
    panelOf(1, 'crimes', { status: 'failed', items: [] }),
    panelOf(1, 'crimes', { status: 'late', items: [] }),
    panelOf(1, 'crimes', { status: 'not-asked', why: 'breaker-open', items: [] }),
    panelOf(1, 'crimes', { status: 'not-asked', why: 'no-place', items: [] }),
    panelOf(1, 'crimes', { items: [] })
  ]
  const said = states.map(panel => {
    const asked = { location: panel, crimes: panel, 'incidents-nearby': panel }
    return undrawnWords({ ...NOTHING, call: 'c', asked })
  })
  for (const three of said) {
    t.same(
      three.map(each => each.of),
      ['location', 'crimes', 'incidents-nearby']
    )
  }
  for (const at of [0, 1, 2]) t.equal(new Set(said.map(three => three[at]?.text)).size, states.length)
  t.match(said[0]?.[1], { status: 'pending', text: 'No crimes are drawn. Being looked up.', isTrouble: false })
  t.match(said[2]?.[2], { text: /^No incidents are drawn\. .*There may be something\.$/, isTrouble: true })
  t.match(said[1]?.[0], { text: /^No place of the caller is drawn\. Asked: /, isTrouble: false })
  t.equal(said[4]?.[1]?.isTrouble, true)
  t.same(undrawnWords(NOTHING), [], 'of no call nothing was asked')
  const asked = { location: states[2], crimes: states[2], 'incidents-nearby': states[2] }
  const drawn = undrawnWords({ ...NOTHING, call: 'c', asked, main: fixAt(), unplaced: 1 })
  t.same(
    drawn.map(each => each.of),
    ['crimes'],
    'what is drawn, or counted, speaks for itself'
  )
})

t.test('own and published crimes are two counts; an incident has its letter, and one at no place is told', async t => {
  const spot = (count: number, isPublished: boolean) => ({ ...HERE, count, isPublished })
  t.same(crimeWords([spot(9, true), spot(4, true), spot(1, false)]), [
    { isPublished: false, text: '1 crime at 1 point, 12 months' },
    { isPublished: true, text: '13 published crimes at the 2 points with most, 12 months' }
  ])
  t.same(crimeWords([]), [])
  const item = { kind: 'linked', title: 'Fire', fields: { reference: 'T-7' } }
  const fire = { ...HERE, letter: 'A', isLinked: true, item }
  t.equal(incidentWords(fire, {}), 'A: Fire, T-7, linked')
  t.equal(
    incidentWords({ ...fire, isLinked: false, item: { ...item, fields: {} }, easting: 450_300 }, { main: fixAt() }),
    'A: Fire, maybe the same, 300 m east of the caller’s place'
  )
  const incident = fixAt({ easting: 452_000 })
  t.match(incidentWords(fire, { main: fixAt(), incident }), /2\.0 km west of the incident’s place$/)
  t.match(elsewhereWords({ ...NOTHING, main: fixAt(), incident }), /^Incident: .*2\.0 km east of the caller’s place$/)
  t.equal(elsewhereWords({ ...NOTHING, main: fixAt() }), undefined)
  t.same([0, 1, 2].map(unplacedWords), [
    undefined,
    '1 incident is at no known place',
    '2 incidents are at no known place'
  ])
})

t.test('the bar of the scale is a round length and never longer than its room', async t => {
  for (const metresPerPixel of [0.25, 0.8, 1, 3.7, 12, 99, 400, 800]) {
    const { metres, pixels } = scaleOf(metresPerPixel, 120)
    t.ok(pixels <= 120 && pixels >= 40, `${pixels} pixels`)
    t.equal(metres / pixels, metresPerPixel)
    t.match(scaleWords(metres), /^[125]0* k?m$/)
  }
})

t.test('what the ground is, is always said, and that the schematic is no map', async t => {
  t.equal(sourceWords(SCHEMATIC), 'Schematic – not for navigation')
  t.equal(sourceWords({ ...SCHEMATIC, attribution: '© A force' }), 'Schematic – not for navigation. © A force')
  t.equal(sourceWords({ ...SCHEMATIC, kind: 'xyz', attribution: '© A survey' }), '© A survey')
  t.equal(sourceWords({ ...SCHEMATIC, kind: 'topojson' }), 'Base map of the force')
  t.match(groundWords(SCHEMATIC, 1), /^Too near for the schematic/)
  t.equal(groundWords(SCHEMATIC, 20), undefined)
  t.equal(groundWords(SCHEMATIC), undefined)
  t.equal(groundWords({ ...SCHEMATIC, kind: 'xyz' }, 1), undefined)
})
