import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { makeAuthority } from '../support/certificates.ts'
import { startDriver } from '../support/sip-driver.ts'
import { until } from '../support/until.ts'

const TLS_CALLER = fileURLToPath(new URL('../support/tls-caller.ts', import.meta.url))
const RATE = 200
const SECONDS = 8

async function startTls(t: Test) {
  const authority = await makeAuthority(t)
  const own = await authority.sign('callbox.invalid')
  await authority.sign('sbc1.force.invalid', { alternative: 'DNS:sbc1.force.invalid' })
  const tls = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const limits = { maxConnections: 5_000, maxConnectionsPerPeer: 5_000, maxDialogs: 20_000, handshakeMs: 60_000 }
  const running = await startDriver(t, { sip: { tls, ...limits }, trunks: [{ tlsNames: ['sbc1.force.invalid'] }] })
  const caller = (rate: number, count: number, ...more: string[]) => {
    const port = String(running.driver.ports.tls)
    const args = [port, String(rate), String(count), authority.folder, 'sbc1.force.invalid', ...more]
    const child = spawn(process.execPath, [TLS_CALLER, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    const said = { text: '' }
    child.stdout.on('data', chunk => {
      said.text += String(chunk)
    })
    return { child, said }
  }
  return { running, caller }
}

t.test(`${RATE} new TLS connections a second with a call each, both sides with certificates`, async t => {
  const { running, caller } = await startTls(t)
  const warm = caller(RATE, RATE)
  await once(warm.child, 'close')
  t.match(JSON.parse(warm.said.text), { failed: 0 })
  const before = process.cpuUsage()
  const { child, said } = caller(RATE, RATE * SECONDS)
  await once(child, 'close')
  const { user, system } = process.cpuUsage(before)
  const report = JSON.parse(said.text) as { calls: number; failed: number; perSecond: number; p50: string; p99: string }
  t.same([report.calls, report.failed], [RATE * SECONDS, 0])
  const { perSecond, p50, p99, calls } = report
  const cost = (user + system) / 1000 / calls
  t.comment(
    `figure: ${perSecond.toFixed(0)} a second, connection to 200 p50 ${p50} ms, p99 ${p99} ms, ${cost.toFixed(2)} ms of CPU each`
  )
  await until(async () => ((await running.connections()) === 0 ? '' : 'not all have left'))
  t.equal(running.events.length, 2 * RATE * (SECONDS + 1))
})

t.test('a thousand TLS connections that say nothing', async t => {
  const { running, caller } = await startTls(t)
  const before = process.memoryUsage().rss
  const { child, said } = caller(0, 1_000, 'hold')
  await until(() => (said.text === '' ? 'not all are open' : ''), 60_000)
  t.equal(await running.connections(), 1_000)
  const each = (process.memoryUsage().rss - before) / 1_000 / 1024
  t.comment(`figure: 1,000 idle TLS connections, each ${each.toFixed(0)} KiB resident`)
  child.stdin.end()
  await once(child, 'close')
  await until(async () => ((await running.connections()) === 0 ? '' : 'not all have left'))
})
