import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readMsd } from '../../src/lookups/location/ecall-msd.ts'
import { readHeld } from '../../src/lookups/location/held.ts'
import type { LocationFix } from '../../src/lookups/location/location.ts'
import { readPidfLo } from '../../src/lookups/location/pidf-lo.ts'
import { readXml } from '../../src/net/safe-xml.ts'
import { bodyParts } from '../../src/switches/sip/body-parts.ts'
import { locationPartsOfMessage } from '../../src/switches/sip/location-parts.ts'
import { readRecordingMetadata } from '../../src/switches/sip/recording-metadata.ts'
import { makeMsd } from '../support/msd-bytes.ts'
import { arcBand, circle, ellipse, point, polygon, presence, prism, sphere, tuple } from '../support/pidf-text.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { sharedData } from '../support/shared-data.ts'

/*
 * Whatever a network, a location server or a vehicle sends: no reader throws, and a fix that comes out
 * is a place on the earth. Random bytes, and mutants of documents that are right.
 */

const RUNS = 10_000

const seed = runSeed()
t.comment(`seed ${seed}`)
const random = makeRandom(seed)
const { below, pick } = random

const SAMPLES = [
  presence(tuple(point('51.752 -1.2577')), tuple(circle('51.752 -1.2577', '30'))),
  presence(tuple(ellipse('51.752 -1.2577', 120, 40, 30), '<gp:method>GPS</gp:method>')),
  presence(tuple(arcBand('51.752 -1.2577', { inner: 100, outer: 900, start: 20, opening: 80 }))),
  presence(tuple(polygon('51 -1 51 -0.99 51.01 -0.99 51 -1'))),
  presence(tuple(prism(sphere('51 -1 10', 30), 4))),
  presence(tuple('<ca:civicAddress><ca:RD>Invented Street</ca:RD><ca:PC>OX0 0ZZ</ca:PC></ca:civicAddress>')),
  '<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held"><presence xmlns="urn:ietf:params:xml:ns:pidf"/></locationResponse>',
  '<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="locationUnknown"/>',
  '<recording xmlns="urn:ietf:params:xml:ns:recording:1"><session session_id="s"/><stream stream_id="t"/></recording>',
  ...shared('pidf-lo-emergency-data/PidfFiles'),
  ...shared('siprec-metadata')
]

function shared(folder: string): readonly string[] {
  const root = sharedData(folder)
  if (root === undefined) {
    t.comment(`without ../shared/data/${folder}`)
    return []
  }
  return readdirSync(root).map(name => readFileSync(join(root, name), 'latin1'))
}

const BITS = [
  '<',
  '>',
  '/',
  '"',
  '&',
  '&#0;',
  '&#x110000;',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<?x',
  '\0',
  '\ud800',
  '\ufeff'
]
const WORDS = [
  '1e308',
  '-0',
  'NaN',
  '',
  ' ',
  '9'.repeat(400),
  '0x10',
  '90',
  '-181',
  '1e-300',
  'urn:x',
  'uom="urn:x"',
  '3'
]

/** Cut, doubled, filled with what does not belong there, or with the numbers exchanged. */
function mutated(text: string): string {
  let out = text
  // Half of them stay well-formed, so that what is behind the XML is reached too.
  if (below(2) === 0) return exchanged(out)
  for (let n = below(4) + 1; n > 0; n--) {
    const [from, to] = [below(out.length + 1), below(out.length + 1)].sort((a, b) => a - b) as [number, number]
    const kind = below(6)
    if (kind === 0) out = out.slice(0, from) + out.slice(to)
    else if (kind === 1) out = out.slice(0, to) + out.slice(from, Math.min(to, from + 2_000)) + out.slice(to)
    else if (kind === 2) out = out.slice(0, from) + pick(BITS) + out.slice(from)
    else if (kind === 3) out = exchanged(out)
    else if (kind === 4) out = out.slice(0, from)
    else out = out.replaceAll(/[A-Za-z]{4,}/g, found => (below(30) === 0 ? pick(['pos', 'Point', 'geopriv']) : found))
    if (out.length > 20_000) out = out.slice(0, 20_000)
  }
  return out
}

/** The text between tags that is a number, now and then another one. */
function exchanged(text: string): string {
  return text.replace(/(?<=[>\s])-?\d+(?:\.\d+)?(?=[<\s])/g, found => (below(4) === 0 ? pick(WORDS) : found))
}

function randomBytes(): Buffer {
  return Buffer.from(Array.from({ length: below(below(10) === 0 ? 2_000 : 150) }, () => below(256)))
}

/** Runs a reader and says how long the slowest took. */
function total(t: Test, what: string, run: () => void): void {
  let slowest = 0
  let last = ''
  for (let n = 0; n < RUNS; n++) {
    const startedAt = performance.now()
    try {
      run()
    } catch (thrown) {
      last = String(thrown)
      break
    }
    slowest = Math.max(slowest, performance.now() - startedAt)
  }
  t.equal(last, '', `${what}: never throws, seed ${seed}`)
  t.comment(`figure: ${what}: ${slowest.toFixed(1)} ms at most`)
}

function isOnEarth({
  latitude,
  longitude,
  radiusMetres = 0,
  corners = [],
  orientationDegrees = 0
}: LocationFix): boolean {
  const places = [...corners, ...(latitude === undefined || longitude === undefined ? [] : [[latitude, longitude]])]
  const isPlace = places.every(([lat = 99, lon = 999]) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180)
  return (
    isPlace && radiusMetres >= 0 && radiusMetres <= 2e7 + 1e5 && orientationDegrees >= 0 && orientationDegrees < 360
  )
}

t.test('documents of places', async t => {
  const odd: string[] = []
  let [read, refused] = [0, 0]
  total(t, 'PIDF-LO and HELD', () => {
    const text = below(4) === 0 ? randomBytes().toString('latin1') : mutated(pick(SAMPLES))
    readXml(text)
    readHeld(text)
    const result = readPidfLo(text)
    if (result.kind === 'unreadable') {
      refused += 1
      if (result.reason === '' || result.reason.length > 200) odd.push(result.reason)
      return
    }
    read += 1
    if (!result.fixes.every(isOnEarth)) odd.push(text)
  })
  t.same(odd, [], 'each fix is on the earth, each reason is a few words')
  t.ok(read > RUNS / 50 && refused > RUNS / 10, `${read} read, ${refused} refused`)
})

t.test('what a recorder is told', async t => {
  total(t, 'SIPREC', () => {
    readRecordingMetadata(below(4) === 0 ? randomBytes().toString('latin1') : mutated(pick(SAMPLES)))
  })
})

t.test('data of vehicles', async t => {
  const odd: string[] = []
  let read = 0
  total(t, 'MSD', () => {
    const version = pick([1, 2, 3] as const)
    const bytes = below(4) === 0 ? randomBytes() : makeMsd({ version, before: [[below(9), -3], undefined] })
    for (let n = below(4); n > 0 && bytes.length > 0; n--) bytes[below(bytes.length)] = below(256)
    const result = readMsd(below(3) === 0 ? bytes.subarray(0, below(bytes.length + 1)) : bytes)
    if (result.kind === 'unreadable') return
    read += 1
    const { position, recentPositions, vin } = result.vehicle
    const places = position === undefined ? recentPositions : [position, ...recentPositions]
    const isFine = places.every(([lat, lon]) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180)
    if (!isFine || !/^[0-9A-HJ-NPR-Z]{17}$/.test(vin)) odd.push(bytes.toString('hex'))
  })
  t.same(odd, [], 'what is read is a place on the earth and a vehicle')
  t.ok(read > RUNS / 10, `${read} read`)
})

const HEADS = ['Content-Type: multipart/mixed;boundary=', 'Content-Type: application/pidf+xml', 'Content-ID: <a@x>', '']
const LINES = [
  '--b',
  '--b--',
  '--i',
  '--i--',
  '',
  'Content-Transfer-Encoding: base64',
  ' folded',
  'x',
  '\0',
  '<p/>',
  '=3D='
]

t.test('bodies of several parts, and whole messages', async t => {
  const odd: string[] = []
  total(t, 'multipart', () => {
    const lines = Array.from({ length: below(40) }, () =>
      below(3) === 0 ? `${pick(HEADS)}${pick(['b', 'i', '"b"', ''])}` : pick(LINES)
    )
    const text = below(5) === 0 ? randomBytes().toString('latin1') : lines.join(pick(['\r\n', '\n']))
    const parts = bodyParts({
      header: () => pick(['multipart/mixed;boundary=b', 'multipart/x', 'text/plain']),
      body: text
    })
    if (parts.length > 10 || parts.some(({ content }) => content.length > text.length)) odd.push(text)
    const geolocation = `Geolocation: ${pick(['<cid:a@x>', '<cid:', 'x', '<https://x.invalid/>;loc-src='])}`
    locationPartsOfMessage(
      Buffer.from(`INVITE sip:x SIP/2.0\r\n${geolocation}\r\n${HEADS[0]}b\r\n\r\n${text}`, 'latin1')
    )
    locationPartsOfMessage(randomBytes())
  })
  t.same(odd, [], 'ten parts at most, and none larger than the body')
})
