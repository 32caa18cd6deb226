import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { ConfigFault } from '../../../src/operations/config-validate.ts'
import { TRANSPORT_RULES } from '../../../src/operations/transport-checks.ts'
import { makeAuthority } from '../../support/certificates.ts'

const authority = await makeAuthority(t)
const own = await authority.sign('callbox.invalid')
const other = await authority.sign('other.invalid')
const TLS = { certFile: 'callbox.invalid.pem', keyFile: 'callbox.invalid.key', caFile: 'root.pem' }

const trunk = (more = {}) => ({
  id: 'sbc',
  peers: ['127.0.0.1'],
  mode: 'event-leg',
  separateDialog: true,
  numbers: [{ number: '999', line: '999', force: 'tvp' }],
  ...more
})

/** Beside its certificates, as a site has it. */
async function load(sip: object, more = {}) {
  const path = join(authority.folder, 'site.json')
  const forces = [{ id: 'tvp', name: 'Thames Valley Police' }]
  await writeFile(path, JSON.stringify({ forces, sip, trunks: [trunk(more)] }))
  return loadConfig({ path, env: {} })
}

async function mistakes(sip: object, more = {}) {
  const thrown = await load(sip, more).catch((fault: unknown) => fault)
  if (!(thrown instanceof ConfigFault)) throw new Error('the config was taken', { cause: thrown })
  return thrown.mistakes
}

t.test('certificates are named relative to the config, and have the standard port', async t => {
  const { config } = await load({ tls: TLS }, { tlsNames: ['sbc1.force.invalid'] })
  t.match(config.sip.tls, { port: 5061, certFile: own.certFile, keyFile: own.keyFile, minVersion: 'TLSv1.2' })
})

t.test('a key of another certificate, a file that is not there and one that others may read', async t => {
  const wrong = { ...TLS, keyFile: 'other.invalid.key' }
  t.match(await mistakes({ tls: wrong, wss: { ...TLS, caFile: 'none.pem' } }), [
    { path: 'sip.tls.keyFile', rule: /is not the key of/ },
    { path: 'sip.wss.caFile', rule: /ENOENT/ }
  ])
  await copyFile(other.keyFile, join(authority.folder, 'open.key'))
  await chmod(join(authority.folder, 'open.key'), 0o604)
  t.match(await mistakes({ tls: { ...TLS, keyFile: 'open.key' } }), [
    { path: 'sip.tls.keyFile', rule: 'may be read by others: `chmod 600`' }
  ])
})

t.test('files and rules are told in one list', async t => {
  const found = await mistakes({ tls: { ...TLS, keyFile: 'other.invalid.key' } }, { transports: ['ws'] })
  t.same(
    found.map(({ path }) => path),
    ['trunks[0].transports[0]', 'sip.tls.keyFile']
  )
})

t.test('a trunk must be reachable, and a pinned one by nothing that shows no certificate', async t => {
  const { listenedTransport, pinnedTransport } = TRANSPORT_RULES
  t.match(await mistakes({}, { transports: ['udp', 'tls'] }), [
    { path: 'trunks[0].transports[1]', rule: listenedTransport }
  ])
  t.match(await mistakes({}, { tlsNames: ['sbc1.force.invalid'] }), [
    { path: 'trunks[0].transports', rule: listenedTransport }
  ])
  t.match(await mistakes({ tls: TLS }, { tlsNames: ['sbc1.force.invalid'], transports: ['tls', 'udp'] }), [
    { path: 'trunks[0].transports[1]', rule: pinnedTransport }
  ])
  t.match(await mistakes({ tls: TLS }, { tlsFingerprints: ['ab:cd'] }), [{ path: 'trunks[0].tlsFingerprints[0]' }])
  t.resolves(load({ tls: TLS, ws: {} }, { transports: ['tls', 'ws', 'tcp'] }))
})
