import t from 'tap'
import { answerKey, ReplyPath } from '../../../../../src/switches/sip/embedded/reply-path.ts'

function makePath(isReliable: boolean, method = 'BYE') {
  const sent: Buffer[] = []
  const kept: { key: string; status: number; flow: { send(bytes: Buffer): void } }[] = []
  const flow = {
    transport: isReliable ? ('tcp' as const) : ('udp' as const),
    isReliable,
    local: { host: '192.0.2.9', port: 5060 },
    send: (bytes: Buffer) => void sent.push(bytes)
  }
  const request = { viaBranch: 'b', method, uri: 'sip:999@callbox.invalid', header: () => undefined }
  const path = new ReplyPath(request, flow, { remember: answer => void kept.push(answer) })
  return { path, sent, kept }
}

t.test('over UDP final answers are remembered and provisional ones are not', async t => {
  const { path, sent, kept } = makePath(false)
  await path.send('SIP/2.0 180 Ringing\r\n\r\n')
  await path.send('SIP/2.0 200 OK\r\n\r\n')
  t.equal(path.protocol, 'UDP')
  t.equal(sent.length, 2)
  t.match(kept, [{ key: 'b', status: 200 }])
  kept[0]?.flow.send(Buffer.from('again'))
  t.equal(String(sent[2]), 'again')
})

t.test('over TCP nothing is', async t => {
  const { path, sent, kept } = makePath(true)
  await path.send('SIP/2.0 200 OK\r\n\r\n')
  t.same([path.protocol, sent.length, kept.length], ['TCP', 1, 0])
})

t.test('bytes of the request go back as they came', async t => {
  const { path, sent } = makePath(true)
  await path.send('SIP/2.0 200 OK\r\nFrom: \u00e9\u00ff\r\n\r\n')
  t.same(sent[0]?.subarray(22, 24), Buffer.from([0xe9, 0xff]))
})

t.test('the answer to a CANCEL is not the answer to its INVITE', async t => {
  t.equal(answerKey({ viaBranch: 'b', method: 'INVITE' }), 'b')
  t.equal(answerKey({ viaBranch: 'b', method: 'CANCEL' }), 'b|CANCEL')
})

t.test('a dialog of sips keeps to it, over flows that can', async t => {
  const contactOver = (transport: 'tls' | 'udp', uri: string, headers: Record<string, string> = {}) => {
    const flow = { transport, isReliable: transport === 'tls', local: { host: '192.0.2.9', port: 5061 }, send() {} }
    const request = { viaBranch: 'b', method: 'INVITE', uri, header: (name: string) => headers[name] }
    return new ReplyPath(request, flow, { remember() {} }).contact
  }
  const sips = 'sips:callbox@192.0.2.9:5061;transport=tcp'
  const sip = 'sip:callbox@192.0.2.9:5061;transport=tls'
  t.equal(contactOver('tls', 'sips:999@callbox.invalid'), sips)
  t.equal(contactOver('tls', 'sip:999@callbox.invalid'), sip)
  t.equal(contactOver('tls', 'sip:999@callbox.invalid', { contact: '"x" <sips:switch@192.0.2.1>' }), sips)
  t.equal(contactOver('tls', 'sip:999@callbox.invalid', { contact: '"<sips:" <sip:switch@192.0.2.1>' }), sip)
  const routed = { 'record-route': '<sip:proxy.invalid;lr>', contact: '<sips:switch@192.0.2.1>' }
  t.equal(contactOver('tls', 'sip:999@callbox.invalid', routed), sip)
  t.equal(contactOver('udp', 'sips:999@callbox.invalid'), 'sip:callbox@192.0.2.9:5061')
})
