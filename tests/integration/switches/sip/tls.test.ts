import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Authority, type Identity, makeAuthority } from '../../../support/certificates.ts'
import { tlsClient, udpClient } from '../../../support/sip-client.ts'
import { callThrough, startDriver } from '../../../support/sip-driver.ts'
import { invite, makeBranch, makeDialog, request, toTagOf } from '../../../support/sip-text.ts'
import { until } from '../../../support/until.ts'

const own = await makeAuthority(t)
const stranger = await makeAuthority(t)
const callbox = await own.sign('callbox.invalid', { alternative: 'DNS:callbox.invalid' })
const sbc = await own.sign('sbc1.force.invalid', { alternative: 'DNS:sbc1.force.invalid' })
const other = await own.sign('sbc2.force.invalid', { alternative: 'DNS:sbc2.force.invalid' })
const expired = await own.sign('expired.invalid', { alternative: 'DNS:sbc1.force.invalid', isExpired: true })
const serverOnly = await own.sign('server.invalid', {
  alternative: 'DNS:sbc1.force.invalid\nextendedKeyUsage=serverAuth'
})
const forged = await stranger.sign('forged.invalid', { alternative: 'DNS:sbc1.force.invalid' })

function tlsSettings({ certFile, keyFile }: Identity, { caFile }: Authority = own) {
  return { port: 0, certFile, keyFile, caFile, minVersion: 'TLSv1.2' as const }
}

async function shown({ certFile, keyFile }: Identity) {
  return { cert: await readFile(certFile), key: await readFile(keyFile), ca: await readFile(own.caFile) }
}

async function start(t: Test, over: Parameters<typeof startDriver>[1] = {}) {
  const running = await startDriver(t, {
    ...over,
    sip: { tls: tlsSettings(callbox), ...over.sip },
    trunks: over.trunks ?? [{ tlsNames: ['sbc1.force.invalid'] }]
  })
  return { ...running, port: running.driver.ports.tls ?? 0 }
}

t.test('a switch with the certificate of its trunk calls through, and later requests come back over TLS', async t => {
  const { port, events } = await start(t)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const client = await tlsClient(t, port, { ...(await shown(sbc)), minVersion: version, maxVersion: version })
    const { status, contact, body } = await callThrough(client, `TLS 127.0.0.1:${client.port}`)
    t.same([status, contact], [200, `<sip:callbox@127.0.0.1:${port};transport=tls>`], version)
    t.match(body, 'c=IN IP4 127.0.0.1')
  }
  t.equal(events.length, 4)
})

t.test('a call of sips is answered with sips', async t => {
  const { port } = await start(t)
  const client = await tlsClient(t, port, await shown(sbc))
  const sips = { uri: 'sips:999@callbox.invalid', headers: { Contact: '<sips:switch@127.0.0.1:5061>' } }
  const { contact } = await callThrough(client, `TLS 127.0.0.1:${client.port}`, sips)
  t.equal(contact, `<sips:callbox@127.0.0.1:${port};transport=tcp>`)
})

t.test(
  'who shows no certificate, another name, one that has ended or of another root is closed and counted',
  async t => {
    const { port, refused, events } = await start(t)
    const ca = await readFile(own.caFile)
    const cases = [
      { what: 'none', options: { ca }, reason: 'tls-no-certificate' },
      { what: 'another name', options: await shown(other), reason: 'tls-name' },
      { what: 'ended', options: await shown(expired), reason: 'tls-untrusted' },
      { what: 'only for a server', options: await shown(serverOnly), reason: 'tls-untrusted' },
      { what: 'another root', options: await shown(forged), reason: 'tls-untrusted' }
    ]
    for (const { what, options, reason } of cases) {
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const before = await refused(reason)
        // Before TLS 1.3 a client is closed before it thinks it is open.
        const client = await tlsClient(t, port, { ...options, maxVersion }).catch(() => undefined)
        await client?.send('OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n')
        await until(() => (client?.isClosed() === false ? `${what}: still connected` : ''))
        await until(async () => ((await refused(reason)) === before + 1 ? '' : `${what}: not counted`))
        t.same(client?.answers ?? [], [], `${what}, ${maxVersion}`)
      }
    }
    t.equal(await refused('tls-untrusted'), 6)
    t.equal(events.length, 0)
    const good = await tlsClient(t, port, await shown(sbc))
    t.equal((await callThrough(good, `TLS 127.0.0.1:${good.port}`)).status, 200)
  }
)

t.test('of two trunks at one address a call comes only to that whose certificate is shown', async t => {
  const row = (line: string) => ({ number: line, line, force: 'tvp', route: 'primary' as const })
  const { port, driver, events } = await start(t, {
    trunks: [
      { id: 'pinned', tlsNames: ['sbc1.force.invalid'], numbers: [row('999')] },
      { id: 'open', numbers: [row('101')] }
    ]
  })
  const unpinned = await tlsClient(t, port, await shown(other))
  await callThrough(unpinned, `TLS 127.0.0.1:${unpinned.port}`)
  t.equal(events[0]?.trunk, 'open', 'the number of the pinned trunk is unknown to who may not speak for it')
  const pinned = await tlsClient(t, port, await shown(sbc))
  await callThrough(pinned, `TLS 127.0.0.1:${pinned.port}`)
  t.equal(events[2]?.trunk, 'pinned')
  t.ok(driver.ports.sip > 0)
})

t.test('a call of a pinned trunk is not ended from outside TLS, even with all its tags', async t => {
  const { port, driver, events } = await start(t, {
    trunks: [
      { id: 'pinned', tlsNames: ['sbc1.force.invalid'] },
      { id: 'open', numbers: [{ number: '101', line: '101', force: 'tvp', route: 'primary' }] }
    ]
  })
  const client = await tlsClient(t, port, await shown(sbc))
  const dialog = makeDialog()
  const via = (sentBy: string) => `SIP/2.0/${sentBy};branch=${makeBranch()};rport`
  await client.send(invite(dialog, { via: via(`TLS 127.0.0.1:${client.port}`) }))
  const known = { ...dialog, toTag: toTagOf(await client.next()) }
  const outside = await udpClient(t, driver.port)
  const bye = { dialog: known, method: 'BYE', cseq: 2 }
  await outside.send(request({ ...bye, via: via(`UDP 127.0.0.1:${outside.port}`) }))
  t.equal((await outside.next()).status, 481)
  t.same(
    events.map(({ kind }) => kind),
    ['offered']
  )
  await client.send(request({ ...bye, via: via(`TLS 127.0.0.1:${client.port}`) }))
  t.equal((await client.next()).status, 200)
})

t.test('plain bytes and a handshake that never ends are closed, and a good call goes on beside them', async t => {
  const { port, refused, connections } = await start(t, { sip: { handshakeMs: 300 } })
  const plain = connect(port, '127.0.0.1')
  plain.on('error', () => {})
  plain.write('INVITE sip:999@callbox.invalid SIP/2.0\r\nContent-Length: 0\r\n\r\n')
  const silent = Array.from({ length: 50 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.teardown(() => {
    for (const socket of [plain, ...silent]) socket.destroy()
  })
  const good = await tlsClient(t, port, await shown(sbc))
  t.equal((await callThrough(good, `TLS 127.0.0.1:${good.port}`)).status, 200)
  await until(async () => ((await refused('tls-handshake')) >= 1 ? '' : 'plain bytes are not counted'))
  await until(async () => ((await refused('handshake')) === 50 ? '' : `${await refused('handshake')} closed`))
  await until(async () => ((await connections()) === 1 ? '' : `${await connections()} connections are counted`))
  t.equal((await callThrough(good, `TLS 127.0.0.1:${good.port}`)).status, 200)
})

t.test('a version that is too old is refused', async t => {
  const { port, refused } = await start(t, { sip: { tls: { ...tlsSettings(callbox), minVersion: 'TLSv1.3' } } })
  await t.rejects(tlsClient(t, port, { ...(await shown(sbc)), maxVersion: 'TLSv1.2' }))
  await until(async () => ((await refused('tls-handshake')) === 1 ? '' : 'not counted'))
})

t.test('certificate files that cannot be used are said at the start', async t => {
  const wrongKey = { ...tlsSettings(callbox), keyFile: sbc.keyFile }
  await t.rejects(start(t, { sip: { tls: wrongKey } }), { code: 'tls.unusable' })
  const missing = { ...tlsSettings(callbox), certFile: join(own.folder, 'none.pem') }
  await t.rejects(start(t, { sip: { tls: missing } }), { code: 'tls.unusable' })
})
