import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readSample } from '../../../src/locate/read-sample.ts'
import type { LocateReport } from '../../../src/locate/report.ts'
import { runLocateCommand } from '../../../src/locate/run-command.ts'
import { loadConfig } from '../../../src/operations/config.ts'
import { faultCode } from '../../../src/operations/errors.ts'
import { sharedData } from '../../support/shared-data.ts'

const PIDF = `<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
  xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:x">
<tuple id="t"><status><gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
<gml:pos>51.7520 -1.2577</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9001">40</gs:radius></gs:Circle>
</gp:location-info><gp:method>GPS</gp:method></gp:geopriv></status><timestamp>2026-03-03T12:00:00Z</timestamp></tuple>
</presence>`

function sip(body: string, geolocation = '<cid:here@example.test>'): string {
  const parts = [
    ...['--b', 'Content-Type: application/sdp', '', 'v=0', ''],
    ...['--b', 'Content-Type: application/pidf+xml', 'Content-ID: <here@example.test>', '', body, '--b--', '']
  ].join('\r\n')
  return [
    'INVITE urn:service:sos SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:+447700900123@example.test>;tag=1',
    'To: <urn:service:sos>',
    'Call-ID: 1@example.test',
    'CSeq: 1 INVITE',
    `Geolocation: ${geolocation}`,
    'Content-Type: multipart/mixed;boundary=b',
    `Content-Length: ${Buffer.byteLength(parts)}`,
    '',
    parts
  ].join('\r\n')
}

function amlText(pairs: string): string {
  const before = `A"ML=1;${pairs};ml=`
  const length = before.length + String(before.length + 3).length
  return `${before}${length}`
}

/** Columns of a mobile's answer, from 1, as docs/connecting-eisec.md has them. */
function columns(width: number, values: readonly (readonly [from: number, text: string])[]): string {
  const line = Array.from({ length: width }, () => ' ')
  for (const [from, text] of values) line.splice(from - 1, text.length, ...text)
  return line.join('')
}

const field = (tag: string, text: string) => `${tag}${String(text.length).padStart(3, '0')}${text}`
const MOBILE = `QP07${field(
  'NA',
  columns(56, [
    [1, '*MOB*'],
    [7, 'INVENTEL'],
    [38, 'Data Available'],
    [54, ' 20']
  ])
)}${field(
  'AA',
  columns(34, [
    [1, '451338'],
    [12, '206183'],
    [23, '900'],
    [30, '400']
  ])
)}${field(
  'AB',
  columns(19, [
    [1, '67'],
    [5, '47.5'],
    [12, 'OSGB36']
  ])
)}`
const FIXED_LINE = `QP08${field('NA', 'A Inventor')}${field('AA', '1 Invented Row')}${field('AB', 'Inventham XX1 1AA')}`
const framed = (body: string) => `\u0002${String(body.length).padStart(4, '0')}${body}\u0003`
const MSD = '014C0780A64D29259760170A2CC34E3D051B184861EBA0C8FF737E6420D104013F8100'
const FORM =
  'v=1&emergency_number=999&time=1772539300000&location_latitude=51.752&location_longitude=-1.2577&location_time=1772539200000&location_accuracy=12.5&location_source=gps&location_confidence=0.68&device_number=%2B447700900123&hmac=0000'

/** What the command says, and the fault it ends with. */
async function locate(args: readonly string[], input = '') {
  const said = { out: '', remarks: '' }
  const stdin = (async function* () {
    yield input
  })()
  const code = await runLocateCommand({
    args,
    say: text => {
      said.out += text
    },
    remark: text => {
      said.remarks += text
    },
    stdin,
    loadConfig: path => loadConfig(path === undefined ? { env: {} } : { path, env: {} })
  }).then(
    () => undefined,
    (thrown: unknown) => ({ code: faultCode(thrown), text: (thrown as Error).message })
  )
  return { ...said, fault: code }
}

async function reportOf(t: Test, text: string): Promise<LocateReport> {
  const { out, fault } = await locate(['--json', text])
  t.equal(fault, undefined)
  return JSON.parse(out)
}

t.test('every kind of sample gives its fix, on the grid and with the reason it stands where it stands', async t => {
  const oxford = { latitude: 51.752, longitude: -1.2577 }
  const near = { gridReference: 'SP 51338 06183', isBest: true, isApproximate: false }
  const cases: readonly [text: string, sample: string, fix: object, located: object][] = [
    [PIDF, 'PIDF-LO', { source: 'pidf-lo', shape: 'circle', ...oxford, radiusMetres: 40, confidence: 95 }, near],
    [sip(PIDF), 'SIP message', { source: 'pidf-lo', shape: 'circle', ...oxford, method: 'GPS' }, near],
    [
      amlText('lt=+51.75200;lg=-1.25770;rd=50;top=20260303120000;lc=90;pm=W'),
      'AML text',
      { source: 'aml', ...oxford, radiusMetres: 50, confidence: 90, fixedAt: Date.UTC(2026, 2, 3, 12) },
      near
    ],
    [
      'A"ML=2;en=999;et=1772539200;lo=51.75200,-1.25770,30;lt=5;lc=95;ls=G',
      'AML text',
      { source: 'aml', ...oxford, radiusMetres: 30, fixedAt: 1_772_539_205_000 },
      near
    ],
    [FORM, 'AML form', { source: 'aml', ...oxford, radiusMetres: 12.5, confidence: 68 }, near],
    [
      framed(MOBILE),
      'EISEC',
      { source: 'eisec', shape: 'ellipse', orientationDegrees: 47.5, confidence: 67 },
      { gridReference: 'SP 51338 06183', isApproximate: true }
    ],
    [MOBILE, 'EISEC', { grid: { easting: 451_338, northing: 206_183 }, latitude: 51.752, longitude: Number }, {}],
    [
      FIXED_LINE,
      'EISEC',
      { source: 'eisec', shape: 'civic', address: 'A Inventor, 1 Invented Row, Inventham XX1 1AA' },
      { isBest: true }
    ],
    [MSD, 'eCall MSD', { source: 'ecall', latitude: Number, longitude: Number }, { gridReference: undefined }]
  ]
  for (const [text, sample, fix, located] of cases) {
    const report = await reportOf(t, text)
    t.match(report, { sample, grid: { method: 'helmert', accuracyMetres: 5 } }, text.slice(0, 30))
    t.equal(report.fixes.length, 1)
    const [first] = report.fixes
    const rounded = { ...first?.fix, latitude: round(first?.fix.latitude) }
    t.match(rounded, fix)
    t.match(first, located)
    t.ok((first?.reason ?? '') !== '')
  }
})

function round(degrees: number | undefined): number | undefined {
  return degrees === undefined ? undefined : Math.round(degrees * 1e5) / 1e5
}

t.test('the table has a row for each fix, the best first, and says what was left out', async t => {
  const { out } = await locate(['-'], `${framed(FIXED_LINE)}${framed(MOBILE)}${framed('QN0912')}\u00020003QP`)
  t.equal(
    out,
    `EISEC: 2 fixes; grid within 5 m, without OSTN15

   source  shape    latitude, longitude   grid reference  easting, northing   radius       conf.  time
*  eisec   ellipse  51.751996, -1.257705  SP 51338 06183  451338.0, 206183.0  900 x 400 m  67 %   -
   best: Smallest: within 986 m at 95 %. Only the cell is known: approximate.
   eisec   civic    -                     -               -                   -            -      -
   address: A Inventor, 1 Invented Row, Inventham XX1 1AA
   An address without a position.

A fixed line: its address.
A mobile of INVENTEL: Data Available.
More may come in 20 s.
The service has no answer: error 12.
Left out: a frame that breaks off.
`
  )
})

t.test('a sample without a place is no fault, and nothing is asked of a server it names', async t => {
  const bare = 'INVITE sip:999@example.test SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n'
  t.match(await reportOf(t, bare), { sample: 'SIP message', fixes: [], notes: [] })
  const asked = await reportOf(t, sip(PIDF, '<https://lis.example.test/ref/secret>'))
  t.match(asked.notes, ['A place can be asked for at lis.example.test; here nothing is asked.'])
  t.match(
    (await locate([amlText('rd=N;pm=N')])).out,
    /^AML text: no fix\n\nAML version 1.\nThe phone had no place yet.\n$/
  )
  const vehicle = await reportOf(t, MSD)
  t.match(vehicle.vehicle, { vin: 'ASDAJNPR1VABCDEFG', isTest: true })
  t.match(vehicle.notes, [
    'Vehicle ASDAJNPR1VABCDEFG, M1, petrol, natural gas, raised by itself.',
    'It says that it is a test.'
  ])
  t.match((await reportOf(t, 'LA')).notes, ['LA says nothing of a place.'])
  const logOn = await locate([framed(`LR${'user'.padEnd(8)}${'secret'.padEnd(24)}`)])
  t.match(logOn.out, 'LR says nothing of a place.')
  t.notMatch(logOn.out, /secret/)
})

t.test('what cannot be read ends with its named fault and the reason', async t => {
  const cases: readonly [text: string, code: string, reason: string | RegExp][] = [
    ['hello there', 'locate.unknown', /no sample/],
    ['', 'locate.unknown', /no sample/],
    ['<presence>', 'locate.unreadable', /^PIDF-LO: /],
    [`<!DOCTYPE x>${PIDF}`, 'locate.unreadable', 'PIDF-LO: has a DTD'],
    [sip('<presence>'), 'locate.unreadable', /^SIP message: PIDF-LO: /],
    [sip(PIDF, '<cid:elsewhere@example.test>').replaceAll('pidf+xml', 'plain'), 'locate.unreadable', /names a part/],
    ['SIP/2.0 200 OK\r\n\r\n', 'locate.unreadable', 'SIP message: it is no request that can be read'],
    ['A"ML=1;lt=+51.75200;lg=-1.25770;rd=50;ml=10', 'locate.unreadable', 'AML text: it is not as long as it says'],
    [
      'v=1&location_latitude=200&location_longitude=0&device_number=+447700900123',
      'locate.unreadable',
      'AML form: it has a place that is none'
    ],
    [framed('QP07AA999x'), 'locate.unreadable', 'EISEC: QP breaks off in a field'],
    ['\u0002xx', 'locate.unreadable', 'EISEC: a frame without its four digits of length'],
    ['00112233445566', 'locate.unreadable', /^eCall MSD: /]
  ]
  for (const [text, code, reason] of cases) {
    const { out, fault } = await locate(['-', '--json'], text)
    t.match(fault, { code, text: reason }, text.slice(0, 40))
    t.match(JSON.parse(out), { fault: { code, text: reason } })
  }
  for (const args of [[], ['a', 'b'], ['--nonsense', 'a'], ['a', '--config']]) {
    t.match((await locate(args)).fault, { code: 'locate.usage' })
  }
  t.match((await locate(['-'], 'x'.repeat(1024 * 1024 + 1))).fault, { code: 'locate.too-large' })
  t.match((await locate([t.testdir({})])).fault, { code: 'locate.no-file', text: /it is no file/ })
})

t.test(
  'with a config a sample is said with its postcode and place; a broken one is told when it was asked for',
  async t => {
    const base = JSON.parse(readFileSync(new URL('../../../config/default.json', import.meta.url), 'utf8'))
    const row = '"OX9 9ZZ",10,451340,206180,"E","E","E","E","E","E"'
    const town = 'a1,u,Inventham,,,,populatedPlace,Village,451438,206183,1,2,0,0,0,0,OX9,,,,,Made-up Vale,,,'
    const folder = t.testdir({
      'site.json': JSON.stringify({
        ...base,
        places: { codePointOpen: 'postcodes', openNames: 'names', ostn15: 'none.txt' }
      }),
      'broken.json': '{',
      postcodes: { 'ox.csv': row },
      names: { 'sp.csv': town }
    })
    const sample = join(folder, 'sample.txt')
    writeFileSync(sample, framed(MOBILE))
    const { out, remarks, fault } = await locate([sample, '--config', join(folder, 'site.json')])
    t.equal(fault, undefined)
    t.match(out, 'nearest: OX9 9ZZ 4 m, Inventham 100 m\n')
    t.match(remarks, /none\.txt is not used: ENOENT/)
    const line = await locate([
      FIXED_LINE.replace('XX1 1AA', 'OX9 9ZZ'),
      '--json',
      '--config',
      join(folder, 'site.json')
    ])
    t.match(JSON.parse(line.out), {
      fixes: [
        {
          fix: { source: 'address', shape: 'circle', postcode: 'OX9 9ZZ', radiusMetres: 2_000 },
          gridReference: 'SP 51340 06180'
        }
      ]
    })
    t.match((await locate([sample, '--config', join(folder, 'broken.json')])).fault, { code: 'config.unreadable' })
  }
)

t.test('no bytes make it throw', async t => {
  const mixed = [framed(MOBILE), sip(PIDF), PIDF, FORM, MSD, amlText('lt=+51.7;lg=-1.2;rd=50')]
  let read = 0
  for (const sample of mixed) {
    for (let cut = 0; cut < sample.length; cut += 7) {
      const { kind } = readSample(Buffer.from(sample.slice(cut)))
      const { kind: other } = readSample(Buffer.from(sample.slice(0, cut), 'latin1'))
      if (kind !== undefined && other !== undefined) read += 1
    }
  }
  t.ok(read > 100)
})

const documents = sharedData('pidf-lo-emergency-data/PidfFiles')
const noDocuments = documents === undefined ? 'no ../shared/data/pidf-lo-emergency-data' : false

t.test('every PIDF-LO of the public suite is read or refused with a reason', { skip: noDocuments }, async t => {
  const names = readdirSync(documents ?? '')
  const samples = names.map(name => readSample(readFileSync(join(documents ?? '', name))))
  t.equal(samples.length, 22)
  for (const [at, sample] of samples.entries()) {
    const isSaid =
      sample.kind === 'read' ? sample.fixes.length > 0 : sample.kind === 'unreadable' && sample.reason !== ''
    t.ok(isSaid, `${names[at]}`)
    t.match(sample, { what: 'PIDF-LO' })
  }
})
