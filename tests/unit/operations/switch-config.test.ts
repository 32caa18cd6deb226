import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig, redactedConfig } from '../../../src/operations/config.ts'
import type { ConfigFault } from '../../../src/operations/config-validate.ts'

const NUMBER = { number: '999', line: '999', force: 'tvp' }
const ACD = { id: 'acd', kind: 'webhook', secretFile: 'secret', numbers: [NUMBER] }

async function load(
  t: Test,
  switches: readonly object[],
  { secret = 'a-secret-of-a-switch-that-we-share', mode = 0o600 } = {}
) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'site.json')
  await writeFile(join(folder, 'secret'), secret)
  await chmod(join(folder, 'secret'), mode)
  const trunk = { id: 'sbc', peers: ['127.0.0.1'], mode: 'ring-leg', numbers: [NUMBER] }
  await writeFile(path, JSON.stringify({ forces: [{ id: 'tvp', name: 'A force' }], trunks: [trunk], switches }))
  return loadConfig({ path, env: {} })
}

const mistakesOf = (loading: Promise<unknown>) =>
  loading.then(
    () => [],
    (fault: ConfigFault) => fault.mistakes?.map(({ path }) => path) ?? [fault.code]
  )

t.test('a switch that posts has its secrets, and no log has them', async t => {
  const { config, switchSecrets } = await load(t, [ACD], { secret: `${'n'.repeat(32)}\n${'o'.repeat(32)}\n` })
  t.same(switchSecrets?.get('acd')?.map(String), ['n'.repeat(32), 'o'.repeat(32)], 'the old one beside the new')
  t.match(config.switches[0], { silentSeconds: 30, answer: 'durable' })
  t.match(redactedConfig(config), { switches: [{ id: 'acd', secretFile: 'set' }] })
})

t.test('what cannot be is refused, each mistake by its place', async t => {
  t.same(await mistakesOf(load(t, [{ ...ACD, id: 'sbc' }])), ['switches[0].id'], 'the name of a trunk')
  t.same(await mistakesOf(load(t, [ACD, ACD])), ['switches[1].id'])
  t.same(await mistakesOf(load(t, [{ ...ACD, numbers: [NUMBER, NUMBER] }])), ['switches[0].numbers[1].number'])
  t.same(await mistakesOf(load(t, [{ ...ACD, numbers: [{ ...NUMBER, force: 'x', homeForce: 'y' }] }])), [
    ...['switches[0].numbers[0].force', 'switches[0].numbers[0].homeForce']
  ])
  t.same(await mistakesOf(load(t, [ACD], { secret: 'short' })), ['switches[0].secretFile'])
  t.same(await mistakesOf(load(t, [ACD], { mode: 0o644 })), ['config.secret-exposed'])
})
