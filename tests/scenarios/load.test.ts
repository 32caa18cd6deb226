import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readReport } from '../../src/load/report.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { aLoadFolder, runLoad } from '../support/load-process.ts'
import { until } from '../support/until.ts'

/*
 * The load itself, small: fifty calls a second for ten seconds, judged by loss alone, because whoever runs the tests
 * may share the machine.
 */

const FAULTY = new URL('../load/faulty-gateway.ts', import.meta.url).pathname
const SMALL = ['--cps', '50', '--seconds', '10', '--warm-up', '2', '--judge', 'loss', '--no-reference'] as const

t.test(
  'fifty calls a second for ten seconds: every one of them pops, with its panels, and is acknowledged',
  async t => {
    const out = join(await aLoadFolder(t), 'report')
    const { said, code } = runLoad([...SMALL, '--mix', 'storm', '--out', out])
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
  const folder = await aLoadFolder(t)
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
  const { said, code } = runLoad([...SMALL, '--target', url, '--sip', `127.0.0.1:${sipPort}`, '--out', out])
  t.equal(await code, 1, `${said.err}\n${said.out}`)
  const { verdict, accounts, missing, processes } = await readReport(join(out, 'load.json'))
  t.equal(verdict.kind, 'failed')
  t.equal(processes[0]?.name, 'gateway 1', 'a gateway of this machine is watched, whoever started it')
  t.equal(accounts.lost, 3, 'of six hundred')
  t.equal(missing.length, 3)
  t.match(said.out, /^FAILED/m)

  const elsewhere = join(folder, 'elsewhere')
  const at = ['--target', url, '--sip', `127.0.0.1:${sipPort}`, '--from', '10.255.255.1', '--out', elsewhere]
  const none = runLoad([...SMALL, ...at])
  t.equal(await none.code, 69)
  t.match(
    none.said.err,
    /load\.sipp-failed: SIPp placed no calls: .*(?:bind|address)/i,
    'an address that is not of this machine'
  )
  t.same(await readdir(elsewhere), [])
})
