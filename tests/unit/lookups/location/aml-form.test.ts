import t from 'tap'
import { AML_FORM_MAX_BYTES, readAmlForm, signAmlForm } from '../../../../src/lookups/location/aml-form.ts'

const KEY = Buffer.from('a key between two parties, long enough')
const OLD = Buffer.from('the key before it, still good for now')
const WHOLE = [
  'v=3&emergency_number=999&source=call&thunderbird_version=1&time=1772539204000&gt_location_latitude=&gt_location_longitude=',
  '&location_latitude=51.456&location_longitude=-0.973&location_time=1772539203000&location_altitude=43.5&location_floor=',
  '&location_source=gps&location_accuracy=12.5&location_vertical_accuracy=6&location_confidence=0.6825&location_bearing=',
  '&location_speed=&device_number=%2B447700900123&device_model=Example+One&device_imei=123456789012345'
].join('')
const post = (fields: string, key = KEY) => readAmlForm(Buffer.from(signAmlForm(fields, key)), [KEY, OLD])

t.test('a signed form says whose phone is where', async t => {
  t.same(post(WHOLE), {
    ...{ kind: 'read', number: '+447700900123', sentAt: 1772539204000 },
    aml: {
      ...{ version: 3, dialled: '999' },
      fix: {
        ...{ source: 'aml', shape: 'circle', latitude: 51.456, longitude: -0.973, radiusMetres: 12.5 },
        ...{ altitudeMetres: 43.5, confidence: 68.3, method: 'GNSS', fixedAt: 1772539203000 }
      }
    }
  })
  t.equal(post(WHOLE, OLD).kind, 'read', 'by the key before, while keys are changed')
  const percent = post('device_number=07700900123&location_latitude=51&location_longitude=-1&location_certainty=90')
  t.match(percent, { number: '07700900123', aml: { version: 1, fix: { shape: 'point', confidence: 90 } } })
  t.match(post('device_number=+447700900123'), { number: '447700900123', aml: {} }, 'a phone without a place')
})

t.test('a relay of text messages may post the text itself', async t => {
  const sms = encodeURIComponent('A"ML=2;et=1772539200;lo=51.456,-0.973,12;lt=3;ls=G')
  t.match(post(`device_number=07700900123&sms=${sms}`), {
    kind: 'read',
    aml: { version: 2, fix: { radiusMetres: 12 } }
  })
  t.match(post(`device_number=07700900123&sms=nonsense`), { kind: 'unreadable', reason: /^its text / })
})

t.test('what no key of ours has signed is not read', async t => {
  const signed = signAmlForm(WHOLE, KEY)
  const other = Buffer.from('a key of somebody else')
  t.match(post(WHOLE, other), { kind: 'refused', reason: /no key of ours/ })
  t.match(readAmlForm(Buffer.from(signed), []), { kind: 'refused' })
  t.match(readAmlForm(Buffer.from(WHOLE), [KEY]), { kind: 'refused', reason: 'is not signed' })
  t.match(readAmlForm(Buffer.from(signed.replace('900123', '900124')), [KEY]), { kind: 'refused' })
  t.match(readAmlForm(Buffer.from(`${signed}0`), [KEY]), { kind: 'refused', reason: 'is not signed' })
  t.match(readAmlForm(Buffer.from(`${signed}&x=1`), [KEY]), { kind: 'refused' }, 'the signature is the end')
  t.match(readAmlForm(Buffer.alloc(AML_FORM_MAX_BYTES + 1), [KEY]), { kind: 'refused', reason: /longer/ })
})

t.test('what is signed and of no use is refused with its reason', async t => {
  const base = 'device_number=07700900123'
  for (const [fields, reason] of [
    ['location_latitude=51&location_longitude=-1', /number/],
    [`${base}&location_latitude=91&location_longitude=-1`, /place/],
    [`${base}&location_latitude=51&location_longitude=-1&location_accuracy=-5`, /radius/],
    [`${base}&location_latitude=51&location_longitude=-1&location_confidence=1.5`, /confidence/],
    [`${base}&location_latitude=51&location_longitude=-1&location_time=noon`, /time/],
    [`${base}&${base}`, /twice/],
    [`${base}&x=%zz`, /no form/]
  ] as const) {
    t.match(post(fields), { kind: 'unreadable', reason }, fields)
  }
})
