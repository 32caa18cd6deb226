import t from 'tap'
import {
  answerPort,
  hasCookie,
  hasEmptyPart,
  parseVia,
  splitVias,
  stampVia
} from '../../../../../src/switches/sip/embedded/via.ts'

t.test('a Via as odd as the grammar allows', async t => {
  t.match(parseVia('SIP/2.0/UDP a.invalid:5070;branch=z9hG4bK1;rport'), {
    host: 'a.invalid',
    port: 5070,
    branch: 'z9hG4bK1'
  })
  t.match(parseVia('sip / 2.0  /  tcp   [2001:db8::1] : 5070 ; branch = x'), {
    host: '[2001:db8::1]',
    port: 5070,
    branch: 'x'
  })
  t.match(parseVia('SIP/7.0/UDP a'), { version: '7.0', host: 'a' })
  t.match(parseVia('SIP/2.0/X-New.1 a'), { host: 'a' })
  t.notOk(parseVia('SIP/2.0/UDP a;branch=')?.branch)
})

t.test('what is no Via, and what names a port that cannot be sent to', async t => {
  for (const value of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0 a',
    'HTTP/2.0/UDP a',
    'SIP/2.0/UDP a b',
    'SIP/2.0/UDP a:0',
    'SIP/2.0/UDP a:70000',
    'SIP/2.0/UDP a:x'
  ]) {
    t.equal(parseVia(value), undefined, value)
  }
})

const stamped = (value: string, address = '192.0.2.1', port = 40_000) => {
  const via = parseVia(value) ?? t.bailout(value)
  return via === undefined ? '' : stampVia(value, via, address, port)
}

t.test('received is written when it is news, rport when it was asked for', async t => {
  t.equal(stamped('SIP/2.0/UDP 192.0.2.1;branch=1'), 'SIP/2.0/UDP 192.0.2.1;branch=1')
  t.equal(stamped('SIP/2.0/UDP a;branch=1'), 'SIP/2.0/UDP a;branch=1;received=192.0.2.1')
  t.equal(
    stamped('SIP/2.0/UDP 192.0.2.1 ; rport ;branch=1'),
    'SIP/2.0/UDP 192.0.2.1 ;rport=40000 ;branch=1;received=192.0.2.1'
  )
  t.equal(stamped('SIP/2.0/UDP [2001:db8::1];branch=1', '2001:db8::1'), 'SIP/2.0/UDP [2001:db8::1];branch=1')
})

t.test('a sender that says itself where it was received from is not believed', async t => {
  t.equal(stamped('SIP/2.0/UDP a;received=10.0.0.1;branch=1'), 'SIP/2.0/UDP a;branch=1;received=192.0.2.1')
})

t.test('where the answer goes', async t => {
  const port = (value: string) => answerPort(parseVia(value) ?? { version: '', host: '', params: {} }, 40_000)
  t.equal(port('SIP/2.0/UDP a;rport'), 40_000)
  t.equal(port('SIP/2.0/UDP a:5070'), 5070)
  t.equal(port('SIP/2.0/UDP a'), 5060)
})

t.test('where it goes once a connection is gone: never to a port nobody listens on', async t => {
  const port = (value: string, transport: 'tcp' | 'tls') =>
    answerPort(parseVia(value) ?? { version: '', host: '', params: {} }, 40_000, transport)
  t.equal(port('SIP/2.0/TCP a:5070;rport', 'tcp'), 5070)
  t.same([port('SIP/2.0/TCP a;rport', 'tcp'), port('SIP/2.0/TLS a', 'tls')], [5060, 5061])
})

t.test('an IPv6 address is the same however it is written', async t => {
  const value = 'SIP/2.0/TCP [2001:DB8:0:0::1]:5070;branch=1'
  t.equal(stamped(value, '2001:db8::1'), value)
  t.equal(stamped(value, '2001:db8::2'), `${value};received=2001:db8::2`)
  t.equal(stamped(`${value};rport`, '2001:db8::1'), `${value};rport=40000;received=2001:db8::1`)
})

t.test('the cookie of RFC 3261, and what only looks like it', async t => {
  const has = (branch: string) =>
    hasCookie(parseVia(`SIP/2.0/UDP a;branch=${branch}`) ?? { version: '', host: '', params: {} })
  t.same([has('z9hG4bK1'), has('z9hG4bK'), has('1'), has('')], [true, false, false, false])
})

t.test('joined Vias are parted, empty parts are seen', async t => {
  t.same(splitVias(['a, b', 'c']), ['a', 'b', 'c'])
  t.equal(hasEmptyPart(['SIP/2.0/UDP a;;,;,,']), true)
  t.equal(hasEmptyPart(['SIP/2.0/UDP a ; ']), true)
  t.equal(hasEmptyPart(['SIP/2.0/UDP a;b, SIP/2.0/UDP c']), false)
})
