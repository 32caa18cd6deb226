import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readReport } from '../../src/load/report.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from '../support/until.ts'

/*
 * The load itself, small: fifty calls a second for ten seconds, judged by loss alone, because whoever runs the tests
 * may share the machine.
 */

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const FAULTY = new URL('../load/faulty-gateway.ts', import.meta.url).pathname
const SMALL = ['--cps', '50', '--seconds', '10', '--warm-up', '2', '--judge', 'loss', '--no-reference'] as const

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, 'load', ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } })
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

async function aFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-load-test-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test(
  'fifty calls a second for ten seconds: every one of them pops, with its panels, and is acknowledged',
  async t => {
    const out = join(await aFolder(t), 'report')
    const { said, code } = run([...SMALL, '--mix', 'storm', '--out', out])
    t.equal(await code, 0, `${said.err}\n${said.out}`)
    t.match(
      said.out,
      /offered \d+ {2}answered \d+ {2}popped \d+ {2}acked \d+ {2}lost 0 {2}p99 /,
      'it tells how it goes'
    )
    t.same((await readdir(out)).sort(), ['load.html', 'load.json', 'load.txt', 'load.xml'])
    const report = await readReport(join(out, 'load.json'))
    t.equal(report.verdict.kind, 'passed')
    t.match(report.accounts, { offered: 600, answered: 600, lost: 0, doubled: 0, wrong: 0, acked: 600, strangers: 0 })
    t.equal(report.stages['pop']?.count, 500, 'the warm-up is not in the figures')
    t.same(
      report.processes.map(({ name }) => name),
      ['gateway', 'its PostgreSQL and Redis', 'SIPp', 'handlers and this load']
    )
    for (const { name, cpuSeconds, memoryMbMost } of report.processes) {
      t.ok(cpuSeconds > 0 && memoryMbMost > 0, `${name} has used something`)
    }
    t.ok((report.gauges[0]?.growth?.acked ?? 0) >= 600, 'the gateway counted the acknowledgements too')
    t.match(await readFile(join(out, 'load.html'), 'utf8'), /PASSED/)
    t.notMatch(await readFile(join(out, 'load.json'), 'utf8'), /7700900|1632960\d|tvp-h\d/, 'nobody is named')
  }
)

t.test('a gateway that loses one call in two hundred is found out', async t => {
  const folder = await aFolder(t)
  const [sipPort, httpPort] = [await freePort(), await freePort()]
  const gateway = spawn(process.execPath, [FAULTY, 'demo', '--no-calls', '--fault', 'drop=0.005'], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'] ?? '',
      CALLBOX_DATA_DIR: join(folder, 'data'),
      CALLBOX_SIP_PORT: String(sipPort),
      CALLBOX_HTTP_PORT: String(httpPort)
    }
  })
  const ended = once(gateway, 'exit')
  t.teardown(async () => {
    gateway.kill('SIGTERM')
    await ended
  })
  const url = `http://127.0.0.1:${httpPort}`
  await until(async () => ((await fetch(`${url}/readyz`).catch(() => undefined))?.ok ? '' : 'it is not ready'), 120_000)
  const out = join(folder, 'report')
  const { said, code } = run([...SMALL, '--target', url, '--sip', `127.0.0.1:${sipPort}`, '--out', out])
  t.equal(await code, 1, `${said.err}\n${said.out}`)
  const { verdict, accounts, missing, processes } = await readReport(join(out, 'load.json'))
  t.equal(verdict.kind, 'failed')
  t.equal(processes[0]?.name, 'gateway 1', 'a gateway of this machine is watched, whoever started it')
  t.equal(accounts.lost, 3, 'of six hundred')
  t.equal(missing.length, 3)
  t.match(said.out, /^FAILED/m)

  const elsewhere = join(folder, 'elsewhere')
  const at = ['--target', url, '--sip', `127.0.0.1:${sipPort}`, '--from', '10.255.255.1', '--out', elsewhere]
  const none = run([...SMALL, ...at])
  t.equal(await none.code, 69)
  t.match(none.said.err, /load\.sipp-failed: SIPp placed no calls: \S/, 'an address that is not of this machine')
  t.same(await readdir(elsewhere), [])
})

t.test('what cannot be is said in words before a call is placed, and no report is left', async t => {
  const folder = await aFolder(t)
  const refused = async (what: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const out = join(folder, what)
    const { said, code } = run([...args, '--out', out], env)
    const ended = await code
    t.same(await readdir(out).catch(() => []), [], `${what}: no report`)
    t.match(said.err, /What to do: /)
    return { code: ended, err: said.err }
  }
  t.match(await refused('sipp', [], { PATH: '/nowhere' }), { code: 69, err: /load\.no-sipp/ })
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/sipp'), '#!/bin/sh\necho " SIPp v3.6.1-SCTP-PCAP."\nexit 99\n', { mode: 0o755 })
  const tls = ['--transport', 'tls', '--tls-cert', 'c.pem', '--tls-key', 'k.pem', '--target', 'http://127.0.0.1:9']
  const plain = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }
  t.match(await refused('tls', tls, plain), {
    code: 69,
    err: /load\.no-tls: SIPp v3\.6\.1-SCTP-PCAP was built without/
  })
  const nobody = `http://127.0.0.1:${await freePort()}`
  t.match(await refused('down', ['--target', nobody]), { code: 69, err: /load\.target-down: .*ECONNREFUSED/ })
  t.match(await refused('mix', ['--mix', 'none.json']), { code: 69, err: /load\.mix: The mix none\.json/ })

  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  await new Promise<void>(done => socket.bind(0, '127.0.0.1', done))
  const taken = await refused('port', ['--from', `127.0.0.1:${socket.address().port}`])
  t.match(taken, { code: 69, err: /listen\.port-taken: Port \d+ \(SIPp\) is taken/ })

  let version = '0.0.0'
  const other = createServer((request, answer) => {
    if (version === '') answer.writeHead(503)
    else if (request.url === '/api/v1/sign-on') answer.writeHead(401)
    answer.end(request.url === '/metrics' ? `gw_build_info{version="${version}"} 1\n` : '{"ready":false}')
  })
  t.teardown(() => other.close())
  await new Promise<void>(done => other.listen(0, '127.0.0.1', done))
  const address = other.address()
  const target = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  t.match(await refused('version', ['--target', target]), { code: 69, err: /load\.other-version: .*0\.0\.0/ })
  const stranger = await refused('sign-on', ['--target', target, '--any-version'])
  t.match(stranger, { code: 69, err: /load\.sign-on: Handler tvp-h\d\d cannot sign on at .*: 401/ })
  version = ''
  t.match(await refused('ready', ['--target', target]), { code: 69, err: /load\.target-down: .*503/ })

  await writeFile(join(folder, 'file'), '')
  const { said, code } = run(['--out', join(folder, 'file/in')])
  t.equal(await code, 69)
  t.match(said.err, /load\.out/)
})

t.test('ended by hand before the first call it leaves nothing', async t => {
  const out = join(await aFolder(t), 'report')
  const { child, said, code } = run(['--cps', '20', '--seconds', '60', '--out', out])
  await until(() => (said.out.includes('SIPp answers itself') ? '' : `it has not begun: ${said.err}`), 120_000)
  child.kill('SIGINT')
  t.equal(await code, 3, said.err)
  t.same(await readdir(out), [])
})

t.test('ended by hand it leaves a report that says it is not whole', async t => {
  const out = join(await aFolder(t), 'report')
  const { child, said, code } = run([
    '--cps',
    '20',
    '--seconds',
    '60',
    '--warm-up',
    '0',
    '--no-reference',
    '--out',
    out
  ])
  await until(() => (/offered \d/.test(said.out) ? '' : `nothing is offered yet: ${said.err}`), 120_000)
  child.kill('SIGINT')
  t.not(await code, 0)
  const { verdict } = await readReport(join(out, 'load.json'))
  t.match(verdict.voids, [/Only \d+ of the 1200 calls were placed/])
})
