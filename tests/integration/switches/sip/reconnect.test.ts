import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import type { Metrics } from '../../../../src/operations/metrics.ts'
import type { Taken } from '../../../../src/switches/switch-driver.ts'
import { makeAuthority } from '../../../support/certificates.ts'
import { type SipClient, tcpClient, tlsClient, wsClient } from '../../../support/sip-client.ts'
import { startDriver } from '../../../support/sip-driver.ts'
import { invite, makeBranch, makeDialog, request } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

/** A journal that takes the calls when the test says so. */
function makeJournal() {
  const waiting: ((taken: Taken) => void)[] = []
  return {
    take: () => new Promise<Taken>(done => waiting.push(done)),
    waiting: (count: number) => until(() => (waiting.length === count ? '' : `${waiting.length} calls have come`)),
    goOn: () => {
      for (const done of waiting.splice(0)) done('durable')
    }
  }
}

/** The port the switch listens on, with all that comes to it. */
async function listenAsSwitch(t: Test, secure?: TlsOptions) {
  const links: Socket[] = []
  let text = ''
  const serve = (link: Socket) => {
    links.push(link)
    link.on('error', () => {})
    link.on('data', chunk => {
      text += chunk.toString('latin1')
    })
  }
  const server: Server = secure === undefined ? createServer(serve) : createTlsServer(secure, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const link of links) link.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, links, answers: () => text.match(/^SIP\/2\.0 \d{3}/gm) ?? [], received: () => text }
}

async function lost(metrics: Metrics, reason: string): Promise<number> {
  const { values } = await metrics.sipAnswersLost.get()
  return values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0
}

/** INVITEs whose answers the journal keeps waiting. */
async function call(client: SipClient, sentBy: string, count = 1): Promise<void> {
  for (let at = 0; at < count; at++) {
    await client.send(invite(makeDialog(), { via: `SIP/2.0/${sentBy};branch=${makeBranch()}` }))
  }
}

t.test('answers whose connection is gone take one new one to the port of the Via', async t => {
  const journal = makeJournal()
  const { driver, metrics, connections, events } = await startDriver(t, { take: journal.take })
  const gateway = await listenAsSwitch(t)
  const client = await tcpClient(t, driver.port)
  await call(client, `TCP 127.0.0.1:${gateway.port}`, 3)
  await journal.waiting(3)
  client.close()
  await until(async () => ((await connections()) === 0 ? '' : 'the connection is still there'))
  journal.goOn()
  await until(() => (gateway.answers().length >= 3 ? '' : `${gateway.answers().length} answers`))
  t.equal(gateway.links.length, 1)
  t.equal((await metrics.sipReconnects.get()).values[0]?.labels['result'], 'opened')
  const [link] = gateway.links
  link?.write(request({ dialog: makeDialog(), method: 'OPTIONS', via: `SIP/2.0/TCP a;branch=${makeBranch()}` }))
  await until(() => (/CSeq: 1 OPTIONS/.test(gateway.received()) ? '' : 'the new connection is not listened to'))
  t.equal(events.length, 3)
})

t.test('the same over TLS, where the switch must show the certificate of its trunk', async t => {
  const authority = await makeAuthority(t)
  const own = await authority.sign('callbox.invalid')
  const sbc = await authority.sign('sbc1.force.invalid')
  const other = await authority.sign('sbc2.force.invalid')
  const ca = await readFile(authority.caFile)
  const shown = async (files: typeof own) => ({
    ca,
    cert: await readFile(files.certFile),
    key: await readFile(files.keyFile)
  })
  const tls = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const journal = makeJournal()
  const trunks = [{ tlsNames: ['sbc1.force.invalid'] }]
  const { driver, metrics, connections } = await startDriver(t, { sip: { tls }, trunks, take: journal.take })
  const right = await listenAsSwitch(t, { ...(await shown(sbc)), requestCert: true, rejectUnauthorized: true })
  const wrong = await listenAsSwitch(t, { ...(await shown(other)), requestCert: true, rejectUnauthorized: true })
  const client = await tlsClient(t, driver.ports.tls ?? 0, await shown(sbc))
  await call(client, `TLS 127.0.0.1:${right.port}`)
  await call(client, `TLS 127.0.0.1:${wrong.port}`)
  await journal.waiting(2)
  client.close()
  await until(async () => ((await connections()) === 0 ? '' : 'the connection is still there'))
  journal.goOn()
  await until(() => (right.answers()[0] === 'SIP/2.0 200' ? '' : 'no answer'))
  await until(async () => ((await lost(metrics, 'reconnect-failed')) >= 1 ? '' : 'the other is not counted'))
  t.equal(wrong.received(), '')
})

t.test('an answer that cannot reach its switch is counted, and the call is in the record all the same', async t => {
  const journal = makeJournal()
  const { driver, metrics, events, connections } = await startDriver(t, {
    take: journal.take,
    sip: { ws: { port: 0 } }
  })
  const gone = await tcpClient(t, driver.port)
  await call(gone, 'TCP 127.0.0.1:1')
  await journal.waiting(1)
  gone.close()
  const page = await wsClient(t, `ws://127.0.0.1:${driver.ports.ws}`)
  await call(page, 'WS a.invalid')
  await journal.waiting(2)
  page.close()
  await until(async () => ((await connections()) === 0 ? '' : 'still connected'))
  journal.goOn()
  await until(async () => ((await lost(metrics, 'reconnect-failed')) >= 1 ? '' : 'TCP is not counted'))
  await until(async () => ((await lost(metrics, 'closed')) >= 1 ? '' : 'WebSocket is not counted'))
  t.equal(events.filter(({ kind }) => kind === 'offered').length, 2)
})

t.test('a switch that closes its side after the INVITE still has its answer', async t => {
  const journal = makeJournal()
  const { driver } = await startDriver(t, { take: journal.take })
  const gateway = await listenAsSwitch(t)
  const client = await tcpClient(t, driver.port)
  await call(client, `TCP 127.0.0.1:${gateway.port}`)
  await journal.waiting(1)
  client.end()
  await until(() => (client.isClosed() ? '' : 'still open'))
  journal.goOn()
  await until(() => (gateway.answers()[0] === 'SIP/2.0 200' ? '' : 'no answer'))
})
