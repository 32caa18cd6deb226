import t from 'tap'
import { SipFramer } from '../../../../../src/switches/sip/embedded/sip-framer.ts'

const one = (body = '') => `OPTIONS sip:a SIP/2.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const texts = (messages: readonly Buffer[]) => messages.map(String)

t.test('messages are cut by their length in bytes, wherever the network cuts the stream', async t => {
  const stream = Buffer.from(one('é') + one('two') + one())
  for (const size of [1, 2, 3, 7, 50, 1_000]) {
    const framer = new SipFramer(1_000)
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) found.push(...framer.push(stream.subarray(at, at + size)).messages)
    t.same(texts(found), [one('é'), one('two'), one()], `${size} bytes at a time`)
  }
})

t.test('each double line break between messages is one keep-alive, however it is cut', async t => {
  const framer = new SipFramer(1_000)
  t.equal(framer.push(Buffer.from('\r\n\r\n')).pings, 1)
  t.equal(framer.push(Buffer.from('\r\n')).pings, 0)
  t.equal(framer.push(Buffer.from('\r\n')).pings, 1)
  const last = framer.push(Buffer.from(`\r\n\r\n\r\n\r\n${one()}`))
  t.equal(last.pings, 2)
  t.same(texts(last.messages), [one()])
})

t.test('compact length, any case, spaces', async t => {
  for (const name of ['l', 'L ', 'content-length\t']) {
    t.equal(new SipFramer(1_000).push(Buffer.from(`A sip:a SIP/2.0\r\n${name}: 2\r\n\r\nab`)).messages.length, 1, name)
  }
})

t.test('a stream that cannot be followed ends', async t => {
  t.equal(new SipFramer(1_000).push(Buffer.from('A sip:a SIP/2.0\r\n\r\n')).fault, 'no-content-length')
  t.equal(new SipFramer(1_000).push(Buffer.from('A sip:a SIP/2.0\r\nl: -1\r\n\r\n')).fault, 'no-content-length')
  t.equal(new SipFramer(100).push(Buffer.from('x'.repeat(101))).fault, 'too-large')
  t.equal(new SipFramer(100).push(Buffer.from('A sip:a SIP/2.0\r\nl: 5000\r\n\r\n')).fault, 'too-large')
})

t.test('what came whole before the fault is still read', async t => {
  const framed = new SipFramer(1_000).push(Buffer.from(`${one()}garbage\r\n\r\n`))
  t.same(texts(framed.messages), [one()])
  t.equal(framed.fault, 'no-content-length')
})
