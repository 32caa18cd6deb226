import type { PlannedCall } from './plan.ts'
import type { Site } from './site.ts'

/*
 * What SIPp is given: one scenario for every kind of call, and a file with a line for each call of the plan. SIPp takes
 * the lines in turn, so that the number in its Call-ID is the call's place in the plan, from 1.
 */

/** Labels of the scenario. */
const AT = {
  ...{ withLocation: '1', sent: '2', answered: '3', ringLeg: '4', bye: '5', more: '6' },
  ...{ ringWithLocation: '7', ringSent: '8', refused: '9', ringRefused: '10' }
} as const

/** Transactions of the scenario, by which SIPp tells whose answer has come: see `toScenario`. */
type Transaction = 'call' | 'ring' | 'cancel' | 'second' | 'third' | 'answer' | 'bye'

/** The lines of `-inf`: see `FIELDS`. */
export function toCallFile(plan: readonly PlannedCall[], site: Site): string {
  return `SEQUENTIAL\n${plan.map(call => toFields(call, site).join(';')).join('\n')}\n`
}

/**
 * 0 kind: `e` event leg, `r` ring leg, with an `a` behind it where nobody answers. 1 number called. 2 From. 3 asserted
 * number. 4 privacy. 5 desk. 6 ms of ringing. 7 ms of talking. 8 and 9 desks it rings at besides, or nothing.
 * 10 `l`: with a location, 11 and 12.
 */
function toFields(call: PlannedCall, site: Site): string[] {
  const { line, isAbandoned, e164, isWithheld, location, desks, ringMs, holdMs } = call
  const isRingLeg = isAbandoned && site.ringLeg !== undefined
  const numbers = isRingLeg ? (site.ringLeg?.numbers ?? site.numbers) : site.numbers
  const device = (at: number) => site.desks[desks[at] ?? -1]?.device ?? ''
  return [
    `${isRingLeg ? 'r' : 'e'}${isAbandoned ? 'a' : ''}`,
    numbers[line],
    isWithheld ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : `<sip:${e164}@switch.invalid>`,
    `<sip:${e164}@switch.invalid>`,
    isWithheld ? 'id' : 'none',
    device(0),
    String(ringMs),
    String(holdMs),
    device(1),
    device(2),
    location === undefined ? '-' : 'l',
    String(location?.latitude ?? 0),
    String(location?.longitude ?? 0)
  ]
}

/** The trunk by whose id and the call's own the gateway names the call. */
export function trunkOf(call: PlannedCall, site: Site): string {
  return call.isAbandoned ? (site.ringLeg?.trunk ?? site.trunk) : site.trunk
}

const REFUSALS = [400, 403, 404, 408, 480, 482, 483, 486, 488, 500, 502, 503, 504, 600, 603]

/** A call that is refused is over; that it was, stands in the log. */
function refusals(transaction: Transaction, next: string): string {
  return REFUSALS.map(status => answer(status, transaction, `optional="true" next="${next}"`)).join('\n  ')
}

/**
 * Each request names its transaction, and each answer the one it must be of. Else SIPp goes by the method alone, of all
 * that it has ever sent: a gateway that is late sends its 200 to the INVITE again, and SIPp would take that for the 200
 * to the INFO which it has just sent. The desk's INFO would then be lost unheard, and never sent again; and the ACK, for
 * which the gateway asks so, neither.
 */
export function toScenario(site: Site): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="callbox-load">
  <nop><action>
    <assignstr assign_to="kind" value="[field0]"/>
    <assignstr assign_to="has" value="[field10]"/>
    <assignstr assign_to="second" value="[field8]"/>
    <assignstr assign_to="ringText" value="[field6]"/>
    <assignstr assign_to="holdText" value="[field7]"/>
    <todouble assign_to="ringMs" variable="ringText"/>
    <todouble assign_to="holdMs" variable="holdText"/>
    ${isEqual('isRingLeg', 'kind', 'ra')}
    ${isEqual('isGivenUp', 'kind', 'ea')}
    ${isEqual('isLocated', 'has', 'l')}
    ${isEqual('isAlone', 'second', '')}
  </action></nop>
  <nop next="${AT.ringLeg}" test="isRingLeg"/>
  ${eitherInvite(site, 'call', AT.withLocation, AT.sent)}
  ${answer(100, 'call', 'optional="true"')}
  ${answer(180, 'call', 'optional="true"')}
  ${refusals('call', AT.refused)}
  ${answer(200, 'call')}
  <send ack_txn="call">${request('ACK', 1)}</send>
  <nop next="${AT.more}" test="isAlone"/>
  ${info(2, site, 'second', 'alerting', '[field8]')}
  ${info(3, site, 'third', 'alerting', '[field9]')}
  <label id="${AT.more}"/>
  <pause variable="ringMs"/>
  <nop next="${AT.bye}" test="isGivenUp"/>
  ${info(4, site, 'answer', 'answered', '[field5]')}
  <pause variable="holdMs"/>
  <label id="${AT.bye}"/>
  ${send('bye', request('BYE', 9))}
  ${answer(200, 'bye', `next="${AT.answered}"`)}
  <label id="${AT.refused}"/>
  <send ack_txn="call" next="${AT.answered}">${request('ACK', 1, [], '[last_Via:]')}</send>
  <label id="${AT.ringLeg}"/>
  ${eitherInvite(site, 'ring', AT.ringWithLocation, AT.ringSent)}
  ${answer(100, 'ring', 'optional="true"')}
  ${refusals('ring', AT.ringRefused)}
  ${answer(180, 'ring')}
  <pause variable="ringMs"/>
  ${send('cancel', request('CANCEL', 1, [], '[last_Via:]', ''))}
  ${answer(200, 'cancel')}
  ${answer(487, 'ring')}
  <label id="${AT.ringRefused}"/>
  <send ack_txn="ring">${request('ACK', 1, [], '[last_Via:]')}</send>
  <label id="${AT.answered}"/>
</scenario>
`
}

/** With a location or without. What waits for its answer stands next to it: an answer can be quicker than a `nop`. */
function eitherInvite(site: Site, transaction: Transaction, withLocation: string, sent: string): string {
  const located = invite(site, LOCATED, 'multipart/mixed;boundary=loc', 'Geolocation: <cid:fix@switch.invalid>')
  return `<nop next="${withLocation}" test="isLocated"/>
  ${send(transaction, invite(site, SDP, 'application/sdp'), `next="${sent}"`)}
  <label id="${withLocation}"/>
  ${send(transaction, located)}
  <label id="${sent}"/>`
}

/** Sent again until it is answered, where the transport can lose it. */
function send(transaction: Transaction, message: string, more = ''): string {
  return `<send retrans="500" start_txn="${transaction}" ${more}>${message}</send>`
}

function answer(status: number, transaction: Transaction, more = ''): string {
  return `<recv response="${status}" response_txn="${transaction}" ${more}/>`
}

function isEqual(result: string, variable: string, word: string): string {
  return `<strcmp assign_to="cmp" variable="${variable}" value="${word}"/>
    <test assign_to="${result}" variable="cmp" compare="equal" value="0"/>`
}

function invite(site: Site, body: string, type: string, ...headers: readonly string[]): string {
  const own = [
    'P-Asserted-Identity: [field3]',
    'Privacy: [field4]',
    `${site.deviceHeader}: [field5]`,
    ...headers,
    `Content-Type: ${type}`
  ]
  return request('INVITE', 1, own, VIA, '', body)
}

function info(cseq: number, site: Site, transaction: Transaction, state: string, device: string): string {
  const own = [`${site.deviceHeader}: ${device}`, `X-Call-State: ${state}`]
  return `${send(transaction, request('INFO', cseq, own))}\n  ${answer(200, transaction)}`
}

const VIA = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]'

/** The From-tag is made of the numbers in SIPp's own Call-ID, so that this alone names the call. */
function request(
  method: string,
  cseq: number,
  headers: readonly string[] = [],
  via: string = VIA,
  toTag = '[peer_tag_param]',
  body = ''
): string {
  const lines = [
    `${method} sip:[field1]@[remote_ip]:[remote_port] SIP/2.0`,
    via,
    'From: [field2];tag=[pid]SIPp[call_number]',
    `To: <sip:[field1]@[remote_ip]:[remote_port]>${toTag}`,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:switch@[local_ip]:[local_port];transport=[transport]>',
    'Max-Forwards: 70',
    ...headers,
    body === '' ? 'Content-Length: 0' : 'Content-Length: [len]'
  ]
  return `<![CDATA[\n\n${[...lines, '', ...(body === '' ? [] : [body])].join('\n')}\n]]>`
}

const SDP = [
  'v=0',
  'o=switch 53655765 2353687637 IN IP[local_ip_type] [local_ip]',
  's=-',
  'c=IN IP[media_ip_type] [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 8',
  'a=rtpmap:8 PCMA/8000',
  ''
].join('\n')

/** RFC 6442 and RFC 4119: a circle of 35 m. */
const LOCATED = `--loc
Content-Type: application/sdp

${SDP}
--loc
Content-Type: application/pidf+xml
Content-ID: <fix@switch.invalid>

<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:gml="http://www.opengis.net/gml" entity="pres:caller@switch.invalid">
<tuple id="fix"><status><gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>[field11] [field12]</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9001">35</gs:radius></gs:Circle></gp:location-info><gp:usage-rules/><gp:method>GNSS</gp:method></gp:geopriv></status><timestamp>2026-03-03T12:00:00Z</timestamp></tuple>
</presence>
--loc--
`
