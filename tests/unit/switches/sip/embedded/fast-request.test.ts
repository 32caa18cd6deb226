import { NameAddrHeader } from 'sip.js/lib/core/index.js'
import t from 'tap'
import { checkRequest } from '../../../../../src/switches/sip/embedded/edge.ts'
import { parseWire } from '../../../../../src/switches/sip/embedded/parse-wire.ts'
import { invite, makeDialog, type RequestOptions } from '../../../../support/sip-text.ts'

function read(over: Partial<RequestOptions> = {}) {
  const parsed = parseWire(Buffer.from(invite(makeDialog({ callId: 'c', fromTag: 'f' }), over), 'latin1'), 200)
  if (parsed.kind !== 'request') throw new Error(parsed.kind)
  const checked = checkRequest(parsed.message, { address: '192.0.2.1', port: 5060, receivedAt: 7 }, parsed.fault)
  if (checked.kind !== 'checked') throw new Error(checked.kind)
  return checked.request
}

t.test('what the core asks of a request is answered without its grammar', async t => {
  const request = read({ headers: { 'Content-Disposition': 'Session;handling=required' } })
  t.match(request, { method: 'INVITE', callId: 'c', fromTag: 'f', cseq: 1, peer: '192.0.2.1', receivedAt: 7 })
  for (const name of ['from', 'To', 'CONTACT']) t.ok(request.parseHeader(name) instanceof NameAddrHeader, name)
  t.equal(request.parseHeader('contact'), request.parseHeader('contact'), 'parsed once')
  t.same(request.parseHeader('content-disposition'), { type: 'session' })
  t.equal(request.parseHeader('Content-Type'), 'application/sdp')
  t.equal(request.parseHeader('CSeq'), '1 INVITE')
  t.equal(request.parseHeader('x-none'), undefined)
  t.equal(request.getHeader('CSeq'), '1 INVITE')
  t.same(request.getHeaders('Record-Route'), [])
  t.same([request.hasHeader('Max-Forwards'), request.hasHeader('X-None')], [true, false])
  t.same([request.header('cseq'), request.all('x-none')], ['1 INVITE', []])
})

t.test('a first request has no To-tag at all, and an empty one is none', async t => {
  t.equal(read().toTag, undefined)
  t.equal(read({ headers: { To: '<sip:999@x>;tag=' } }).toTag, undefined)
  t.equal(read({ headers: { To: '<sip:999@x>;tag=7' } }).toTag, '7')
})

t.test('an identity that is no SIP address survives', async t => {
  const to = read({ headers: { To: '<urn:service:sos>' } }).parseHeader('to')
  t.ok(to instanceof NameAddrHeader && to.uri.scheme === 'urn')
})
