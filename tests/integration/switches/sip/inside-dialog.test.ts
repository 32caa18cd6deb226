import t from 'tap'
import type { CallEvent } from '../../../../src/call/call-event.ts'
import { makeEventId } from '../../../../src/call/ids.ts'
import { systemClock } from '../../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../src/operations/metrics.ts'
import { EmbeddedSipDriver } from '../../../../src/switches/sip/embedded/embedded-sip-driver.ts'
import { EVENT_TRUNK, RING_TRUNK, SIP_CONFIG } from '../../../support/sip-bench.ts'
import { type SipClient, tcpClient, udpClient } from '../../../support/sip-client.ts'
import { answerTo, requestsOf } from '../../../support/sip-switch.ts'
import { header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

/* What we say inside a dialog, and what a switch may ask there, over real sockets. */

const LOCAL = { peers: ['127.0.0.1'] }

async function makeDriver(t: { teardown(run: () => unknown): unknown }) {
  const events: CallEvent[] = []
  const [emergency, nonEmergency] = EVENT_TRUNK.numbers
  if (emergency === undefined || nonEmergency === undefined) throw new Error('two numbers')
  const driver = new EmbeddedSipDriver({
    sip: SIP_CONFIG,
    trunks: [
      { ...EVENT_TRUNK, ...LOCAL, numbers: [emergency] },
      { ...RING_TRUNK, ...LOCAL, numbers: [{ ...nonEmergency, number: '102' }] },
      {
        ...EVENT_TRUNK,
        ...LOCAL,
        id: 'asking-switch',
        mode: 'redirect',
        redirect: { budgetMs: 100, defaultTarget: 'sip:queue@127.0.0.1' },
        numbers: [nonEmergency]
      }
    ],
    chooseDevice: async () => '4001',
    makeEventId,
    log: silentLog,
    metrics: makeMetrics(),
    clock: systemClock
  })
  await driver.start(async event => {
    events.push(event)
    return 'durable'
  })
  t.teardown(() => driver.stop())
  return { events, port: driver.port }
}

const CLIENTS: readonly [string, typeof udpClient][] = [
  ['UDP', udpClient],
  ['TCP', tcpClient]
]
const to = (number: string) => ({ uri: `sip:${number}@callbox.invalid`, To: `<sip:${number}@callbox.invalid>` })

async function up(client: SipClient, via: () => string, headers: Record<string, string> = {}) {
  const dialog = makeDialog()
  await client.send(invite(dialog, { via: via(), headers }))
  const answer = await client.next()
  const known = { ...dialog, toTag: toTagOf(answer) }
  await client.send(request({ dialog: known, method: 'ACK', via: via() }))
  return { known, answer }
}

for (const [proto, connect] of CLIENTS) {
  t.test(`over ${proto} a leg that is replaced gets our BYE where its switch is, and its 200 ends that`, async t => {
    const { events, port } = await makeDriver(t)
    const client = await connect(t, port)
    const via = () => `SIP/2.0/${proto} 127.0.0.1:${client.port};branch=${makeBranch()}`
    const contact = { Contact: `<sip:switch@127.0.0.1:${client.port}>` }
    const old = await up(client, via, contact)
    const { callId, fromTag, toTag } = old.known
    const Replaces = `${callId};from-tag=${fromTag};to-tag=${toTag}`
    await client.send(invite(makeDialog(), { via: via(), headers: { ...contact, Replaces, Require: 'replaces' } }))
    await until(() => (client.answers.length >= 3 ? '' : 'no BYE has come'))
    const [bye] = requestsOf(client.answers)
    t.match(bye?.text, new RegExp(`^BYE sip:switch@127\\.0\\.0\\.1:${client.port} SIP/2\\.0`))
    t.match(header(bye, 'via'), `SIP/2.0/${proto} 127.0.0.1`)
    t.equal(header(bye, 'call-id'), callId)
    await client.send(answerTo(bye))
    await client.send(request({ dialog: old.known, method: 'INFO', cseq: 2, via: via() }))
    await until(() => (client.answers.at(-1)?.status === 481 ? '' : 'the old leg is still there'))
    t.match(events, [{ kind: 'offered' }, { kind: 'offered' }, { kind: 'released', cause: 'ended' }])
  })

  t.test(`over ${proto} a ringing that must be acknowledged is, and the caller who leaves ends it`, async t => {
    const { events, port } = await makeDriver(t)
    const client = await connect(t, port)
    const via = (branch = makeBranch()) => `SIP/2.0/${proto} 127.0.0.1:${client.port};branch=${branch}`
    const [dialog, branch] = [makeDialog(), makeBranch()]
    const { uri, To } = to('102')
    await client.send(invite(dialog, { uri, via: via(branch), headers: { To, Require: '100rel' } }))
    const ringing = await client.next()
    t.equal(ringing.status, 180)
    const known = { ...dialog, toTag: toTagOf(ringing) }
    const rack = { RAck: `${header(ringing, 'rseq')} 1 INVITE` }
    await client.send(request({ dialog: known, method: 'PRACK', cseq: 2, via: via(), headers: rack }))
    t.match((await client.next()).text, /^SIP\/2\.0 200 [^\r]*\r\n[\s\S]*CSeq: 2 PRACK/)
    const Reason = 'SIP;cause=200'
    await client.send(request({ dialog, method: 'CANCEL', uri, via: via(branch), headers: { To, Reason } }))
    await until(() => (events.length > 1 ? '' : 'the caller’s leaving is not heard'))
    t.match(events[1], { kind: 'released', cause: 'answered-elsewhere' })
  })

  t.test(`over ${proto} a switch that asks where a call goes is told within its time`, async t => {
    const { events, port } = await makeDriver(t)
    const client = await connect(t, port)
    const { uri, To } = to('101')
    const via = `SIP/2.0/${proto} 127.0.0.1:${client.port};branch=${makeBranch()}`
    await client.send(invite(makeDialog(), { uri, via, headers: { To } }))
    const answer = await client.next()
    t.equal(answer.status, 302)
    t.same(answer.headers.get('contact'), ['<sip:4001@127.0.0.1>;q=1', '<sip:queue@127.0.0.1>;q=0.5'])
    t.match(events, [{ kind: 'offered' }, { kind: 'alerting', device: '4001' }, { kind: 'released' }])
  })
}
