import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { tcpClient } from '../support/sip-client.ts'
import { callThrough, keepCalling, type RunningDriver, startDriver } from '../support/sip-driver.ts'
import { makeBranch, makeDialog, request } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

const IDLE_PEERS = fileURLToPath(new URL('../support/idle-peers.ts', import.meta.url))
/** Of the process, which must hold one of each connection and some more. */
const SPARE_FILES = 500

async function openFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'latin1')
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0)
}

/** Silent connections from another process; it is ended with the test. */
async function openIdle(t: Test, port: number, count: number) {
  const peers = spawn(process.execPath, [IDLE_PEERS, String(port), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  let said = ''
  peers.stdout.on('data', chunk => {
    said += String(chunk)
  })
  t.teardown(() => peers.kill('SIGKILL'))
  await until(() => (said.includes('open') ? '' : 'not all are open'), 60_000)
  return {
    end: async () => {
      peers.stdin.end()
      await once(peers, 'close')
      return Number(/closed (\d+)/.exec(said)?.[1] ?? Number.NaN)
    }
  }
}

async function goodCalls(t: Test, { driver }: RunningDriver) {
  const client = await tcpClient(t, driver.port)
  const good = keepCalling(client, `TCP 127.0.0.1:${client.port}`)
  return async (what: string) => {
    const { calls, slowestMs } = await good.stop()
    t.ok(calls > 0, 'good calls went through')
    t.comment(`figure: ${calls} good calls ${what}, the slowest ${slowestMs.toFixed(0)} ms whole`)
  }
}

const memory = () => {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heap: heapUsed + external }
}

t.test('10,000 connections that say nothing are held, cost little, and calls go on', async t => {
  const count = Math.min(10_000, (await openFiles()) - SPARE_FILES)
  if (count < 10_000) t.comment(`figure: only ${count}, because this process may open no more files`)
  const running = await startDriver(t, { sip: { maxConnections: 20_000, maxConnectionsPerPeer: 20_000 } })
  const stopGood = await goodCalls(t, running)
  const before = memory()
  const idle = await openIdle(t, running.driver.port, count)
  await until(async () => ((await running.connections()) === count + 1 ? '' : 'not all are let in'))
  const after = memory()
  const each = (key: 'rss' | 'heap') => ((after[key] - before[key]) / count / 1024).toFixed(1)
  t.comment(`figure: ${count} idle connections, each ${each('rss')} KiB resident, ${each('heap')} KiB of heap`)
  t.equal(await idle.end(), 0, 'none of them was closed')
  await until(async () => ((await running.connections()) === 1 ? '' : 'not all have left'))
  await stopGood(`beside ${count} idle connections`)
})

t.test('connections over the limit are closed and counted, and none of those within it', async t => {
  const running = await startDriver(t, { sip: { maxConnections: 1_000, maxConnectionsPerPeer: 300 } })
  const first = await tcpClient(t, running.driver.port)
  const idle = await openIdle(t, running.driver.port, 500)
  await until(async () => ((await running.refused('connections-of-peer')) === 201 ? '' : 'not yet refused'))
  t.equal(await running.connections(), 300)
  t.equal((await callThrough(first, `TCP 127.0.0.1:${first.port}`)).status, 200)
  t.equal(await idle.end(), 201)
})

t.test('2,000 connections come and go, each with a ping, half of them without a goodbye', async t => {
  const running = await startDriver(t, { sip: { maxConnections: 200, maxConnectionsPerPeer: 200 } })
  const stopGood = await goodCalls(t, running)
  let answered = 0
  const one = async (at: number) => {
    const socket = connect({ port: running.driver.port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    const via = `SIP/2.0/TCP 127.0.0.1:1;branch=${makeBranch()}`
    socket.write(request({ dialog: makeDialog(), method: 'OPTIONS', via }))
    const [answer] = await once(socket, 'data')
    if (String(answer).startsWith('SIP/2.0 200')) answered += 1
    if (at % 2 === 0) socket.resetAndDestroy()
    else socket.end()
    if (!socket.closed) await once(socket, 'close')
  }
  const began = performance.now()
  for (let at = 0; at < 2_000; at += 50) await Promise.all(Array.from({ length: 50 }, (_, n) => one(at + n)))
  const seconds = (performance.now() - began) / 1000
  t.comment(`figure: 2,000 connections opened, answered and closed, ${(2_000 / seconds).toFixed(0)} a second`)
  t.equal(answered, 2_000)
  await until(async () => ((await running.connections()) === 1 ? '' : `${await running.connections()} are left`))
  await stopGood('meanwhile')
})
