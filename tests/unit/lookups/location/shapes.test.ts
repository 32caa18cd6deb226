import t from 'tap'
import { type Place, placeAt } from '../../../../src/lookups/location/earth.ts'
import type { LocationFix } from '../../../../src/lookups/location/location.ts'
import { readPidfLo } from '../../../../src/lookups/location/pidf-lo.ts'
import {
  arcBand,
  ellipse,
  point,
  polygon,
  presence,
  prism,
  RADIANS,
  sphere,
  tuple
} from '../../../support/pidf-text.ts'

const SPACE = 'urn:ogc:def:crs:EPSG::4979'
const reads = (info: string) => readPidfLo(presence(tuple(info)))
const fixOf = (info: string): LocationFix => {
  const read = reads(info)
  if (read.kind === 'unreadable') throw new Error(`${read.reason}: ${info}`)
  return read.fixes[0] as LocationFix
}
const OXFORD: Place = [51.752, -1.2577]
const at = `${OXFORD[0]} ${OXFORD[1]}`

/** Metres on the ellipsoid by Vincenty's inverse formula, written here so that nothing judges itself. */
function metresBetween([lat1, lon1]: Place, [lat2, lon2]: Place): number {
  const [a, f] = [6_378_137, 1 / 298.257223563]
  const b = a * (1 - f)
  const rad = Math.PI / 180
  const [u1, u2] = [Math.atan((1 - f) * Math.tan(lat1 * rad)), Math.atan((1 - f) * Math.tan(lat2 * rad))]
  const l = (lon2 - lon1) * rad
  let lambda = l
  let [sinS, cosS, s, cosSqA, cos2M] = [0, 0, 0, 0, 0]
  for (let n = 0; n < 200; n++) {
    const x = Math.cos(u2) * Math.sin(lambda)
    const y = Math.cos(u1) * Math.sin(u2) - Math.sin(u1) * Math.cos(u2) * Math.cos(lambda)
    sinS = Math.hypot(x, y)
    if (sinS === 0) return 0
    cosS = Math.sin(u1) * Math.sin(u2) + Math.cos(u1) * Math.cos(u2) * Math.cos(lambda)
    s = Math.atan2(sinS, cosS)
    const sinA = (Math.cos(u1) * Math.cos(u2) * Math.sin(lambda)) / sinS
    cosSqA = 1 - sinA * sinA
    cos2M = cosSqA === 0 ? 0 : cosS - (2 * Math.sin(u1) * Math.sin(u2)) / cosSqA
    const c = (f / 16) * cosSqA * (4 + f * (4 - 3 * cosSqA))
    const next = l + (1 - c) * f * sinA * (s + c * sinS * (cos2M + c * cosS * (-1 + 2 * cos2M * cos2M)))
    const isDone = Math.abs(next - lambda) < 1e-12
    lambda = next
    if (isDone) break
  }
  const uSq = (cosSqA * (a * a - b * b)) / (b * b)
  const bigA = 1 + (uSq / 16384) * (4096 + uSq * (-768 + uSq * (320 - 175 * uSq)))
  const bigB = (uSq / 1024) * (256 + uSq * (-128 + uSq * (74 - 47 * uSq)))
  const inner = cosS * (-1 + 2 * cos2M * cos2M)
  const last = (bigB / 6) * cos2M * (-3 + 4 * sinS * sinS) * (-3 + 4 * cos2M * cos2M)
  return b * bigA * (s - bigB * sinS * (cos2M + (bigB / 4) * (inner - last)))
}

/** Even or odd crossings of a line to the west. */
function isInside([lat, lon]: Place, corners: readonly Place[]): boolean {
  let inside = false
  for (const [n, [lat1, lon1]] of corners.entries()) {
    const [lat2, lon2] = corners[(n + 1) % corners.length] as Place
    if (lat1 > lat !== lat2 > lat && lon < ((lon2 - lon1) * (lat - lat1)) / (lat2 - lat1) + lon1) inside = !inside
  }
  return inside
}

t.test('an ellipse keeps its axes and which way it lies; its circle holds all of it', async t => {
  t.same(fixOf(ellipse(at, 120, 40, 30)), {
    ...{ source: 'pidf-lo', shape: 'ellipse', latitude: 51.752, longitude: -1.2577, radiusMetres: 120 },
    ...{ semiMajorMetres: 120, semiMinorMetres: 40, orientationDegrees: 30, confidence: 95 },
    fixedAt: Date.UTC(2026, 2, 3, 12)
  })
  const swapped = fixOf(ellipse(at, 40, 120, 300))
  t.match(swapped, { radiusMetres: 120, semiMajorMetres: 120, semiMinorMetres: 40, orientationDegrees: 30 })
  t.equal(fixOf(ellipse(at, 120, 40, -30)).orientationDegrees, 330)
  const radians = fixOf(ellipse(at, 120, 40, Math.PI / 2, RADIANS))
  t.equal(Math.round(radians.orientationDegrees ?? 0), 90)
})

t.test('a height comes along where the coordinates have one, and only there', async t => {
  t.equal(fixOf(point(`${at} 61.5`, SPACE)).altitudeMetres, 61.5)
  t.equal(fixOf(point(at, SPACE)).altitudeMetres, undefined)
  t.notOk('altitudeMetres' in fixOf(point(`${at} 61.5`)), 'in a flat system the third number is nobody’s height')
  t.match(fixOf(sphere(`${at} 26.3`, 850.24)), { shape: 'circle', altitudeMetres: 26.3, radiusMetres: 850.24 })
  const square = '51 -1 10 51 -0.99 10 51.01 -0.99 10 51.01 -1 10 51 -1 10'
  const lifted = fixOf(prism(polygon(square, { srs: SPACE }), 5))
  t.match(lifted, { shape: 'polygon', altitudeMetres: 12.5, corners: { length: 4 } })
  t.equal(fixOf(prism(sphere(`${at} 10`, 30), 4)).altitudeMetres, 12, 'any surface may be its base')
})

t.test('how many numbers make a corner: by the system, or by what the list says of itself', async t => {
  const two = '51 -1 51 -0.99 51.01 -0.99 51 -1'
  const three = '51 -1 7 51 -0.99 7 51.01 -0.99 7 51 -1 7'
  t.same(fixOf(polygon(two)).corners, [
    [51, -1],
    [51, -0.99],
    [51.01, -0.99]
  ])
  t.equal(fixOf(polygon(three, { srs: SPACE })).corners?.length, 3)
  t.equal(fixOf(polygon(three, { attributes: 'srsDimension="3"' })).corners?.length, 3)
  t.equal(fixOf(polygon(two, { srs: SPACE, attributes: 'srsDimension="2"' })).corners?.length, 3)
  t.match(reads(polygon('51 -1 51 -0.99 51.01')), { reason: 'its position is no latitude and longitude' })
})

t.test('a polygon: closed or not, in single positions, its middle inside and its circle around all of it', async t => {
  const open = fixOf(polygon('51.7 -1.3 51.7 -1.2 51.8 -1.2 51.8 -1.3'))
  const closed = fixOf(polygon('51.7 -1.3 51.7 -1.2 51.8 -1.2 51.8 -1.3 51.7 -1.3'))
  t.same(open, closed)
  t.match(open, { latitude: 51.75, longitude: -1.25 })
  for (const corner of open.corners ?? []) {
    const away = metresBetween([51.75, -1.25], corner)
    t.ok((open.radiusMetres ?? 0) >= away && (open.radiusMetres ?? 0) < away * 1.01, `${open.radiusMetres} for ${away}`)
  }
  const positions = ['51.7 -1.3', '51.7 -1.2', '51.8 -1.2'].map(pos => `<gml:pos>${pos}</gml:pos>`).join('')
  const ring = `<gml:exterior><gml:LinearRing>${positions}</gml:LinearRing></gml:exterior>`
  t.match(fixOf(`<gml:Polygon>${ring}</gml:Polygon>`), { shape: 'polygon', corners: { length: 3 } })
  const bowTie = fixOf(polygon('51 -1 51.1 -0.9 51.1 -1 51 -0.9'))
  t.match(bowTie, { latitude: 51.05, longitude: -0.95 }, 'one that crosses itself has the middle of its corners')
  const acrossTheDateLine = fixOf(polygon('10 179.9 10 -179.9 10.2 -179.9 10.2 179.9'))
  t.ok(Math.abs(Math.abs(acrossTheDateLine.longitude ?? 0) - 180) < 1e-6)
  t.ok((acrossTheDateLine.radiusMetres ?? 0) < 20_000)
})

t.test('an arc band becomes a polygon that holds all of it, and a circle around that', async t => {
  for (const band of [
    { inner: 3594, outer: 4148, start: 20, opening: 20 },
    { inner: 0, outer: 2_000, start: 350, opening: 95 },
    { inner: 500, outer: 2_500, start: 0, opening: 240 }
  ]) {
    const fix = fixOf(arcBand(at, band))
    const corners = fix.corners ?? []
    t.equal(fix.shape, 'polygon')
    const centre: Place = [fix.latitude ?? 0, fix.longitude ?? 0]
    let outside = 0
    let beyond = 0
    for (let turn = 0.5; turn < 100; turn++) {
      for (const share of [0.01, 0.5, 0.99]) {
        const metres = band.inner + (band.outer - band.inner) * share
        const place = placeAt(OXFORD, metres, band.start + (band.opening * turn) / 100)
        if (!isInside(place, corners)) outside += 1
        if (metresBetween(centre, place) > (fix.radiusMetres ?? 0)) beyond += 1
      }
    }
    t.same([outside, beyond], [0, 0], JSON.stringify(band))
    t.notOk(isInside(placeAt(OXFORD, band.outer * 1.05, band.start + band.opening / 2), corners), 'and little more')
  }
  t.match(fixOf(arcBand(at, { inner: 100, outer: 900, start: 0, opening: 360 })), {
    shape: 'circle',
    radiusMetres: 900
  })
  const radians = fixOf(arcBand(at, { inner: 1, outer: 9, start: 0, opening: Math.PI / 2, uom: RADIANS }))
  t.equal(radians.corners?.length, 20)
})

t.test('metres on the ellipsoid come out right in Britain', async t => {
  for (const bearing of [0, 45, 90, 200, 300]) {
    const away = metresBetween(OXFORD, placeAt(OXFORD, 4_000, bearing))
    t.ok(Math.abs(away - 4_000) < 12, `${bearing}°: ${away}`)
  }
})

t.test('the older form of coordinates is read where its letters say which is which', async t => {
  const old = (text: string) => `<gml:Point srsName="epsg:4326"><gml:coordinates>${text}</gml:coordinates></gml:Point>`
  t.match(fixOf(old('51:45:07.2N 1:15:27.72W')), { latitude: 51.752, longitude: -1.2577 })
  t.match(reads(old('51.752,-1.2577')), { reason: 'its position is no latitude and longitude' })
})

t.test('a shape that is broken is refused with its own reason', async t => {
  const corners = Array.from({ length: 102 }, (_, n) => `51.${String(n).padStart(3, '0')} -1.${n % 7}`).join(' ')
  const cases: [string, string][] = [
    [ellipse(at, 120, 40, 30).replace(/<gs:orientation.*orientation>/, ''), 'an ellipse without its orientation'],
    [ellipse(at, 120, 40, 30).replace(/<gs:semiMinor.*semiMinorAxis>/, ''), 'an ellipse without its axes'],
    [ellipse(at, -120, 40, 30), 'an ellipse without its axes'],
    [ellipse(at, 120, 40, 30, 'urn:x'), 'an angle (orientation) that is in neither degrees nor radians'],
    [ellipse(at, 120, 40, 30).replaceAll('9001', '9002'), 'a length (semiMajorAxis) that is not in metres'],
    [arcBand(at, { inner: 9, outer: 3, start: 0, opening: 20 }), 'an arc band that holds nothing'],
    [arcBand(at, { inner: 1, outer: 3, start: 0, opening: 0 }), 'an arc band that holds nothing'],
    ['<gs:ArcBand><gml:pos>51 -1</gml:pos></gs:ArcBand>', 'an arc band without its radii'],
    [polygon('51 -1 51 -0.99 51 -1'), 'a polygon of fewer than three corners'],
    [polygon('51 -1 95 -0.99 51.1 -1'), 'its position is no latitude and longitude'],
    [polygon(corners), 'a polygon of more than 100 corners'],
    [prism('', 5), 'a prism without its base'],
    [prism(polygon('51 -1 9 51 -0.99 9 51.1 -1 9'), 5), 'its position is no latitude and longitude'],
    [prism(polygon('51 -1 9 51 -0.99 9 51.1 -1 9', { srs: SPACE }), -5), 'a prism without its height'],
    [sphere('51 -1 900000', 5), 'its height is no height']
  ]
  for (const [info, reason] of cases) t.match(reads(info), { kind: 'unreadable', reason }, reason)
})

t.test('an address beside a shape that cannot be read is shown, and the shape named', async t => {
  const civic = '<ca:civicAddress><ca:RD>Invented Street</ca:RD></ca:civicAddress>'
  t.match(reads(polygon('51 -1') + civic), {
    kind: 'fixes',
    fixes: [{ shape: 'civic', address: 'Invented Street' }],
    reason: 'a polygon of fewer than three corners'
  })
})
