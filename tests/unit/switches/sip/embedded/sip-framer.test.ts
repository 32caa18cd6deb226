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

t.test('64 KB a byte at a time costs no more than its bytes', async t => {
  const text = `OPTIONS sip:a SIP/2.0\r\nX-Long: ${'x'.repeat(65_000)}\r\nContent-Length: 400\r\n\r\n${'b'.repeat(400)}`
  const stream = Buffer.from(text)
  const framer = new SipFramer(65_536)
  const began = performance.now()
  const found: Buffer[] = []
  for (let at = 0; at < stream.length; at++) found.push(...framer.push(stream.subarray(at, at + 1)).messages)
  t.comment(`figure: ${stream.length} bytes one by one in ${(performance.now() - began).toFixed(0)} ms`)
  t.same(texts(found), [text])
  t.same([framer.isPartial, framer.capacity], [false, 0])
})

t.test('a few bytes of a message do not keep the large piece alive that they came in', async t => {
  const framer = new SipFramer(65_536)
  framer.push(Buffer.from(one('x'.repeat(60_000)) + one().slice(0, 10)))
  t.equal(framer.isPartial, true)
  t.ok(framer.capacity <= 2_048)
  t.same(texts(framer.push(Buffer.from(one().slice(10))).messages), [one()])
})

t.test('a flood in one piece is handed out a few at a time, in order, with its keep-alives', async t => {
  const framer = new SipFramer(1_000)
  const sent = Array.from({ length: 10 }, (_, at) => one(String(at)))
  const found: Buffer[] = []
  let pings = 0
  let framed = framer.push(Buffer.from(`${sent.join('\r\n\r\n')}\r\n\r\n`), 3)
  for (let turn = 0; turn < 10; turn++) {
    t.ok(framed.messages.length <= 3)
    found.push(...framed.messages)
    pings += framed.pings
    if (!framed.hasMore) break
    framed = framer.push(Buffer.alloc(0), 3)
  }
  t.same(texts(found), sent)
  t.same([pings, framer.isPartial], [10, false])
})

t.test('what was handed out is not written over by what comes after', async t => {
  const framer = new SipFramer(1_000)
  framer.push(Buffer.from(one('first').slice(0, -2)))
  const [first] = framer.push(Buffer.from(`st${one('second').slice(0, 20)}`)).messages
  framer.push(Buffer.from(one('second').slice(20)))
  t.equal(String(first), one('first'))
})

t.test('a length that was too short is found out at the next message', async t => {
  const short = one('body that is longer').replace('Content-Length: 19', 'Content-Length: 4')
  const framed = new SipFramer(1_000).push(Buffer.from(short + one()))
  t.equal(framed.messages.length, 1)
  t.equal(framed.fault, 'out-of-step')
})

t.test('a length on a folded line, and an answer of a switch, are followed', async t => {
  const framer = new SipFramer(1_000)
  t.equal(framer.push(Buffer.from('A sip:a SIP/2.0\r\nContent-Length:\r\n 2\r\n\r\nab')).messages.length, 1)
  t.equal(framer.push(Buffer.from('SIP/2.0 200 OK\r\nl: 0\r\n\r\n')).messages.length, 1)
})
