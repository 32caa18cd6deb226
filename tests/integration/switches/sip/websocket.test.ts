import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { makeAuthority } from '../../../support/certificates.ts'
import { wsClient } from '../../../support/sip-client.ts'
import { callThrough, startDriver } from '../../../support/sip-driver.ts'
import { header, makeBranch, makeDialog, request } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

t.test('a call over WebSocket, each message a frame', async t => {
  const { driver, events } = await startDriver(t, { sip: { ws: { port: 0 } } })
  const client = await wsClient(t, `ws://127.0.0.1:${driver.ports.ws}`)
  const { status, contact } = await callThrough(client, 'WS df7jal23ls0d.invalid')
  t.same([status, contact], [200, `<sip:callbox@127.0.0.1:${driver.ports.ws};transport=ws>`])
  t.same(
    events.map(({ kind }) => kind),
    ['offered', 'released']
  )
  await client.send('\r\n\r\n')
  await until(() => (client.received().endsWith('\r\n\r\n\r\n') ? '' : 'no answer to the keep-alive'))
  const via = `SIP/2.0/WS df7jal23ls0d.invalid;branch=${makeBranch()}`
  await client.send(request({ dialog: makeDialog(), method: 'OPTIONS', via }))
  await until(() => (client.answers.some(each => header(each, 'cseq') === '1 OPTIONS') ? '' : 'no answer'))
})

t.test('a name that is not UTF-8 goes back byte for byte', async t => {
  const { driver } = await startDriver(t, { sip: { ws: { port: 0 } } })
  const client = await wsClient(t, `ws://127.0.0.1:${driver.ports.ws}`)
  const headers = { From: '"Caf\u00e9" <sip:+447700900123@switch.invalid>;tag=1' }
  const text = request({
    dialog: makeDialog(),
    method: 'OPTIONS',
    via: 'SIP/2.0/WS a.invalid;branch=z9hG4bK1',
    headers
  })
  await client.send(Buffer.from(text, 'latin1'))
  t.match(header(await client.next(), 'from'), 'Caf\u00e9')
})

t.test('a call over secure WebSocket needs the certificate of its trunk', async t => {
  const authority = await makeAuthority(t)
  const own = await authority.sign('callbox.invalid')
  const sbc = await authority.sign('sbc1.force.invalid')
  const other = await authority.sign('sbc2.force.invalid')
  const ca = await readFile(authority.caFile)
  const wss = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const { driver, refused } = await startDriver(t, { sip: { wss }, trunks: [{ tlsNames: ['sbc1.force.invalid'] }] })
  const url = `wss://127.0.0.1:${driver.ports.wss}`
  const shown = async (files: typeof own) => ({
    ca,
    cert: await readFile(files.certFile),
    key: await readFile(files.keyFile)
  })
  const client = await wsClient(t, url, await shown(sbc))
  const { status, contact } = await callThrough(client, 'WSS df7jal23ls0d.invalid')
  t.same([status, contact], [200, `<sip:callbox@127.0.0.1:${driver.ports.wss};transport=ws>`])
  await t.rejects(wsClient(t, url, await shown(other)))
  t.equal(await refused('tls-name'), 1)
})

t.test('who asks for a page, another protocol or nothing is closed and counted', async t => {
  const { driver, refused, connections } = await startDriver(t, { sip: { ws: { port: 0 }, handshakeMs: 300 } })
  const port = driver.ports.ws ?? 0
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 426)
  const other = new WebSocket(`ws://127.0.0.1:${port}`, 'chat')
  await new Promise(done => other.on('error', done))
  const noise = connect(port, '127.0.0.1').on('error', () => {})
  noise.write('INVITE sip:999@callbox.invalid SIP/2.0\r\n\r\n')
  await until(async () => ((await refused('no-websocket')) === 3 ? '' : `${await refused('no-websocket')} counted`))
  const silent = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => silent.destroy())
  await until(async () => ((await refused('handshake')) === 1 ? '' : 'the silent one is still there'))
  await until(async () => ((await connections()) === 0 ? '' : `${await connections()} still open`))
})

t.test('a frame that is too large ends its connection, and the next one is served', async t => {
  const { driver, refused } = await startDriver(t, { sip: { ws: { port: 0 }, tcpMaxBytes: 4_096 } })
  const url = `ws://127.0.0.1:${driver.ports.ws}`
  const large = await wsClient(t, url)
  await large.send('x'.repeat(5_000))
  await until(() => (large.isClosed() ? '' : 'still connected'))
  t.equal(await refused('websocket'), 1)
  const good = await wsClient(t, url)
  t.equal((await callThrough(good, 'WS a.invalid')).status, 200)
})
