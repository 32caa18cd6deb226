import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { readReport } from '../../src/load/report.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { aLoadFolder, runLoad } from '../support/load-process.ts'
import { until } from '../support/until.ts'

t.test('what cannot be is said in words before a call is placed, and no report is left', async t => {
  const folder = await aLoadFolder(t)
  const refused = async (what: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const out = join(folder, what)
    const { said, code } = runLoad([...args, '--out', out], env)
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

  const small = join(folder, 'small')
  await mkdir(small)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small]).status === 0) {
    t.teardown(() => spawnSync('umount', ['-l', small]))
    const noRoom = await refused('room', [], { TMPDIR: small })
    t.match(noRoom, { code: 69, err: /load\.no-room: .*a gateway with its own stores takes 300 MB there, and 16 MB/ })
  }

  await writeFile(join(folder, 'file'), '')
  const { said, code } = runLoad(['--out', join(folder, 'file/in')])
  t.equal(await code, 69)
  t.match(said.err, /load\.out/)
})

t.test('ended by hand before the first call it leaves nothing', async t => {
  const out = join(await aLoadFolder(t), 'report')
  const { child, said, code } = runLoad(['--cps', '20', '--seconds', '60', '--out', out])
  await until(() => (said.out.includes('SIPp answers itself') ? '' : `it has not begun: ${said.err}`), 120_000)
  child.kill('SIGINT')
  t.equal(await code, 3, said.err)
  t.same(await readdir(out), [])
})

t.test('ended by hand it leaves a report that says it is not whole', async t => {
  const out = join(await aLoadFolder(t), 'report')
  const { child, said, code } = runLoad([
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
