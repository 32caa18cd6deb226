import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPidfLo } from '../../../../src/lookups/location/pidf-lo.ts'
import { circle, point, presence, tuple } from '../../../support/pidf-text.ts'
import { sharedData } from '../../../support/shared-data.ts'

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
    [circle('51 -1', '30', 'urn:ogc:def:uom:EPSG::9003'), 'a length (radius) that is not in metres'],
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

t.test('an address with its postcode, and what only some senders say', async t => {
  const civic = (fields: string) => {
    const read = reads(`<ca:civicAddress>${fields.replace(/<(\/?)/g, '<$1ca:')}</ca:civicAddress>`)
    return read.kind === 'fixes' ? read.fixes[0] : read
  }
  t.match(civic('<country>GB</country><HNO>7</HNO><A6>Invented Street</A6><A3>Oxford</A3><PC>ox00zz</PC>'), {
    address: '7 Invented Street, Oxford, ox00zz',
    postcode: 'OX0 0ZZ'
  })
  t.match(civic('<ROOM>12</ROOM><FLR>Second floor</FLR><A3>Reading</A3><A4>Reading</A4>'), {
    address: 'room 12, Second floor, Reading'
  })
  const abroad = civic('<country>FR</country><RD>Rue Inventée</RD><PC>75000</PC>')
  t.match(abroad, { address: 'Rue Inventée, 75000, FR' })
  t.notOk('postcode' in (abroad ?? {}))
  t.equal((civic(`<NAM>${'x'.repeat(900)}</NAM>`) as { address: string }).address.length, 300)
})

/** What each file of the folder says: its fixes, best first, or the reason why it has none. */
const PIDF_FILES: Readonly<Record<string, object>> = {
  DeviceAndPerson: {
    fixes: [
      { shape: 'circle', latitude: 34.247493, longitude: -118.791885, radiusMetres: 50, confidence: 95 },
      { shape: 'civic', address: `311 Stonebrook Street, Simi Valley, CA, 93065, US` }
    ]
  },
  DeviceCircleDynamic1: { fixes: [{ shape: 'circle', latitude: 42.5463, longitude: -73.2512, radiusMetres: 100 }] },
  DeviceCircleLocation: { fixes: [{ shape: 'circle', latitude: 41.760537, longitude: -88.261914, radiusMetres: 50 }] },
  DeviceCircleWithConfidence: { fixes: [{ shape: 'circle', radiusMetres: 50, confidence: 95, method: '802.11' }] },
  DeviceCivicLocation: {
    fixes: [{ shape: 'civic', address: `2106 E NEW YORK ST, AURORA, KANE, IL, US`, fixedAt: 1436475449000 }]
  },
  DeviceDynamicOnly1: { kind: 'unreadable', reason: 'neither a shape nor an address' },
  DevicePointLocation: { fixes: [{ shape: 'point', latitude: 41.772035, longitude: -88.473291 }] },
  PersonDeviceCivicCircleLocation: {
    fixes: [
      { shape: 'circle', latitude: 34.268544, longitude: -118.666519, radiusMetres: 50 },
      { shape: 'civic', address: `1657 Kay Ave, Simi Valley, CA, 93063, US` }
    ]
  },
  RFC5491TupleArcBandLocation: {
    fixes: [
      { shape: 'polygon', latitude: -43.542291, longitude: 153.2415001, radiusMetres: 765.88, corners: { length: 6 } }
    ]
  },
  RFC5491TupleCircleLocation: {
    fixes: [{ shape: 'circle', latitude: 42.5463, longitude: -73.2512, radiusMetres: 850.24, method: 'OTDOA' }]
  },
  RFC5491TupleCivicLocation: {
    fixes: [{ shape: 'civic', address: `Suite 75, 123 Broadway, New York, 10027-0401, US` }]
  },
  RFC5491TupleEllipseLocation: {
    fixes: [{ shape: 'ellipse', semiMajorMetres: 1275, semiMinorMetres: 670, orientationDegrees: 43.2, confidence: 95 }]
  },
  RFC5491TupleEllipsoidLocation: {
    fixes: [
      { shape: 'ellipse', semiMajorMetres: 7.7156, semiMinorMetres: 3.31, altitudeMetres: 26.3, radiusMetres: 7.7156 }
    ]
  },
  RFC5491TuplePointLocation: { fixes: [{ shape: 'point', latitude: 37.775, longitude: -122.4194444 }] },
  RFC5491TuplePolygonCompactLocation: {
    fixes: [
      { shape: 'polygon', latitude: 43.2693333, longitude: -73.272, radiusMetres: 18147.56, corners: { length: 6 } }
    ]
  },
  RFC5491TuplePolygonLocation: {
    fixes: [
      { shape: 'polygon', latitude: 43.2693333, longitude: -73.272, radiusMetres: 18147.56, corners: { length: 6 } }
    ]
  },
  RFC5491TuplePrismLocation: {
    fixes: [{ shape: 'polygon', latitude: 42.606844, altitudeMetres: 37.8, corners: { length: 4 }, method: 'Wiremap' }]
  },
  RFC5491TupleSphereLocation: { fixes: [{ shape: 'circle', radiusMetres: 850.24, altitudeMetres: 26.3 }] },
  RFC6848CivicExtendedExample1: {
    fixes: [{ shape: 'civic', address: 'bridge 21451338, Deckport Cross, Monkokehampton, Devon' }]
  },
  RFC6848Figure7Example: {
    fixes: [{ shape: 'civic', address: `milepost 248, pole 22-109-689, I5, Sacramento, CA, US` }]
  },
  RFC6848Figure8Example: { fixes: [{ shape: 'civic', address: `A 223 Boulevard Colorado, Sacramento, CA, US` }] },
  'RFC6848Section3.4Example': {
    fixes: [
      {
        shape: 'civic',
        address: `lamp 2471, pylon AQ-374-4(c), airport LAX, terminal Tom Bradley, concourse G, gate 36B, CA, US`
      }
    ]
  }
}

t.test('each of the 22 documents of the emergency data set has what it says, or its named fault', async t => {
  const root = sharedData('pidf-lo-emergency-data/PidfFiles')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const names = readdirSync(root).sort()
  t.same(
    names,
    Object.keys(PIDF_FILES)
      .map(name => `${name}.xml`)
      .sort(),
    'every file is in the table'
  )
  for (const [name, expected] of Object.entries(PIDF_FILES)) {
    t.match(readPidfLo(readFileSync(join(root, `${name}.xml`), 'utf8')), expected, name)
  }
})

t.test('of the other documents only the two with a place in them are taken for one', async t => {
  const root = sharedData('pidf-lo-emergency-data')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.xml') && !name.startsWith('PidfFiles'))
    .sort()
  t.equal(names.length, 26, `${names.length} documents`)
  const isPlace = (name: string) => name.includes('PidfLoProvidedBy')
  for (const name of names) {
    const result = readPidfLo(readFileSync(join(root, name), 'utf8'))
    const expected = isPlace(name) ? { fixes: [{ shape: 'circle' }] } : { kind: 'unreadable', reason: /.{6}/ }
    t.match(result, expected, `${name}: ${JSON.stringify(result).slice(0, 120)}`)
  }
})
