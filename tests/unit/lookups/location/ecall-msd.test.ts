import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type MsdReading, readMsd, toVehicleFix } from '../../../../src/lookups/location/ecall-msd.ts'
import { type MsdFields, makeMsd } from '../../../support/msd-bytes.ts'
import { sharedData } from '../../../support/shared-data.ts'

const vehicleOf = (reading: MsdReading) => {
  if (reading.kind === 'unreadable') throw new Error(reading.reason)
  return reading.vehicle
}
const made = (over: Partial<MsdFields> = {}) => vehicleOf(readMsd(makeMsd(over)))

t.test('an automatic eCall says who raised it, which car, how many, where and which way', async t => {
  t.same(
    made({
      before: [
        [-10, 20],
        [5, -5]
      ]
    }),
    {
      ...{ version: 2, messageIdentifier: 1, trigger: 'automatic', isTest: false, isPositionTrusted: true },
      ...{ vehicleClass: 'M1', vin: 'XYZNVENTEDCAR0001', propulsion: ['petrol', 'electric'] },
      ...{ sentAt: 1_772_539_200_000, position: [51.752, -1.2577], headingDegrees: 90, occupants: 2 },
      recentPositions: [
        [51.7517222, -1.2571444],
        [51.7518611, -1.2572833]
      ]
    }
  )
  t.match(made({ automatic: false, test: true }), { trigger: 'manual', isTest: true })
})

t.test('versions 1 to 3: how they are wrapped, and which fields they always have', async t => {
  const last = [false, false, false, false, false, false, true]
  t.match(made({ version: 1, propulsion: [false, true] }), { version: 1, propulsion: ['diesel'], occupants: 2 })
  t.same(made({ version: 2, propulsion: last }).propulsion, ['other'])
  const third = made({
    version: 3,
    before: [
      [10, 0],
      [0, 0]
    ]
  })
  t.match(third, { version: 3, vin: 'XYZNVENTEDCAR0001', recentPositions: { length: 2 } })
})

t.test('what a vehicle does not know is not there', async t => {
  const blank = { direction: 255, time: 0, north: 2 ** 31 - 1, east: 2 ** 31 - 1, occupants: 255 }
  const vehicle = made({ ...blank, before: [[1, 1], undefined] })
  for (const name of ['headingDegrees', 'sentAt', 'position', 'occupants']) t.notOk(name in vehicle, name)
  t.same(vehicle.recentPositions, [], 'nothing was told from an unknown place')
  t.equal(toVehicleFix(vehicle), undefined)
})

t.test('its position is a fix: within 150 m where the vehicle trusts it, a bare point where not', async t => {
  t.same(toVehicleFix(made()), {
    ...{ source: 'ecall', shape: 'circle', latitude: 51.752, longitude: -1.2577, radiusMetres: 150, confidence: 95 },
    fixedAt: 1_772_539_200_000
  })
  t.same(toVehicleFix(made({ trusted: false, time: 0 })), {
    ...{ source: 'ecall', shape: 'point', latitude: 51.752, longitude: -1.2577 }
  })
})

t.test('classes of vehicles, those of later versions too', async t => {
  const classes = Array.from({ length: 23 }, (_, vehicleClass) => made({ vehicleClass }).vehicleClass)
  t.same(classes.slice(0, 7), ['M1', 'M2', 'M3', 'N1', 'N2', 'N3', 'L1e'])
  t.same(classes.slice(12), ['L7e', 'O', 'R', 'S', 'T', 'G', 'SA', 'SB', 'SC', 'SD', 'other'])
  t.equal(made({ vehicleClass: 60 }).vehicleClass, 'unknown')
})

t.test('what does not agree with itself is refused with its reason', async t => {
  const whole = makeMsd()
  const [first] = makeMsd({ version: 1 })
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(), 'is empty'],
    [new Uint8Array(141), 'is longer than 140 octets'],
    [Uint8Array.from([9, 1, 2]), 'is of version 9, which is not known'],
    [Uint8Array.from([0]), 'is of version 0, which is not known'],
    [whole.subarray(0, 20), 'is shorter than it says'],
    [Uint8Array.from([first ?? 0, 0x1c, 0x06]), 'is shorter than what it holds'],
    [Uint8Array.from([2, 3, 0x1c, 0x06, 0x80]), 'is shorter than what it holds'],
    [makeMsd({ vin: '*YZNVENTEDCAR0001' }), 'has a vehicle identification number that is none'],
    [makeMsd({ north: 91 * 3_600_000 }), 'has a position that is no latitude and longitude'],
    [Buffer.concat([makeMsd({ version: 1 }), Buffer.from('more')]), 'is longer than what it holds']
  ]
  for (const [bytes, reason] of cases) t.match(readMsd(bytes), { kind: 'unreadable', reason }, reason)
  const padded = Buffer.concat([makeMsd({ version: 1 }), Buffer.alloc(100)])
  t.match(readMsd(padded.subarray(0, 140)), { kind: 'read' }, 'as the modem of a voice call fills it up')
})

/** What the file says of itself, and what it leaves out: read by hand from the bits. */
const VECTORS = [
  { vin: 'ASDAJNPR1VABCDEFG', more: { propulsion: ['petrol', 'natural gas'], occupants: 2, vehicleClass: 'M1' } },
  {
    vin: 'WM9VDSVDSYA123456',
    more: {
      propulsion: ['petrol', 'electric'],
      occupants: 2,
      recentPositions: [
        [48.3006111, 11.6170889],
        [48.3008889, 11.6165333]
      ]
    }
  }
]

interface Vector {
  readonly vin: string
  readonly hex: string
  readonly decoded: Record<string, number | boolean>
}

t.test('both recorded sets of data give the values written beside them', async t => {
  const root = sharedData('ecall-msd')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const vectors = JSON.parse(readFileSync(join(root, 'msd_uper_vectors.json'), 'utf8')) as Vector[]
  t.same(
    vectors.map(({ vin }) => vin),
    VECTORS.map(({ vin }) => vin),
    'every vector is in the table'
  )
  for (const [at, { hex, vin, decoded }] of vectors.entries()) {
    const vehicle = vehicleOf(readMsd(Buffer.from(hex, 'hex')))
    const { version, messageIdentifier, automaticActivation, testCall, positionCanBeTrusted } = decoded
    t.match(vehicle, {
      ...{ version, messageIdentifier, vin, isTest: testCall, isPositionTrusted: positionCanBeTrusted },
      trigger: automaticActivation === true ? 'automatic' : 'manual',
      sentAt: Number(decoded['timestamp']) * 1000,
      headingDegrees: decoded['direction_deg'],
      ...VECTORS[at]?.more
    })
    const [latitude = 0, longitude = 0] = vehicle.position ?? []
    t.ok(Math.abs(latitude - Number(decoded['lat'])) < 1e-6 && Math.abs(longitude - Number(decoded['lon'])) < 1e-6, vin)
  }
})
