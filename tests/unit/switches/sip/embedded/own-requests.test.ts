import t from 'tap'
import { OwnRequests } from '../../../../../src/switches/sip/embedded/own-requests.ts'

const WAY = { transport: 'udp', isReliable: false, local: { host: '192.0.2.9', port: 5060 } } as const
const clock = { now: () => 0, monotonicMs: () => 0 }

function make() {
  const sent: string[] = []
  const bugs: unknown[] = []
  const requests = new OwnRequests({ clock, onBug: thrown => void bugs.push(thrown) })
  const flow = { ...WAY, send: (bytes: Buffer) => void sent.push(bytes.toString('latin1')) }
  return { requests, sent, bugs, flow }
}

t.test('an answer is known by the branch of its top Via, whatever else it says', async t => {
  const { requests, sent, flow } = make()
  requests.send(flow, branch => branch)
  requests.send(flow, branch => branch)
  const [one = '', two = ''] = sent
  t.not(one, two)
  t.match(one, /^z9hG4bK[0-9a-f]{24}$/)
  const answer = (via: string, status = '200 OK') => Buffer.from(`SIP/2.0 ${status}\r\n${via}\r\nCSeq: 1 BYE\r\n\r\n`)
  t.equal(requests.receive(answer(`Via: SIP/2.0/UDP x;branch=z9hG4bK${'0'.repeat(24)}`)), false)
  t.equal(requests.receive(answer(`Subject: ;branch=${one}`)), false)
  t.equal(requests.receive(answer(`Via: SIP/2.0/UDP y;branch=z9hG4bKother, SIP/2.0/UDP x;branch=${one}`)), false)
  t.equal(requests.receive(answer(`Via: SIP/2.0/UDP x;branch=${one}`, '999 What')), false)
  t.equal(requests.receive(answer(`v: SIP/2.0/UDP x;rport=5;branch=${one};received=1`)), true)
  t.equal(requests.receive(answer(`VIA : SIP/2.0/UDP x; branch = ${two}`, '100 Trying')), true)
  t.equal(requests.size, 1)
  t.equal(requests.receive(answer(`Via: SIP/2.0/UDP x;branch=${two}`, '408 Late')), true)
  t.equal(requests.size, 0)
  t.equal(requests.receive(answer(`Via: SIP/2.0/UDP x;branch=${two}`)), false, 'a repeat (Timer K)')
})

t.test('a way that breaks is counted and hurts nobody', async t => {
  const { requests, bugs } = make()
  const broken = {
    ...WAY,
    isReliable: true,
    send: () => {
      throw new Error('no way out')
    }
  }
  requests.send(broken, branch => branch)
  t.equal(bugs.length, 1)
})

t.test('what waits for an answer is bounded; beyond it a request goes once', async t => {
  const { requests, sent, flow } = make()
  for (let n = 0; n < 10_001; n++) requests.send(flow, () => 'x')
  t.equal(sent.length, 10_001)
  t.equal(requests.size, 10_000)
  requests.stop()
  t.equal(requests.size, 0)
})
