import t from 'tap'
import {
  geolocationValues,
  locationParts,
  locationPartsOfMessage,
  sentLocationOf
} from '../../../../src/switches/sip/location-parts.ts'
import { makeMsd } from '../../../support/msd-bytes.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'

const MIXED = { 'content-type': 'multipart/mixed;boundary=o' }
const PIDF = 'Content-Type: application/pidf+xml'
const part = (content: string, ...heads: readonly string[]) => [...heads, '', content].join('\r\n')
const several = (boundary: string, ...parts: readonly string[]) =>
  `${parts.map(each => `--${boundary}\r\n${each}\r\n`).join('')}--${boundary}--\r\n`
const parts = (headers: HeadersOf, body = '') => locationParts(makeHead(headers, { body }))
const SDP = part('v=0', 'Content-Type: application/sdp')

t.test('a call without a location costs a look at two headers', async t => {
  t.same(parts({}), { documents: [], references: [], msds: [], faults: [] })
  t.same(parts({ 'content-type': 'application/sdp' }, 'v=0').documents, [])
  t.same(sentLocationOf(makeHead({ 'content-type': 'application/sdp' }, { body: 'v=0' })), {})
})

t.test('Geolocation names the part that counts, in parts within parts too', async t => {
  const inner = several('i', part('<one/>', PIDF, 'Content-ID: <one@x>'), part('<two/>', PIDF, 'Content-ID: <two@x>'))
  const body = several('o', SDP, part(inner, 'Content-Type: multipart/related;boundary=i'))
  const named = (geolocation: string) => parts({ ...MIXED, geolocation }, body)
  t.same(named('<cid:two@x>').documents, ['<two/>'])
  t.same(named('<cid:two%40x>').documents, ['<two/>'], 'the name is escaped in the header')
  t.same(named('<cid:two@x>;loc-src=net.invalid, <CID:one@x>').documents, ['<two/>', '<one/>'])
  t.same(parts(MIXED, body).documents, ['<one/>', '<two/>'], 'nobody named one: the first counts')
  t.same(named('<cid:none@x>').documents, ['<one/>', '<two/>'], 'a name forgotten on the way loses no place')
  t.same(named('<cid:none@x>').faults, [])
  t.same(named('<cid:none@x>, <cid:one@x>').documents, ['<one/>'])
  t.same(parts({ ...MIXED, geolocation: '<cid:one@x>' }, several('o', SDP)).faults, ['missing-part'])
})

t.test('a part that is named and is no location is not taken for one', async t => {
  const body = several('o', part('v=0', 'Content-Type: application/sdp', 'Content-ID: <sdp@x>'))
  t.same(parts({ ...MIXED, geolocation: '<cid:sdp@x>' }, body), {
    ...{ documents: [], references: [], msds: [], faults: ['missing-part'] }
  })
})

t.test('references in their order, with who put them there', async t => {
  const geolocation = [
    '<https://lis.invalid/a,b>;loc-src=net.invalid',
    '<sip:x@lis.invalid>, <cid:no@x>, nonsense, <x>'
  ]
  t.same(parts({ geolocation }).references, [
    { uri: 'https://lis.invalid/a,b', locSrc: 'net.invalid' },
    { uri: 'sip:x@lis.invalid' }
  ])
  t.equal(geolocationValues(makeHead({ geolocation: [Array(50).fill('<https://x.invalid/>').join(',')] })).length, 8)
  const sent = (value: string) => sentLocationOf(makeHead({ geolocation: value }))
  t.same(sent('<sip:x@lis.invalid>, <https://lis.invalid/1>'), { locationReference: 'https://lis.invalid/1' })
  t.same(sent('<pres:x@lis.invalid>'), { locationReference: 'pres:x@lis.invalid' })
  t.same(sent(`<https://lis.invalid/${'x'.repeat(2_100)}>`), { locationFault: 'reference-too-long' })
  t.same(sent('<>'), {})
})

t.test('a document that is larger than any network sends is said, and the next one taken', async t => {
  const large = part(`<p>${'x'.repeat(17_000)}</p>`, PIDF)
  t.same(sentLocationOf(makeHead(MIXED, { body: several('o', large) })), { locationFault: 'too-large' })
  t.same(sentLocationOf(makeHead(MIXED, { body: several('o', large, part('<p/>', PIDF)) })), {
    ...{ locationDocument: '<p/>', locationFault: 'too-large' }
  })
})

t.test('what a vehicle sent goes along as it came, from the INVITE or in a body of its own', async t => {
  const msd = makeMsd()
  const type = 'Content-Type: application/EmergencyCallData.eCall.MSD'
  const body = several('o', SDP, part(msd.toString('latin1'), type, 'Content-ID: <msd@x>'))
  t.same(sentLocationOf(makeHead(MIXED, { body })), { vehicleData: msd.toString('base64') })
  const alone = makeHead(
    { 'content-type': 'application/EmergencyCallData.eCall.MSD' },
    { body: msd.toString('latin1') }
  )
  t.same(sentLocationOf(alone), { vehicleData: msd.toString('base64') })
  const endless = sentLocationOf(makeHead(MIXED, { body: several('o', part('x'.repeat(9_000), type)) }))
  t.equal(Buffer.from(endless.vehicleData ?? '', 'base64').length, 141, 'kept as too long, and no longer')
})

t.test('the parts of a whole message, as a file has it', async t => {
  const text = [
    'INVITE sip:999@callbox.invalid SIP/2.0',
    'Geolocation: <cid:loc@x>, <https://lis.invalid/1>',
    'c: multipart/mixed;boundary=o',
    '',
    several('o', SDP, part('<p>\u00c3\u00a9</p>', PIDF, 'Content-ID: <loc@x>'))
  ].join('\r\n')
  t.same(locationPartsOfMessage(Buffer.from(text, 'latin1')), {
    ...{ documents: ['<p>é</p>'], references: [{ uri: 'https://lis.invalid/1' }], msds: [], faults: [] }
  })
  t.equal(locationPartsOfMessage(Buffer.from('SIP/2.0 200 OK\r\n\r\n')), undefined)
  t.equal(locationPartsOfMessage(Buffer.from('<presence/>')), undefined)
})
