import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import packageJson from '../../../package.json' with { type: 'json' }
import { until } from '../../support/until.ts'

const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..')
const LAUNCHER = join(ROOT, 'bin/callbox.mjs')

function start(t: Test, launcher: string, args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    said.out += chunk
  })
  child.stderr.on('data', chunk => {
    said.err += chunk
  })
  const code = new Promise<number | null>(done => child.on('close', done))
  return { child, said, code }
}

/** A project of its own whose gateway is `main`, with this project's launcher and installed packages. */
async function makeProject(t: Test, main: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'callbox-launcher-'))
  t.teardown(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'bin'))
  await mkdir(join(root, 'src'))
  await cp(LAUNCHER, join(root, 'bin/callbox.mjs'))
  await writeFile(join(root, 'package.json'), '{"version":"9.9.9","type":"module"}')
  await writeFile(join(root, 'package-lock.json'), '{}')
  await utimes(join(root, 'package-lock.json'), 0, 0)
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'src/main.ts'), main)
  return join(root, 'bin/callbox.mjs')
}

t.test('the version is that of the package', async t => {
  const { said, code } = start(t, LAUNCHER, ['--version'])
  t.equal(await code, 0)
  t.equal(said.out, `callbox ${packageJson.version}\n`)
})

t.test('help names every command', async t => {
  const { said, code } = start(t, LAUNCHER, ['--help'])
  t.equal(await code, 0)
  for (const command of ['start', 'demo', 'check-config', 'demo-data', 'load']) t.match(said.out, `  ${command} `)
})

t.test('an unknown command, or none, is answered with the usage and code 2', async t => {
  const unknown = start(t, LAUNCHER, ['toString'])
  t.equal(await unknown.code, 2)
  t.match(unknown.said.err, /no such command: toString\n\nUsage: callbox/)
  const none = start(t, LAUNCHER, [])
  t.equal(await none.code, 2)
  t.match(none.said.err, /^Usage: callbox/)
})

t.test('the gateway runs on the pinned Node with the arguments given, and its code comes back', async t => {
  const main = `const words: string[] = process.argv.slice(2)
    process.stdout.write(process.version + ' ' + words.join(' '))
    process.exitCode = 78`
  const { said, code } = start(t, await makeProject(t, main), ['check-config', '--config', 'site.json'])
  t.equal(await code, 78, said.err)
  t.equal(said.out, `v${packageJson.dependencies.node} check-config --config site.json`)
})

t.test('one signal reaches the gateway once, however often it is passed on', async t => {
  const main = `let signals = 0
    const idle = setInterval(() => {}, 1000)
    process.on('SIGTERM', () => {
      signals += 1
      process.stdout.write('drain')
    })
    process.on('SIGINT', () => {
      process.stdout.write(' stop after ' + signals)
      clearInterval(idle)
    })
    process.stdout.write('up ')`
  const { child, said, code } = start(t, await makeProject(t, main), ['start'])
  await until(() => (said.out.includes('up') ? '' : `the gateway is not up: ${said.err}`))
  child.kill('SIGTERM')
  child.kill('SIGTERM')
  await until(() => (said.out.includes('drain') ? '' : 'the gateway has not drained'))
  child.kill('SIGINT')
  t.equal(await code, 0)
  t.equal(said.out, 'up drain stop after 1')
})
