import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { makeAuthority } from '../../../support/certificates.ts'
import { tcpClient, tlsClient, udpClient, wsClient } from '../../../support/sip-client.ts'
import { callThrough, startDriver } from '../../../support/sip-driver.ts'
import { header, makeBranch, makeDialog, request } from '../../../support/sip-text.ts'

const hasIpv6 = Object.values(networkInterfaces()).some(each => each?.some(({ address }) => address === '::1'))
const skip = hasIpv6 ? false : 'this machine has no IPv6 loopback'

t.test('a call over IPv6 by every transport, beside IPv4 on the same port', { skip }, async t => {
  const authority = await makeAuthority(t)
  const own = await authority.sign('callbox.invalid')
  const sbc = await authority.sign('sbc.invalid')
  const [cert, key, ca] = await Promise.all([sbc.certFile, sbc.keyFile, authority.caFile].map(file => readFile(file)))
  const tls = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const { driver } = await startDriver(t, { sip: { alsoListen: ['::1'], tls, ws: { port: 0 } } })
  const { sip, tls: tlsPort = 0, ws = 0 } = driver.ports
  const clients = [
    { name: 'UDP', client: await udpClient(t, sip, '::1'), contact: `<sip:callbox@[::1]:${sip}>` },
    { name: 'TCP', client: await tcpClient(t, sip, '::1'), contact: `<sip:callbox@[::1]:${sip};transport=tcp>` },
    {
      name: 'TLS',
      client: await tlsClient(t, tlsPort, { host: '::1', cert, key, ca }),
      contact: `<sip:callbox@[::1]:${tlsPort};transport=tls>`
    },
    { name: 'WS', client: await wsClient(t, `ws://[::1]:${ws}`), contact: `<sip:callbox@[::1]:${ws};transport=ws>` }
  ]
  for (const { name, client, contact } of clients) {
    const answer = await callThrough(client, `${name} [::1]:${client.port || 5060}`)
    t.same([answer.status, answer.contact], [200, contact], name)
    t.match(answer.body, 'c=IN IP6 ::1', name)
  }
  const ipv4 = await udpClient(t, sip)
  t.equal((await callThrough(ipv4, `UDP 127.0.0.1:${ipv4.port}`)).contact, `<sip:callbox@127.0.0.1:${sip}>`)
})

t.test('a Via of IPv6 comes back with where it was received, without brackets', { skip }, async t => {
  const { driver } = await startDriver(t, { sip: { host: '::1' } })
  const client = await udpClient(t, driver.port, '::1')
  const ask = async (sentBy: string) => {
    const via = `SIP/2.0/UDP ${sentBy};branch=${makeBranch()};rport`
    await client.send(request({ dialog: makeDialog(), method: 'OPTIONS', via }))
    return header(await client.next(), 'via') ?? ''
  }
  t.match(await ask('[2001:db8::9]:5070'), `;rport=${client.port};received=::1`)
  t.match(await ask('[0:0:0:0:0:0:0:1]:5070'), `;rport=${client.port}`)
})

t.test('every address of both families on one port', { skip }, async t => {
  const { driver } = await startDriver(t, { sip: { host: '0.0.0.0', alsoListen: ['::'] } })
  for (const address of ['127.0.0.1', '::1']) {
    const udp = await udpClient(t, driver.port, address)
    const tcp = await tcpClient(t, driver.port, address)
    const host = address.includes(':') ? `[${address}]` : address
    t.equal((await callThrough(udp, `UDP ${host}:${udp.port}`)).status, 200)
    t.equal(
      (await callThrough(tcp, `TCP ${host}:${tcp.port}`)).contact,
      `<sip:callbox@${host}:${driver.port};transport=tcp>`
    )
  }
})
