import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { loadConfig, redactedConfig } from '../../../src/operations/config.ts'

const DEPLOYED = fileURLToPath(new URL('../../../deploy/drachtio/callbox.json', import.meta.url))

/** The deployed example with a secret of its own beside it, and some of its SIP settings changed. */
async function write(t: Test, secret: string | undefined, over: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-drachtio-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const config = JSON.parse(await readFile(DEPLOYED, 'utf8'))
  const sip = { ...config.sip, drachtio: { ...config.sip.drachtio, secretFile: 'secret' }, ...over }
  const path = join(folder, 'site.json')
  await writeFile(path, JSON.stringify({ ...config, sip }))
  if (secret !== undefined) await writeFile(join(folder, 'secret'), secret, { mode: 0o600 })
  return path
}

t.test('the example behind drachtio keeps every rule, and its secret stands in a file and in no log', async t => {
  const { config, drachtioSecret } = await loadConfig({ path: await write(t, 'one-line-of-hex\n'), env: {} })
  t.equal(config.sip.driver, 'drachtio')
  t.equal(drachtioSecret, 'one-line-of-hex')
  t.match(redactedConfig(config)['sip'], { drachtio: { secretFile: 'set', servers: [{ port: 9022 }, {}] } })
})

t.test('a secret that is empty, has two lines or a bar, or that others may read, is refused', async t => {
  for (const secret of ['', '\n', 'two\nlines', 'a|b']) {
    const thrown = await loadConfig({ path: await write(t, secret), env: {} }).catch((fault: unknown) => fault)
    t.match(thrown, { mistakes: [{ path: 'sip.drachtio.secretFile' }] }, JSON.stringify(secret))
  }
  const path = await write(t, 'secret')
  await chmod(join(path, '../secret'), 0o644)
  await t.rejects(loadConfig({ path, env: {} }), { code: 'config.secret-exposed' })
  await t.rejects(loadConfig({ path: await write(t, undefined), env: {} }), { code: 'config.unreadable' })
})

t.test('the driver needs its servers; without the driver they are only noted', async t => {
  const none = await loadConfig({ path: await write(t, 'x', { drachtio: undefined }), env: {} }).catch(
    (fault: unknown) => fault
  )
  t.match(none, { mistakes: [{ path: 'sip.drachtio', rule: /must be given/ }] })
  const unused = await loadConfig({ path: await write(t, undefined, { driver: 'embedded' }), env: {} })
  t.equal(unused.drachtioSecret, undefined)
})
