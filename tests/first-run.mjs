/*
 * What a new user meets: a clone in an empty folder, `npm run demo`, a browser, and how long until calls pop on it.
 * Not a test, because it prints seconds and judges none: `npm run first-run`. Needs Debian's chromium.
 */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = resolve(fileURLToPath(import.meta.url), '../..')
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const GIVE_UP_MS = 600_000

const startedAt = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'callbox-first-run-'))
// Run as root, the embedded PostgreSQL is another user, who must get in.
chmodSync(folder, 0o755)
const clone = join(folder, 'callbox')
let demo
try {
  await main()
} finally {
  if (demo !== undefined) await end(demo)
  rmSync(folder, { recursive: true, force: true })
}

async function main() {
  const executablePath = BROWSERS.find(path => existsSync(path))
  if (executablePath === undefined) throw new Error('no Chromium here: apt-get install chromium')
  const cloned = spawnSync('git', ['clone', '--quiet', ROOT, clone], { stdio: 'inherit' })
  if (cloned.status !== 0) throw new Error('git clone failed')
  say('cloned')
  const port = await freePort()
  const env = { ...process.env, CALLBOX_HTTP_PORT: String(port), CALLBOX_SIP_PORT: String(await freePort()) }
  demo = spawn('npm', ['run', 'demo'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  await said(demo, /building the console/)
  say('installed')
  const installedAt = performance.now()
  await said(demo, /Console {2,}http/)
  say('the demo says that it is ready')
  const { chromium } = await import(pathToFileURL(join(clone, 'node_modules/playwright-core/index.mjs')).href)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    await page.getByRole('button', { name: /tvp-h01/ }).click()
    await page.locator('[data-link=live]').waitFor()
    say('a handler is signed on')
    await page.locator('article[data-call]').waitFor({ timeout: 120_000 })
    for (const panel of ['identity', 'location', 'history', 'crimes']) {
      await page.locator(`[data-panel=${panel}]:not([data-status=pending])`).waitFor()
    }
    const seconds = ((performance.now() - installedAt) / 1000).toFixed(1)
    say(`a live call is on the screen with its panels, ${seconds} s after the end of the installation`)
  } finally {
    await browser.close()
  }
}

function say(text) {
  process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)
}

/** Resolves when the command has written this; both its streams count. */
function said(child, words) {
  return new Promise((done, fail) => {
    let text = ''
    const look = chunk => {
      text += chunk
      if (words.test(text)) done()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', code => fail(new Error(`npm run demo ended with ${code}:\n${text.slice(-2_000)}`)))
    setTimeout(() => fail(new Error(`not said in time: ${words}\n${text.slice(-2_000)}`)), GIVE_UP_MS).unref()
  })
}

async function end(child) {
  if (child.exitCode !== null) return
  const exited = new Promise(done => child.once('exit', done))
  // npm passes signals on badly: the whole group hears it, as from a terminal.
  process.kill(-child.pid, 'SIGINT')
  await exited
}

function freePort() {
  return new Promise(done => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
