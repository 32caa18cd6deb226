import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPidfLo } from '../../../../src/lookups/location/pidf-lo.ts'
import { sharedData } from '../../../support/shared-data.ts'

const NAMESPACES = [
  'xmlns="urn:ietf:params:xml:ns:pidf"',
  'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
  'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
  'xmlns:gml="http://www.opengis.net/gml"',
  'xmlns:gs="http://www.opengis.net/pidflo/1.0"',
  'xmlns:con="urn:ietf:params:xml:ns:geopriv:conf"',
  'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
].join(' ')
const presence = (...blocks: string[]) => `<presence ${NAMESPACES} entity="pres:x">${blocks.join('')}</presence>`
const tuple = (info: string, rest = '') =>
  `<tuple id="t"><status><gp:geopriv><gp:location-info>${info}</gp:location-info>${rest}</gp:geopriv></status>` +
  '<timestamp>2026-03-03T12:00:00Z</timestamp></tuple>'
const point = (pos: string, srs = 'urn:ogc:def:crs:EPSG::4326') =>
  `<gml:Point srsName="${srs}"><gml:pos>${pos}</gml:pos></gml:Point>`
const circle = (pos: string, radius: string, uom = 'urn:ogc:def:uom:EPSG::9001') =>
  `<gs:Circle><gml:pos>${pos}</gml:pos><gs:radius uom="${uom}">${radius}</gs:radius></gs:Circle>`
const reads = (info: string) => readPidfLo(presence(tuple(info)))

t.test('a point and a circle, with method and time of the fix', async t => {
  t.same(readPidfLo(presence(tuple(circle('51.7520 -1.2577', ' 30.5 '), '<gp:method>A-GPS</gp:method>'))), {
    kind: 'fixes',
    fixes: [
      {
        source: 'pidf-lo',
        shape: 'circle',
        latitude: 51.752,
        longitude: -1.2577,
        radiusMetres: 30.5,
        confidence: 95,
        method: 'A-GPS',
        fixedAt: Date.UTC(2026, 2, 3, 12)
      }
    ]
  })
  t.match(reads(point('51.7520 -1.2577')), { fixes: [{ shape: 'point', latitude: 51.752, longitude: -1.2577 }] })
  t.match(reads(point('51.7520 -1.2577 80', 'urn:ogc:def:crs:EPSG::4979')), { kind: 'fixes' }, 'a height is left out')
})

t.test('confidence: said, unsaid, and said to be unknown', async t => {
  const of = (confidence: string) => {
    const result = reads(circle('51 -1', '30') + confidence)
    return result.kind === 'fixes' ? result.fixes[0]?.confidence : 'unreadable'
  }
  t.equal(of('<con:confidence>68</con:confidence>'), 68)
  t.equal(of(''), 95)
  t.equal(of('<con:confidence>unknown</con:confidence>'), undefined)
  t.equal(of('<con:confidence>680</con:confidence>'), undefined)
})

t.test('tuple, device and person are all read, the best fix first', async t => {
  const inDevice = `<dm:device id="d"><gp:geopriv><gp:location-info>${circle('51 -1', '900')}</gp:location-info></gp:geopriv></dm:device>`
  const inPerson = `<dm:person id="p"><gp:geopriv><gp:location-info>${circle('52 -1', '20')}</gp:location-info></gp:geopriv></dm:person>`
  const civic = tuple('<ca:civicAddress><ca:RD>Invented</ca:RD></ca:civicAddress>')
  const result = readPidfLo(presence(civic, inDevice, tuple(point('53 -1')), inPerson))
  t.match(result, { fixes: [{ radiusMetres: 20 }, { radiusMetres: 900 }, { shape: 'point' }, { shape: 'civic' }] })
})

t.test('an address as it is written here', async t => {
  const civic =
    '<country>GB</country><A1>Oxfordshire</A1><A3>Oxford</A3><RD>Invented</RD><STS>Street</STS><HNO>12</HNO><HNS>B</HNS><FLR>Floor 2</FLR><PC>OX0 0ZZ</PC><NAM> </NAM>'
  const result = reads(`<civicAddress xmlns="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr">${civic}</civicAddress>`)
  t.match(result, {
    fixes: [{ shape: 'civic', address: 'Floor 2, 12 B Invented Street, Oxford, Oxfordshire, OX0 0ZZ' }]
  })
  const both = reads(`${point('51 -1')}<ca:civicAddress><ca:RD>Invented</ca:RD></ca:civicAddress>`)
  t.match(both, { fixes: [{ shape: 'point', address: 'Invented' }] }, 'beside a shape it belongs to it')
})

t.test('what would put the caller in a wrong place is refused, and said why', async t => {
  const cases: [string, string | RegExp][] = [
    [point('91 0'), 'its position is no latitude and longitude'],
    [point('51'), 'its position is no latitude and longitude'],
    [point(''), 'its position is no latitude and longitude'],
    [point('fifty one'), 'its position is no latitude and longitude'],
    [point('0x33 1'), 'its position is no latitude and longitude'],
    ['<gml:Point/>', 'its position is no latitude and longitude'],
    [point('451000 206000', 'urn:ogc:def:crs:EPSG::27700'), 'coordinates that are not WGS84'],
    [point('51 -1', 'urn:ogc:def:crs:EPSG::27700'), 'coordinates that are not WGS84'],
    [circle('51 -1', ''), 'a circle without a radius'],
    [circle('51 -1', '-5'), 'a circle without a radius'],
    [circle('51 -1', 'Infinity'), 'a circle without a radius'],
    [circle('51 -1', '1e300'), 'a circle without a radius'],
    [circle('51 -1', '30', 'urn:ogc:def:uom:EPSG::9003'), 'a radius that is not in metres'],
    ['<gs:Circle><gml:pos>51 -1</gml:pos></gs:Circle>', 'a circle without a radius'],
    ['<gs:Ellipse/>', 'its position is no latitude and longitude'],
    ['<gml:Polygon/>', 'a polygon of fewer than three corners'],
    ['<ca:civicAddress/>', 'neither a shape nor an address'],
    ['', 'neither a shape nor an address']
  ]
  for (const [info, reason] of cases) t.match(reads(info), { kind: 'unreadable', reason }, info)
  t.match(readPidfLo(presence()), { reason: 'no location in it' })
  t.match(readPidfLo(presence('<tuple id="t"/>')), { reason: 'no geopriv element' })
  t.match(readPidfLo('<recording/>'), { reason: 'root is recording' })
  t.match(readPidfLo('<!DOCTYPE x><presence/>'), { reason: 'has a DTD' })
  t.match(readPidfLo(''), { kind: 'unreadable' })
})

t.test('one block that cannot be read does not hide another that can', async t => {
  t.match(readPidfLo(presence(tuple('<gs:Ellipse/>'), tuple(point('51 -1')))), { fixes: [{ shape: 'point' }] })
})

t.test('no document makes more fixes than a screen can hold', async t => {
  const result = readPidfLo(presence(...Array(40).fill(tuple(point('51 -1')))))
  t.equal(result.kind === 'fixes' ? result.fixes.length : 0, 10)
})

t.test('each document of the emergency data set is read or refused with its reason', async t => {
  const root = sharedData('pidf-lo-emergency-data')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const results = new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.xml'))
      .map(name => [name, readPidfLo(readFileSync(join(root, name), 'utf8'))])
  )
  t.ok(results.size >= 45, `${results.size} documents`)
  for (const [name, result] of results) {
    if (result.kind === 'unreadable') t.ok(result.reason.length > 5, `${name}: ${result.reason}`)
    else t.ok(result.fixes.length > 0, name)
  }
  const at = (name: string) => results.get(join('PidfFiles', `${name}.xml`))
  t.match(at('RFC5491TupleCircleLocation'), {
    fixes: [{ shape: 'circle', latitude: 42.5463, longitude: -73.2512, radiusMetres: 850.24, method: 'OTDOA' }]
  })
  t.match(at('DevicePointLocation'), { fixes: [{ shape: 'point', latitude: 41.772035, longitude: -88.473291 }] })
  t.match(at('PersonDeviceCivicCircleLocation'), { fixes: [{ shape: 'circle', radiusMetres: 50 }, { shape: 'civic' }] })
  t.match(at('DeviceDynamicOnly1'), { reason: 'neither a shape nor an address' })
})
