import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise(done => {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.on('close', code => done({ code, stdout, stderr }))
  })
}

async function aFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bad-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('a config with three faults lists three, and starts nothing', async t => {
  const folder = await aFolder(t)
  const path = join(folder, 'site.json')
  const good = JSON.parse(await readFile(new URL('../../config/default.json', import.meta.url), 'utf8'))
  await writeFile(path, JSON.stringify({ ...good, sipp: {}, keyPrefix: 'No Good', http: { port: 99_999 } }))
  for (const command of ['check-config', 'start']) {
    const { code, stderr } = await run([command, '--config', path])
    t.equal(code, 78)
    t.match(stderr, /config\.invalid: The config has 3 faults/)
    for (const where of ['sipp', 'keyPrefix', 'http.port']) t.match(stderr, new RegExp(`^${where} = .+: .+`, 'm'))
    t.match(stderr, /What to do: /)
  }
})

t.test('a taken SIP port is named with its holder and a remedy', async t => {
  const folder = await aFolder(t)
  const holder = createServer()
  const port = await new Promise<number>(done =>
    holder.listen(0, '127.0.0.1', () => {
      const address = holder.address()
      done(typeof address === 'object' && address !== null ? address.port : 0)
    })
  )
  t.teardown(() => holder.close())
  const { code, stderr } = await run(['demo'], {
    CALLBOX_DATA_DIR: join(folder, 'data'),
    CALLBOX_SIP_PORT: String(port),
    CALLBOX_HTTP_PORT: '0'
  })
  t.equal(code, 69)
  t.match(
    stderr,
    new RegExp(`listen\\.port-taken: Port ${port} \\(SIP over TCP\\) is taken by .+ \\(pid ${process.pid}\\)`)
  )
  t.match(stderr, /What to do: .*CALLBOX_SIP_PORT/)
})

t.test('a PostgreSQL that is not there is said with its address and without its password', async t => {
  const folder = await aFolder(t)
  const { code, stderr } = await run(['start'], {
    CALLBOX_DATA_DIR: join(folder, 'data'),
    CALLBOX_DATABASE_URL: 'postgres://callbox:not-to-be-seen@127.0.0.1:9/callbox',
    CALLBOX_REDIS_URL: 'redis://127.0.0.1:9',
    CALLBOX_LOG_LEVEL: 'warn'
  })
  t.equal(code, 69)
  t.match(stderr, /database\.unreachable: PostgreSQL at 127\.0\.0\.1:9\/callbox does not answer/)
  t.match(stderr, /What to do: /)
  t.notMatch(stderr, /not-to-be-seen/)
})

t.test('a command that does not exist, or an option that is none, is a usage fault', async t => {
  t.match(await run(['dmeo']), { code: 2, stderr: /no such command: dmeo/ })
  t.match(await run(['demo', '--desks', 'many']), { code: 2, stderr: /--desks takes a whole number/ })
  const load = await run(['load', '--cps', 'many', '--mix', 'day', '--transport', 'tls'])
  t.equal(load.code, 2)
  t.match(load.stderr, /load\.options: .*--cps takes a whole number.*--transport tls needs --target/s)
})
