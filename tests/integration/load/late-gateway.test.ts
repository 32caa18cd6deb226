import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { PlannedCall } from '../../../src/load/plan.ts'
import { SippLoad } from '../../../src/load/sipp-load.ts'
import { demoSite } from '../../../src/load/site.ts'
import { header, parseAnswer, toTagOf } from '../../support/sip-text.ts'

/*
 * What SIPp, as the switch of a load, makes of a gateway that is late: whatever was lost on the way must be sent again
 * until its own answer comes, or the load counts calls as lost of whose desks no gateway was ever told.
 */

const CALL: PlannedCall = {
  ...{ line: '999', isAbandoned: false, e164: '+447700900122', isWithheld: false, isRepeat: false },
  ...{ location: undefined, desks: [0, 1, 2], ringMs: 20, holdMs: 20 }
}

interface Heard {
  readonly method: string
  readonly cseq: string
  readonly device: string | undefined
  /** How often it came, this time among them. */
  readonly times: number
}

/** Tells what it heard, and is told by the test what to answer: statuses to this request, or `again` what it said last. */
async function aGateway(t: Test, answer: (heard: Heard) => readonly (number | 'again')[]) {
  const socket = createSocket('udp4')
  const heard: Heard[] = []
  let last = ''
  socket.on('message', (bytes, { port }) => {
    const request = parseAnswer(bytes)
    const [method = ''] = request.text.split(' ', 1)
    const cseq = header(request, 'cseq') ?? ''
    const times = heard.filter(other => other.cseq === cseq).length + 1
    const one = { method, cseq, device: header(request, 'x-device'), times }
    heard.push(one)
    for (const status of answer(one)) {
      if (status !== 'again')
        last = toAnswer(request, method === 'CANCEL' && status === 487 ? 'INVITE' : method, status)
      socket.send(last, port, '127.0.0.1')
    }
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return { heard, port: socket.address().port }
}

function toAnswer(request: ReturnType<typeof parseAnswer>, method: string, status: number): string {
  const to = header(request, 'to') ?? ''
  const cseq = (header(request, 'cseq') ?? '').replace(/\S+$/, method)
  return [
    `SIP/2.0 ${status} Said`,
    `Via: ${header(request, 'via')}`,
    `From: ${header(request, 'from')}`,
    `To: ${toTagOf(request) === '' && !to.includes(';tag=') ? `${to};tag=ours` : to}`,
    `Call-ID: ${header(request, 'call-id')}`,
    `CSeq: ${cseq}`,
    'Content-Length: 0',
    '',
    ''
  ].join('\r\n')
}

function place(plan: readonly PlannedCall[], port: number): Promise<{ exitCode: number; failed: number }> {
  const load = new SippLoad({
    ...{ plan, site: demoSite(3), rate: { calls: 1, periodMs: 100 }, to: { host: '127.0.0.1', port } },
    ...{ from: undefined, transport: 'udp', tls: undefined, onLine: () => {} }
  })
  return load.run().then(({ exitCode, seconds }) => ({ exitCode, failed: seconds.at(-1)?.failed ?? -1 }))
}

t.test(
  'a desk at which it rings is said until it is heard, however often the answer to the call comes again',
  async t => {
    const { heard, port } = await aGateway(t, ({ method, times }) => {
      if (method === 'INVITE') return [200]
      if (method === 'ACK') return []
      // The first of each is lost, and the gateway sends once more what it said before.
      return times === 1 ? ['again'] : [200]
    })
    t.same(await place([CALL], port), { exitCode: 0, failed: 0 })
    const desks = demoSite(3).desks.map(({ device }) => device)
    t.same(
      heard.filter(({ method }) => method === 'INFO').map(({ cseq, device, times }) => [cseq, device, times]),
      [
        ...[1, 2].map(times => ['2 INFO', desks[1], times]),
        ...[1, 2].map(times => ['3 INFO', desks[2], times]),
        ...[1, 2].map(times => ['4 INFO', desks[0], times])
      ]
    )
    t.equal(heard.filter(({ method }) => method === 'ACK').length, 2, 'a 200 that comes again wants its ACK again')
    t.equal(heard.filter(({ method }) => method === 'BYE').length, 2, 'and its end until that is heard')
  }
)

t.test('a caller who gives up is gone when the gateway has heard it; a refused call has its ACK', async t => {
  let called = 0
  const { heard, port } = await aGateway(t, ({ method, times }) => {
    if (method === 'INVITE') return ++called === 1 ? [180] : [503]
    if (method === 'CANCEL') return times === 1 ? ['again'] : [200, 487]
    return []
  })
  const givenUp = { ...CALL, isAbandoned: true, desks: [0] }
  t.same(await place([givenUp, { ...CALL, desks: [0] }], port), { exitCode: 0, failed: 0 })
  t.equal(heard.filter(({ method }) => method === 'CANCEL').length, 2)
  t.equal(heard.filter(({ method }) => method === 'ACK').length, 2)
})
