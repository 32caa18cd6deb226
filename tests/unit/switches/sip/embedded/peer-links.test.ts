import t from 'tap'
import type { AddressedFlow } from '../../../../../src/switches/sip/embedded/flow.ts'
import { PeerLinks } from '../../../../../src/switches/sip/embedded/peer-links.ts'
import { parseVia } from '../../../../../src/switches/sip/embedded/via.ts'

const WAY = { transport: 'tcp', address: '192.0.2.1', port: 5080 } as const

function makeLinks() {
  let now = 0
  const links = new PeerLinks({ now: () => now, monotonicMs: () => now })
  const connect = (sentBy: string) => {
    const state = { isOpen: true, sent: [] as string[] }
    const flow: AddressedFlow = {
      transport: 'tcp',
      isReliable: true,
      local: { host: '127.0.0.1', port: 5060 },
      send: bytes => state.sent.push(bytes.toString()),
      toPort: () => flow,
      isOpen: () => state.isOpen
    }
    const via = parseVia(`SIP/2.0/TCP ${sentBy};branch=z9hG4bK1`)
    if (via === undefined) throw new Error('no Via')
    const note = () => links.note(flow, '192.0.2.1', via)
    note()
    return { flow, note, state }
  }
  return { links, connect, pass: (ms: number) => (now += ms) }
}

t.test('the connection that speaks for a sender is the one its Vias name', t => {
  const { links, connect } = makeLinks()
  connect('192.0.2.1:5070')
  t.equal(links.open(WAY), undefined, 'another sender at the same address is another')
  const { flow, state } = connect('192.0.2.1:5080')
  t.equal(links.open(WAY), flow)
  state.isOpen = false
  t.equal(links.open(WAY), undefined)
  t.equal(links.counts.links, 1)
  t.end()
})

t.test('an answer without a connection goes when its sender connects again, once', t => {
  const { links, connect, pass } = makeLinks()
  links.hold(WAY, Buffer.from('200 first'))
  links.hold(WAY, Buffer.from('200 first'))
  pass(179_000)
  links.hold(WAY, Buffer.from('302 second'))
  t.same(connect('192.0.2.1:5070').state.sent, [])
  const { state, note } = connect('192.0.2.1:5080')
  t.same(state.sent, ['200 first', '302 second'])
  note()
  t.equal(state.sent.length, 2)
  t.equal(links.counts.held, 0)
  t.end()
})

t.test('after three minutes nobody waits for it, and a thousand wait at most', t => {
  const { links, connect, pass } = makeLinks()
  links.hold(WAY, Buffer.from('old'))
  pass(181_000)
  connect('192.0.2.1:5070')
  t.equal(links.counts.held, 0)
  for (let at = 0; at < 1_100; at++) links.hold(WAY, Buffer.from(String(at)))
  t.equal(links.counts.held, 1_000)
  t.equal(connect('192.0.2.1:5080').state.sent[0], '100', 'the oldest went first')
  t.end()
})
