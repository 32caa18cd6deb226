import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DEFAULT_CONFIG, loadConfig, redactedConfig } from '../../../src/operations/config.ts'

const SITES = [{ host: '192.0.2.10', port: 4_000 }]

/** The shipped config with these log-ons, and files of these names beside it. */
async function write(t: Test, eisec: object, { files = {}, over = {} }: { files?: object; over?: object } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-eisec-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'site.json')
  const shipped = JSON.parse(await readFile(DEFAULT_CONFIG, 'utf8'))
  await writeFile(path, JSON.stringify({ ...shipped, ...over, eisec }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
  return path
}

const logOn = (over: object = {}) => ({ id: 'tvp', user: 'TVP00001', passwordFile: 'secret', sites: SITES, ...over })
const mistakesOf = async (path: string) =>
  loadConfig({ path, env: {} }).then(
    () => [],
    (fault: { mistakes?: { path: string }[] }) => fault.mistakes?.map(mistake => mistake.path) ?? String(fault)
  )

t.test('a log-on has its password in a file, and in no log', async t => {
  const path = await write(
    t,
    { logOns: [logOn({ nextPasswordFile: 'next' })] },
    { files: { secret: 'a1', next: 'b2' } }
  )
  const { config } = await loadConfig({ path, env: {} })
  t.match(config.eisec, { deadlineMs: 5_000, dropMs: 120_000, maxAgain: 3, logOns: [{ user: 'TVP00001' }] })
  const logged = JSON.stringify(redactedConfig(config))
  for (const name of ['passwordFile', 'nextPasswordFile']) t.match(logged, `"${name}":"set"`)
  t.match(logged, /"password":"unset"/)
})

t.test('a password in the config itself is for a demo alone, and is in no log there either', async t => {
  const byHand = logOn({ passwordFile: undefined, password: 'a secret' })
  t.same(await mistakesOf(await write(t, { logOns: [byHand] })), ['eisec.logOns[0].passwordFile'])
  const { config } = await loadConfig({ path: await write(t, { logOns: [byHand] }, { over: { demo: true } }), env: {} })
  t.notMatch(JSON.stringify(redactedConfig(config)), /a secret/)
})

t.test(
  'a file that is missing, that others may read, or that is no password keeps the gateway from starting',
  async t => {
    await t.rejects(loadConfig({ path: await write(t, { logOns: [logOn()] }), env: {} }), { code: 'config.unreadable' })
    for (const secret of ['', 'two\nlines', 'x'.repeat(25)]) {
      const path = await write(t, { logOns: [logOn()] }, { files: { secret } })
      t.same(await mistakesOf(path), ['eisec.logOns tvp.passwordFile'], JSON.stringify(secret))
    }
    const path = await write(t, { logOns: [logOn()] }, { files: { secret: 'a1' } })
    await chmod(join(path, '../secret'), 0o644)
    await t.rejects(loadConfig({ path, env: {} }), { code: 'config.secret-exposed' })
  }
)

t.test('what contradicts itself is listed: ids, forces, ports and times', async t => {
  const path = await write(
    t,
    {
      logOns: [
        logOn({ forces: ['tvp'] }),
        logOn({ forces: ['tvp', 'nobody'], sites: [{ host: '192.0.2.11', port: 0 }] })
      ],
      ...{ pollSeconds: 10, pollSendMs: 10_000, deadlineMs: 5_000, dropMs: 1_000 }
    },
    { files: { secret: 'a1' } }
  )
  t.same(await mistakesOf(path), [
    'eisec.logOns[1].id',
    'eisec.logOns[1].forces',
    'eisec.logOns[1].forces',
    'eisec.logOns[1].sites[0].port',
    'eisec.pollSendMs',
    'eisec.dropMs'
  ])
})
