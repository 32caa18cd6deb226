import { X509Certificate } from 'node:crypto'
import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../../../../src/operations/lifecycle.ts'
import { type Log, silentLog } from '../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../src/operations/metrics.ts'
import { readTlsFiles } from '../../../../src/operations/tls-files.ts'
import { TlsIdentity } from '../../../../src/switches/sip/embedded/tls-identity.ts'
import { makeAuthority } from '../../../support/certificates.ts'
import { until } from '../../../support/until.ts'

const authority = await makeAuthority(t)
const old = await authority.sign('old.invalid')
const renewed = await authority.sign('renewed.invalid')
const DAY_MS = 86_400_000

async function makeIdentity(t: Test, { name, at = Date.now() }: { name: string; at?: number }) {
  const [certFile, keyFile] = [join(authority.folder, `${name}.pem`), join(authority.folder, `${name}.key`)]
  await copyFile(old.certFile, certFile)
  await copyFile(old.keyFile, keyFile)
  const said: string[] = []
  const log: Log = { ...silentLog, fault: (_, thrown) => void said.push((thrown as { code: string }).code) }
  const metrics = makeMetrics()
  let now = at
  const identity = new TlsIdentity({
    settings: { port: 0, certFile, keyFile, caFile: authority.caFile, minVersion: 'TLSv1.2' },
    transport: 'tls',
    log,
    metrics,
    clock: { ...systemClock, now: () => now },
    everyMs: 20
  })
  const names: string[] = []
  identity.onChange(({ cert }) => names.push(new X509Certificate(cert as Buffer).subject))
  await identity.start()
  t.teardown(() => identity.stop())
  const setTime = (to: number) => {
    now = to
  }
  return { identity, certFile, keyFile, said, names, metrics, setTime }
}

t.test('a renewed certificate is taken without a restart, but only once its key is there', async t => {
  const { certFile, keyFile, said, names, identity } = await makeIdentity(t, { name: 'in-use' })
  await copyFile(renewed.certFile, certFile)
  await until(() => (said.length > 0 ? '' : 'the certificate without its key is not yet said'))
  t.same([said, names], [['sip.certificate-kept'], []])
  t.match(new X509Certificate(identity.context.cert as Buffer).subject, 'CN=old.invalid')
  await copyFile(renewed.keyFile, keyFile)
  await until(() => (names.length > 0 ? '' : 'the renewed certificate is not yet in use'))
  t.same([said.length, names], [1, ['CN=renewed.invalid']])
})

t.test('the end of our certificate is told 30 days before, once a day', async t => {
  const { said, metrics, setTime } = await makeIdentity(t, { name: 'ending' })
  t.same(said, [])
  const { values } = await metrics.sipCertificateEnds.get()
  const endsAt = (values[0]?.value ?? 0) * 1000
  t.ok(Math.abs(endsAt - Date.now() - 60 * DAY_MS) < DAY_MS)
  setTime(endsAt - 20.5 * DAY_MS)
  await until(() => (said.length === 1 ? '' : 'not told'))
  setTime(endsAt - 20.2 * DAY_MS)
  setTime(endsAt - 19.5 * DAY_MS)
  await until(() => (said.length === 2 ? '' : 'not told again'))
  t.same(said, ['sip.certificate-ends', 'sip.certificate-ends'])
})

t.test('files that cannot be used, each with its name', async t => {
  const files = { ...old, caFile: authority.caFile }
  t.ok((await readTlsFiles(files)).notAfter > Date.now())
  const bad = join(authority.folder, 'bad.pem')
  await writeFile(bad, 'no certificate', { mode: 0o600 })
  const refuses = async (over: Partial<typeof files>, path: string, code = 'tls.unusable') =>
    t.rejects(readTlsFiles({ ...files, ...over }), { code, data: { path } })
  await refuses({ certFile: bad }, bad)
  await refuses({ keyFile: bad }, bad)
  await refuses({ caFile: bad }, bad)
  await refuses({ keyFile: renewed.keyFile }, renewed.keyFile)
  const gone = join(authority.folder, 'gone.pem')
  await refuses({ caFile: gone }, gone)
  const open = join(authority.folder, 'open.key')
  await copyFile(old.keyFile, open)
  await chmod(open, 0o644)
  await refuses({ keyFile: open }, open, 'config.secret-exposed')
  await writeFile(bad, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  await refuses({ certFile: bad }, bad)
})
