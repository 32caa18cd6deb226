/*
 * Everything that is tested, with one command from a fresh clone. Plain JavaScript, because it must run before
 * anything is installed, on Node 20.
 *
 *   node tests/run.mjs          style, types, console build, all tests
 *   node tests/run.mjs check    style, types and the tests that need no server: a minute before each commit
 *   node tests/run.mjs long     what takes minutes for itself: not part of the first, which says so
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { freemem } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runFiles } from './support/run-files.mjs'

const ROOT = resolve(fileURLToPath(import.meta.url), '../..')
const BIN = join(ROOT, 'node_modules/.bin')
const quick = process.argv[2] === 'check'
const isLong = process.argv[2] === 'long'
const PINNED_NODE = join(ROOT, 'node_modules/node/bin')
/** What Debian calls the tools that the tests call; tests of an optional one say why they are skipped. */
const TOOLS = [
  { commands: ['sipp'], deb: 'sip-tester' },
  { commands: ['openssl'], deb: 'openssl' },
  // Without it each gateway of a test fetches one of its own, as it does for whoever tries Callbox without root.
  { commands: ['valkey-server', 'redis-server'], deb: 'redis-server', isOptional: true },
  // The same engine without a window's machinery: half the time of each page. Where it is not to be had, the whole browser.
  { commands: ['chromium-headless-shell'], deb: 'chromium-headless-shell', isOptional: true },
  { commands: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'], deb: 'chromium' },
  { commands: ['kamailio'], deb: 'kamailio', isOptional: true },
  { commands: ['baresip'], deb: 'baresip', isOptional: true }
]
/**
 * Tests with servers, each file with stores and ports of its own (tests/support/stores.ts). They wait more than they work,
 * so two files beside each other take a part of the time; three would only be late, as a machine with two cores has no more to
 * give. The folder with the shortest files comes last, so that no row waits long for another.
 */
const WITH_BROWSER = ['browser']
const WITH_SERVERS = ['fault', 'scenarios', 'integration']
const JOBS = 2
/** What a file may take; those that take long are run by themselves. */
const FILE_SECONDS = isLong ? 1_200 : 240
/** What loads the machine by itself has it to itself: calls by the hundred, connections by the thousand. */
const ALONE = [
  'tests/fault/fault-rows.test.ts',
  'tests/fault/hostile-streams.test.ts',
  'tests/fault/many-connections.test.ts',
  'tests/fault/owed-answer.test.ts',
  'tests/fault/sip-flood.test.ts',
  'tests/fault/tls-load.test.ts',
  'tests/scenarios/flood.test.ts',
  'tests/scenarios/load.test.ts',
  'tests/scenarios/real-call.test.ts'
]

/**
 * Every store of a test writes each commit through to the disk, and some twenty run in turn: where the disk is slow, or
 * shared, that alone would be most of a run. So they lie in memory where there is plenty of it; what a killed process had
 * written is there just the same.
 */
const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 6 * 1024 ** 3

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []

process.chdir(ROOT)
// What one test process has compiled and stripped of its types, the hundreds after it need not.
process.env.NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compiled')
const scratch = makeScratch()
await main().finally(() => {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

async function main() {
  if (!installed() && !(await step('npm ci', 'npm', ['ci', '--no-audit', '--no-fund']))) return end()
  await step('style', 'biome', ['check', '.'])
  await step('shape of the tree', process.execPath, ['tests/support/tree-rules.mjs'])
  await step('types', 'tsc', [])
  await step('console build', 'vite', ['build', '--logLevel', 'warn'])
  if (!quick) await provideTools()
  if (isLong) {
    await tests('long tests', files('long'), 1)
    await stopStores()
    return end()
  }
  await tests('unit and property tests', [...files('property'), ...files('unit')], JOBS)
  if (!quick) {
    const all = WITH_SERVERS.flatMap(files)
    const beside = all.filter(name => !ALONE.includes(name))
    await tests('browser tests', WITH_BROWSER.flatMap(files), JOBS)
    await tests(`${WITH_SERVERS.join(', ')} tests`, beside, JOBS)
    await tests(
      'tests that load the machine',
      all.filter(name => ALONE.includes(name)),
      1
    )
    await stopStores()
    const names = files('long').join(', ')
    process.stdout.write(`left to their own command, npm run test:long: ${names}\n`)
  }
  end()
}

function end() {
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`)
  if (total.skipped > 0) process.stdout.write(`${total.skipped} skipped, each said above with its reason\n`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
  process.exitCode = total.failed === 0 ? 0 : 1
}

/** A folder in memory for what tests write, of this checkout alone; undefined: they use the system's temporary one. */
function makeScratch() {
  if (quick || process.env.TMPDIR !== undefined || !existsSync(MEMORY)) return undefined
  const { bavail, bsize } = statfsSync(MEMORY)
  if (Math.min(bavail * bsize, freemem()) < ENOUGH_BYTES) return undefined
  const folder = join(MEMORY, `callbox-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  process.env.TMPDIR = folder
  return folder
}

function installed() {
  const mark = join(ROOT, 'node_modules/.package-lock.json')
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs
}

function files(folder) {
  const at = join(ROOT, 'tests', folder)
  if (!existsSync(at)) return []
  return readdirSync(at, { recursive: true })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join('tests', folder, name))
    .sort()
}

/** One command that passes or fails as a whole. */
async function step(name, command, args) {
  say(name)
  const ok = (await run(command, args)) === 0
  count(name, ok)
  return ok
}

/** Test files; every assertion counts. */
async function tests(name, list, jobs) {
  if (list.length === 0) return
  say(`${name}: ${list.length} files`)
  const print = text => process.stdout.write(`${text}\n`)
  const { pass, fail, skip } = await runFiles(list, { jobs, env: ownEnv(), seconds: FILE_SECONDS, print })
  total.passed += pass
  total.failed += fail
  total.skipped += skip
  if (fail > 0) failures.push(name)
}

async function provideTools() {
  const missing = TOOLS.filter(isMissing)
  if (missing.length === 0) return
  const apt = rootCommand()
  if (apt !== undefined) {
    say(`installing ${missing.map(tool => tool.deb).join(', ')} with apt`)
    const [command, ...before] = apt
    await run(command, [...before, 'apt-get', 'update', '-qq'])
    // One by one: what this system does not have keeps none of the others away.
    for (const tool of missing) {
      // One that came before it may do.
      if (!isMissing(tool)) continue
      await run(command, [...before, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', tool.deb])
    }
  }
  const still = TOOLS.filter(isMissing)
  if (still.length === 0) return
  const debs = still.map(tool => tool.deb)
  process.stdout.write(`Missing: ${debs.join(', ')}. Install with: sudo apt-get install ${debs.join(' ')}\n`)
  const needed = still.filter(tool => !tool.isOptional).map(tool => tool.deb)
  if (needed.length > 0) count(`tools (${needed.join(', ')})`, false)
}

function isMissing({ commands }) {
  return !commands.some(inPath)
}

function rootCommand() {
  if (!inPath('apt-get')) return undefined
  if (process.getuid?.() === 0) return ['env', 'DEBIAN_FRONTEND=noninteractive']
  const sudo = inPath('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0
  return sudo ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : undefined
}

function inPath(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.some(folder => existsSync(join(folder, command)))
}

/** The PostgreSQL and Redis that the test files of each row shared. */
async function stopStores() {
  const module = pathToFileURL(join(ROOT, 'tests/support/stores.ts')).href
  const code = `const { stopStores } = await import(${JSON.stringify(module)}); await stopStores()`
  for (let row = 0; row < JOBS; row++) {
    process.env.TAP_JOB_ID = String(row)
    const stopped = await run('node', ['--input-type=module', '-e', code])
    if (stopped !== 0) count(`the shared stores of row ${row} stop`, false)
  }
}

/** With the pinned Node first in PATH. */
function ownEnv() {
  return { ...process.env, PATH: [PINNED_NODE, BIN, process.env.PATH].join(delimiter) }
}

/** Runs a command and shows what it prints. */
function run(command, args) {
  return new Promise(done => {
    const child = spawn(command, args, { env: ownEnv(), stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', thrown => {
      process.stdout.write(`${command}: ${thrown.message}\n`)
      done(127)
    })
    child.on('close', code => done(code ?? 1))
  })
}

function count(name, ok) {
  if (ok) total.passed += 1
  else {
    total.failed += 1
    failures.push(name)
  }
}

function say(text) {
  process.stdout.write(`\n== ${text}\n`)
}
