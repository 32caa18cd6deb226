import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { Taken } from '../../../../src/switches/switch-driver.ts'
import { type SipClient, tcpClient, udpClient, wsClient } from '../../../support/sip-client.ts'
import { startDriver } from '../../../support/sip-driver.ts'
import { type Dialog, header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

/*
 * A gateway that is gone before it has answered, and the next one with what the record has of its calls: over real
 * sockets, as the switch sees it.
 */

const never = () => new Promise<Taken>(() => {})

/** Sends an INVITE to a driver that never answers; what the next process finds in the record. */
async function unanswered(client: SipClient, events: readonly { kind: string }[], text: string) {
  const before = events.length
  await client.send(text)
  await until(() => (events.length > before ? '' : 'the INVITE has not come'))
  const event = events[before] as { dialog?: Record<string, unknown> }
  return JSON.parse(JSON.stringify(event.dialog ?? {}))
}

async function endIt(client: SipClient, dialog: Dialog, transport: string): Promise<number> {
  const via = () => `SIP/2.0/${transport} 127.0.0.1:${client.port};branch=${makeBranch()};rport`
  await client.send(request({ dialog, method: 'ACK', via: via() }))
  await client.send(request({ dialog, method: 'BYE', cseq: 2, via: via() }))
  let status = 0
  await until(() => {
    const bye = client.answers.find(answer => /BYE/.test(header(answer, 'cseq') ?? ''))
    status = bye?.status ?? 0
    return bye === undefined ? 'no answer to BYE' : ''
  })
  return status
}

t.test('over UDP the answer comes from the next process', async t => {
  const before = await startDriver(t, { take: never })
  const client = await udpClient(t, before.driver.port)
  const dialog = makeDialog()
  const via = `SIP/2.0/UDP 127.0.0.1:${client.port};branch=${makeBranch()};rport`
  const stored = await unanswered(client, before.events, invite(dialog, { via }))
  await before.driver.stop()
  const after = await startDriver(t, { restored: [stored], sip: { port: before.driver.port } })
  await until(() => (client.answers.some(({ status }) => status === 200) ? '' : 'no 200'))
  const up = client.answers.find(({ status }) => status === 200)
  t.match(header(up, 'contact'), `sip:callbox@127.0.0.1:${after.driver.port}`)
  t.equal(await endIt(client, { ...dialog, toTag: toTagOf(up) }, 'UDP'), 200)
  t.match(after.events, [{ kind: 'released' }])
})

t.test('over TCP it takes a new connection to the port of the Via', async t => {
  const before = await startDriver(t, { take: never })
  const client = await tcpClient(t, before.driver.port)
  const home = await listenAsSwitch(t)
  const via = `SIP/2.0/TCP 127.0.0.1:${home.port};branch=${makeBranch()}`
  const stored = await unanswered(client, before.events, invite(makeDialog(), { via }))
  client.close()
  await before.driver.stop()
  const after = await startDriver(t, { restored: [stored] })
  await until(() => (home.received().includes('SIP/2.0 200 OK') ? '' : 'no 200'))
  t.match(home.received(), `sip:callbox@127.0.0.1:${after.driver.port};transport=tcp`)
})

t.test('a switch that takes no connection gets it by its own next one', async t => {
  const before = await startDriver(t, { take: never })
  const client = await tcpClient(t, before.driver.port)
  const dialog = makeDialog()
  // The port of a client, where nobody listens.
  const sentBy = `TCP 127.0.0.1:${client.port}`
  const text = invite(dialog, { via: `SIP/2.0/${sentBy};branch=${makeBranch()}` })
  const stored = await unanswered(client, before.events, text)
  client.close()
  await before.driver.stop()
  const after = await startDriver(t, { restored: [stored] })
  const other = await tcpClient(t, after.driver.port)
  await other.send(request({ dialog: makeDialog(), method: 'OPTIONS', via: `SIP/2.0/TCP a;branch=${makeBranch()}` }))
  t.match(header(await other.next(), 'cseq'), /OPTIONS/, 'another sender hears nothing of it')
  const again = await tcpClient(t, after.driver.port)
  await again.send(
    request({ dialog: makeDialog(), method: 'OPTIONS', via: `SIP/2.0/${sentBy};branch=${makeBranch()}` })
  )
  await until(() => (again.answers.some(each => /INVITE/.test(header(each, 'cseq') ?? '')) ? '' : 'no answer'))
  const up = again.answers.find(each => /INVITE/.test(header(each, 'cseq') ?? ''))
  t.equal(up?.status, 200)
  t.equal(await endIt(again, { ...dialog, toTag: toTagOf(up) }, 'TCP'), 200)
  t.equal(other.answers.length, 1)
})

t.test('a WebSocket peer, whom nobody can connect to, gets it when it is back', async t => {
  const ws = { port: 0 }
  const before = await startDriver(t, { take: never, sip: { ws }, trunks: [{ transports: ['ws'] }] })
  const client = await wsClient(t, `ws://127.0.0.1:${before.driver.ports.ws}`)
  const sentBy = 'WS df7jal23ls0d.invalid'
  const text = invite(makeDialog(), { via: `SIP/2.0/${sentBy};branch=${makeBranch()}` })
  const stored = await unanswered(client, before.events, text)
  client.close()
  await before.driver.stop()
  const after = await startDriver(t, { restored: [stored], sip: { ws }, trunks: [{ transports: ['ws'] }] })
  const again = await wsClient(t, `ws://127.0.0.1:${after.driver.ports.ws}`)
  await again.send(
    request({ dialog: makeDialog(), method: 'OPTIONS', via: `SIP/2.0/${sentBy};branch=${makeBranch()}` })
  )
  await until(() => (again.answers.some(each => /INVITE/.test(header(each, 'cseq') ?? '')) ? '' : 'no answer'))
  t.equal(again.answers.find(each => /INVITE/.test(header(each, 'cseq') ?? ''))?.status, 200)
})

t.test('dialogs taken over while we run are answered as well, and those we have are left alone', async t => {
  const other = await startDriver(t, { take: never })
  const client = await udpClient(t, other.driver.port)
  const via = () => `SIP/2.0/UDP 127.0.0.1:${client.port};branch=${makeBranch()};rport`
  const stored = await unanswered(client, other.events, invite(makeDialog(), { via: via() }))
  const here = await startDriver(t)
  here.driver.restore([stored])
  here.driver.restore([stored])
  await until(() => (client.answers.some(({ status }) => status === 200) ? '' : 'no 200'))
  t.equal(here.driver.counts?.legs, 1)
})

async function listenAsSwitch(t: Test) {
  const links: Socket[] = []
  let text = ''
  const server = createServer(link => {
    links.push(link)
    link.on('error', () => {})
    link.on('data', chunk => {
      text += chunk.toString('latin1')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const link of links) link.destroy()
    server.close()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, received: () => text }
}
