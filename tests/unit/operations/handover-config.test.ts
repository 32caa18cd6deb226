import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig, redactedConfig } from '../../../src/operations/config.ts'
import type { ConfigFault } from '../../../src/operations/config-validate.ts'
import { defaultGrade } from '../../../src/operations/handover-schema.ts'

const CONTROL = { url: 'https://cad.invalid/jobs', secretFile: 'secret' }
const GRADE = { id: '1', name: 'Now', targetMinutes: 15, acceptSeconds: 15 }

async function load(t: Test, force: object, secret = 'a-secret-of-a-control-room-of-ours') {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'site.json')
  await writeFile(join(folder, 'secret'), secret, { mode: 0o600 })
  await writeFile(path, JSON.stringify({ forces: [{ id: 'tvp', name: 'A force', ...force }] }))
  return { folder, loading: () => loadConfig({ path, env: {} }) }
}
async function mistakesOf(loading: () => Promise<unknown>) {
  return loading().then(
    () => [],
    (fault: ConfigFault) => fault.mistakes?.map(({ path }) => path) ?? [fault.code]
  )
}

t.test('a force that names no grades has three, 999 the first and other lines the last', async t => {
  const { loading } = await load(t, {})
  const { config, controlSecrets } = await loading()
  const [force] = config.forces
  if (force === undefined) return t.fail('no force')
  t.match(force.grades, [{ id: '1', acceptSeconds: 15, targetMinutes: 15 }, { id: '2' }, { id: '3' }])
  t.equal(defaultGrade(force, '999')?.id, '1')
  t.equal(defaultGrade(force, '101')?.id, '3')
  t.equal(defaultGrade({ ...force, gradeByLine: [{ line: '101', grade: '2' }] }, '101')?.id, '2')
  t.equal(controlSecrets, undefined, 'off unless a force names one')
})

t.test('hand-overs go over TLS, or nowhere but this machine', async t => {
  for (const url of ['http://cad.invalid/jobs', 'http://10.0.0.1/', 'https://']) {
    const { loading } = await load(t, { commandAndControl: { ...CONTROL, url } })
    t.same(await mistakesOf(loading), ['forces[0].commandAndControl.url'], url)
  }
  for (const url of ['https://cad.invalid/jobs', 'http://127.0.0.1:9/', 'http://[::1]:9/']) {
    const { loading } = await load(t, { commandAndControl: { ...CONTROL, url } })
    t.same(await mistakesOf(loading), [], url)
  }
})

t.test('grades are told apart, and a line has one of them', async t => {
  const { loading } = await load(t, { grades: [GRADE, GRADE], gradeByLine: [{ line: '999', grade: '7' }] })
  t.same((await mistakesOf(loading)).sort(), ['forces[0].gradeByLine[0].grade', 'forces[0].grades[1].id'])
})

t.test('the secret is long, one or two, and nobody else’s to read; no log has a word of it', async t => {
  const both = await load(t, { commandAndControl: CONTROL }, `${'n'.repeat(32)}\n${'o'.repeat(32)}\n`)
  const loaded = await both.loading()
  t.same(loaded.controlSecrets?.get('tvp')?.map(String), ['n'.repeat(32), 'o'.repeat(32)])
  const logged = JSON.stringify(redactedConfig(loaded.config))
  t.notMatch(logged, /cad\.invalid|"secret"/)
  const short = await load(t, { commandAndControl: CONTROL }, 'short')
  t.same(await mistakesOf(short.loading), ['forces[0].commandAndControl.secretFile'])
  const three = await load(t, { commandAndControl: CONTROL }, ['a', 'b', 'c'].map(x => x.repeat(32)).join('\n'))
  t.same(await mistakesOf(three.loading), ['forces[0].commandAndControl.secretFile'])
  await chmod(join(both.folder, 'secret'), 0o644)
  t.same(await mistakesOf(both.loading), ['config.secret-exposed'])
})
