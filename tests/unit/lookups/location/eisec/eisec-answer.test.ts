import t from 'tap'
import { readAnswer, toFix } from '../../../../../src/lookups/location/eisec/eisec-answer.ts'
import { parsePdu, type QueryAnswer } from '../../../../../src/lookups/location/eisec/eisec-pdu.ts'

/** The columns written out, so that no code of ours says where they are. */
const MOBILE = {
  //  1234567890123456789012345678901234567890123456789012345 6
  NA: '*MOB* Example Mb01 202611261402090 1 Data Available   5 ',
  AA: '    451234     201987    120    45',
  AB: '  95   47.5OSGB36     112 270 30'
}

function answerOf(texts: Readonly<Record<string, string>>): ReturnType<typeof readAnswer> {
  const body = Object.entries(texts).map(([tag, text]) => `${tag}${String(text.length).padStart(3, '0')}${text}`)
  const read = parsePdu(`QP07${body.join('')}`)
  return readAnswer(read.kind === 'pdu' ? (read.pdu as QueryAnswer) : { fields: [] })
}

t.test('a mobile is an ellipse in the National Grid, and an angle keeps its half degree', async t => {
  const answer = answerOf({ ...MOBILE, AC: 'Handset fix' })
  t.same(answer, {
    kind: 'mobile',
    network: 'Example Mb',
    stateText: 'Data Available',
    isSearching: false,
    askAgainSeconds: 5,
    ellipse: {
      easting: 451_234,
      northing: 201_987,
      semiMajorMetres: 120,
      semiMinorMetres: 45,
      confidence: 95,
      orientationDegrees: 47.5,
      altitudeMetres: 112,
      direction: 270,
      speed: 30
    },
    lines: ['Handset fix']
  })
  t.same(toFix(answer), {
    source: 'eisec',
    shape: 'ellipse',
    grid: { easting: 451_234, northing: 201_987 },
    radiusMetres: 120,
    semiMajorMetres: 120,
    semiMinorMetres: 45,
    orientationDegrees: 47.5,
    confidence: 95,
    altitudeMetres: 112,
    address: 'Handset fix'
  })
})

t.test('while the service searches, what it gives is the cell, and it says when to ask again', async t => {
  const NA = MOBILE.NA.replace('Data Available   5 ', 'Searching       015')
  const answer = answerOf({ ...MOBILE, NA, AA: '    451234     201987   2000  2000' })
  t.match(answer, { isSearching: true, askAgainSeconds: 15 })
  t.match(toFix(answer), { shape: 'circle', radiusMetres: 2_000, method: 'Cell' })
  t.equal(toFix(answer)?.semiMajorMetres, undefined)
})

t.test('no place yet is no fix, and blank columns mean that nothing more will come', async t => {
  const answer = answerOf({ NA: MOBILE.NA.slice(0, 37).concat('Searching') })
  t.match(answer, { isSearching: true, askAgainSeconds: 0 })
  t.equal(toFix(answer), undefined)
})

t.test('a vehicle that calls by itself is told from a mobile', async t => {
  const answer = answerOf({ ...MOBILE, NA: MOBILE.NA.replace('*MOB*', '*TMS*') })
  t.match(answer, { kind: 'telematics', ellipse: {} })
  t.match(toFix(answer), { method: 'Telematics', shape: 'ellipse' })
})

t.test('a place that cannot be one is never drawn', async t => {
  const places = {
    'off the grid': { AA: '   9451234     201987    120    45' },
    'no number': { AA: '    4512x4     201987    120    45' },
    'no extent': { AA: '    451234     201987' },
    'another datum': { AB: '  95   47.5WGS84      112 270 30' }
  }
  for (const [name, place] of Object.entries(places)) {
    const answer = answerOf({ ...MOBILE, ...place })
    t.match(answer, { unreadable: /Its place/ }, name)
    t.equal(toFix(answer), undefined, name)
  }
})

t.test('axes that stand the other way round are put right, without an angle that nobody can be sure of', async t => {
  const answer = answerOf({ ...MOBILE, AA: '    451234     201987     45   120' })
  t.match(toFix(answer), { semiMajorMetres: 120, semiMinorMetres: 45 })
  t.equal(toFix(answer)?.orientationDegrees, undefined)
})

t.test('a fixed line has its subscriber, its address and the postcode of the last line', async t => {
  const answer = answerOf({ NA: 'A PERSON', AA: '1  EXAMPLE ROAD', AB: 'ANYTOWN', AC: 'zz999zz' })
  t.same(answer, {
    kind: 'fixed',
    name: 'A PERSON',
    lines: ['1 EXAMPLE ROAD', 'ANYTOWN', 'zz999zz'],
    postcode: 'ZZ99 9ZZ',
    isKiosk: false
  })
  t.same(toFix(answer), {
    source: 'eisec',
    shape: 'civic',
    address: 'A PERSON, 1 EXAMPLE ROAD, ANYTOWN, zz999zz',
    postcode: 'ZZ99 9ZZ'
  })
  t.equal(toFix(answerOf({})), undefined)
})

t.test('a call box is told from a house', async t => {
  const answer = answerOf({ NA: 'KIOSK 01632960123', AA: 'HIGH STREET', AB: 'ANYTOWN', AC: 'ZZ99 9ZZ' })
  t.match(answer, { isKiosk: true })
  t.match(toFix(answer), { method: 'Call box', postcode: 'ZZ99 9ZZ' })
})

t.test('control characters and marks that turn text round do not reach a screen', async t => {
  t.match(answerOf({ NA: 'A\u202ePER\u0007SON' }), { name: 'APERSON' })
})
