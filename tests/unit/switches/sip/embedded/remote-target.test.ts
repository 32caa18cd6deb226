import t from 'tap'
import { checkRequest } from '../../../../../src/switches/sip/embedded/edge.ts'
import { parseWire } from '../../../../../src/switches/sip/embedded/parse-wire.ts'
import { movedTarget, targetOf, toInsideRequest } from '../../../../../src/switches/sip/embedded/remote-target.ts'
import { invite, makeDialog, parseAnswer } from '../../../../support/sip-text.ts'

function read(headers: Record<string, string>) {
  const parsed = parseWire(Buffer.from(invite(makeDialog({ fromTag: 'f' }), { headers }), 'latin1'), 100)
  if (parsed.kind !== 'request') throw new Error('not read')
  const checked = checkRequest(parsed.message, { address: '192.0.2.1', port: 5060, receivedAt: 0 })
  if (checked.kind === 'silence') throw new Error('silence')
  return checked.request
}

const bye = (headers: Record<string, string>) => {
  const target = targetOf(read(headers))
  if (target === undefined) throw new Error('no target')
  const dialog = { callId: 'c', fromTag: 'f', toTag: 'ours', cseq: 3, branch: 'z9hG4bKb' }
  const flow = { transport: 'udp' as const, local: { host: '192.0.2.5', port: 5060 } }
  const text = toInsideRequest({ method: 'BYE', target, flow, ...dialog, contact: 'sip:callbox@192.0.2.5:5060' })
  return parseAnswer(Buffer.from(text, 'latin1'))
}

t.test('a request of ours is addressed by the switch’s own Contact, From and To', async t => {
  const { text } = bye({ Contact: '"PBX" <sip:pbx@192.0.2.1:5070;transport=udp>;q=1', To: '<sip:999@x>' })
  const [first, ...lines] = text.split('\r\n')
  t.equal(first, 'BYE sip:pbx@192.0.2.1:5070;transport=udp SIP/2.0')
  t.same(lines, [
    'Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bKb;rport',
    'Max-Forwards: 70',
    'From: <sip:999@x>;tag=ours',
    'To: <sip:+447700900123@switch.invalid>;tag=f',
    'Call-ID: c',
    'CSeq: 3 BYE',
    'Contact: <sip:callbox@192.0.2.5:5060>',
    'User-Agent: Callbox',
    'Content-Length: 0',
    '',
    ''
  ])
})

t.test('routes are gone through in their order; a strict router is asked itself (§12.2.1.1)', async t => {
  const loose = bye({ 'Record-Route': '<sip:p2.invalid;lr>, <sip:p1.invalid;lr>' })
  t.match(loose.text, /^BYE sip:switch@192\.0\.2\.1:5060 SIP/)
  t.same(loose.headers.get('route'), ['<sip:p2.invalid;lr>', '<sip:p1.invalid;lr>'])
  const strict = bye({ 'Record-Route': '<sip:old.invalid>\r\nRecord-Route: <sip:p1.invalid;lr>' })
  t.match(strict.text, /^BYE sip:old\.invalid SIP/)
  t.same(strict.headers.get('route'), ['<sip:p1.invalid;lr>', '<sip:switch@192.0.2.1:5060>'])
})

t.test('what cannot be reached is not kept', async t => {
  const long = `<sip:${'x'.repeat(600)}@y>`
  for (const headers of [
    { Contact: '<tel:+441632960123>' },
    { Contact: long },
    { 'Record-Route': long },
    { 'Record-Route': Array(11).fill('<sip:p.invalid;lr>').join(', ') }
  ]) {
    t.equal(targetOf(read(headers)), undefined, JSON.stringify(headers).slice(0, 60))
  }
})

t.test('a switch that moves is followed, by its Contact only', async t => {
  const target = targetOf(read({}))
  t.equal(movedTarget(target, read({ Contact: '<sip:new@192.0.2.7>' }))?.uri, 'sip:new@192.0.2.7')
  t.same(movedTarget(target, read({ Contact: '<tel:1>' })), target)
  t.equal(movedTarget(undefined, read({})), undefined)
})
