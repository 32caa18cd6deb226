import t from 'tap'
import { readReasons, readReplaces, readSaid, serviceOf } from '../../../../src/switches/sip/said-by-switch.ts'
import type { SipHead } from '../../../../src/switches/sip/sip-head.ts'
import { EVENT_TRUNK } from '../../../support/sip-bench.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'

const said = (headers: HeadersOf, over: Partial<SipHead> = {}, trunk = EVENT_TRUNK) =>
  readSaid(makeHead(headers, over), trunk)

t.test('an INVITE that says nothing more says nothing more', async t => {
  t.equal(said({ from: '<sip:07700900123@x>', 'x-queue': 'a' }), undefined)
})

t.test('where a call was before: History-Info with its index and cause, and the older Diversion', async t => {
  const history = [
    '<sip:01632960999@x?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1, <sip:4001@x;cause=486>;index=1.1',
    '<tel:+441632960101>;index=1.2'
  ]
  t.same(said({ 'history-info': history, diversion: '"Front desk" <sip:01632960300@x>;reason=no-answer;counter=1' }), {
    earlierTargets: [
      { number: '01632960999', index: '1', reason: '302' },
      { number: '4001', index: '1.1' },
      { number: '+441632960101', index: '1.2' },
      { number: '01632960300', reason: 'no-answer' }
    ]
  })
  t.equal(said({ 'history-info': ['<sip:@@@>', 'garbage'] }), undefined)
})

t.test('Reason, of a BYE as of an INVITE, by protocol and cause', async t => {
  t.same(readReasons(makeHead({ reason: ['Q.850 ;cause=16;text="Normal, clearing"', 'SIP;cause=200, SIP'] })), [
    'q.850 16',
    'sip 200',
    'sip'
  ])
  t.same(readReasons(makeHead({ reason: ';cause=200' })), [])
})

t.test('user-to-user, priority, additional data, geolocation and the emergency service', async t => {
  t.same(
    said(
      {
        'user-to-user': ['00C80A1B2C;encoding=hex;purpose=isdn-uui'],
        'resource-priority': ['esnet.1, wps.3'],
        'call-info': [
          '<urn:emergency:uid:callid:a56e556d871:esrp.example.invalid>;purpose=emergency-CallId',
          '<https://adr.example.invalid/provider>; purpose=EmergencyCallData.ProviderInfo, no-address'
        ],
        geolocation: ['<cid:loc@x.invalid>, <https://lis.example.invalid/ref/1>;loc-src=x.invalid']
      },
      { uri: 'URN:service:SOS.police' }
    ),
    {
      userToUser: ['00C80A1B2C;encoding=hex;purpose=isdn-uui'],
      priority: ['esnet.1', 'wps.3'],
      callInfo: [
        'emergency-CallId urn:emergency:uid:callid:a56e556d871:esrp.example.invalid',
        'EmergencyCallData.ProviderInfo https://adr.example.invalid/provider'
      ],
      geolocation: ['cid:loc@x.invalid', 'https://lis.example.invalid/ref/1 loc-src=x.invalid'],
      service: 'urn:service:sos.police'
    }
  )
  t.equal(serviceOf('urn:service:sos'), 'urn:service:sos')
  t.equal(serviceOf('urn:service:counseling'), undefined)
  t.equal(serviceOf('urn:service:sosh'), undefined)
})

t.test('a recorder’s offer carries the session by which the recording is found', async t => {
  const metadata = `<?xml version="1.0"?><recording xmlns="urn:ietf:params:xml:ns:recording:1">
    <datamode>complete</datamode><session session_id="hVpd7YQgRW2nD22h7q60JQ=="/></recording>`
  const body = ['--b', 'Content-Type: application/sdp', '', 'v=0', '--b', 'Content-Type: application/rs-metadata+xml']
  const whole = [...body, 'Content-Disposition: recording-session', '', metadata, '--b--', ''].join('\r\n')
  const type = { 'content-type': 'multipart/mixed;boundary=b' }
  t.same(said(type, { body: whole }), { recordingSession: 'hVpd7YQgRW2nD22h7q60JQ==' })
  t.equal(said(type, { body: whole.replace('</recording>', '') }), undefined, 'what cannot be read costs nothing')
  t.equal(said(type, { body: body.join('\r\n') }), undefined)
})

t.test('headers the trunk’s table keeps, in its words where it has some', async t => {
  const trunk: typeof EVENT_TRUNK = {
    ...EVENT_TRUNK,
    headers: [
      { header: 'X-Genesys-CallUUID', sets: 'said' },
      { header: 'X-Skill', sets: 'said', values: { '7': 'Welsh speaker' } },
      { header: 'X-Empty', sets: 'said' },
      { header: 'X-Queue', sets: 'acdQueue' }
    ]
  }
  const headers = { 'x-genesys-calluuid': ' 00KQ ', 'x-skill': '7', 'x-empty': '', 'x-queue': 'q' }
  t.same(said(headers, {}, trunk), { headers: { 'X-Genesys-CallUUID': '00KQ', 'X-Skill': 'Welsh speaker' } })
})

t.test('no switch fills our record: eight values of a kind, 256 characters each', async t => {
  const many = said({ 'user-to-user': [Array.from({ length: 50 }, () => 'a'.repeat(400)).join(',')] })
  t.equal(many?.userToUser?.length, 8)
  t.ok(many?.userToUser?.every(each => each.length === 256))
})

t.test('a leg that takes another’s place names it by Call-ID and the switch’s own tag', async t => {
  const replaces = (value: string) => readReplaces(makeHead({ replaces: value }))
  t.equal(replaces('abc@x ; to-tag=t1;from-tag=f1;early-only'), 'abc@x;f1')
  t.equal(replaces('abc@x;to-tag=t1'), undefined)
  t.equal(replaces(';from-tag=f1;to-tag=t1'), undefined)
  t.equal(replaces(''), undefined)
})
