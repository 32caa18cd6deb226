import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import t, { type Test } from 'tap'
import { makeAuthority } from '../support/certificates.ts'
import { tcpClient } from '../support/sip-client.ts'
import { keepCalling, type RunningDriver, startDriver } from '../support/sip-driver.ts'
import { invite, makeBranch, makeDialog, request } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

const MESSAGE_MS = 1_000
const LIMITS = { messageMs: MESSAGE_MS, maxConnections: 500, maxConnectionsPerPeer: 500 } as const

/** Runs `attack` while a good switch calls on; every one of its calls must go through. */
async function withGoodCalls(t: Test, { driver }: RunningDriver, attack: () => Promise<void>): Promise<void> {
  const client = await tcpClient(t, driver.port)
  const good = keepCalling(client, `TCP 127.0.0.1:${client.port}`)
  try {
    await attack()
  } finally {
    await good.stop()
  }
  const { calls, slowestMs } = await good.stop()
  t.ok(calls > 0, 'good calls went through')
  t.comment(
    `figure: ${calls} good calls meanwhile, the slowest ${slowestMs.toFixed(0)} ms from INVITE to the end of it`
  )
}

async function openAll(t: Test, count: number, open: () => Socket, event = 'connect'): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = open()
    socket.on('error', () => {})
    t.teardown(() => void socket.destroy())
    return socket
  })
  await Promise.all(sockets.map(socket => once(socket, event)))
  return sockets
}

/** A byte now and then, for as long as the connection stands; the pace is the fault itself. */
async function trickle(sockets: readonly Socket[], text: string, everyMs: number): Promise<void> {
  for (let at = 0; sockets.some(socket => !socket.destroyed); at++) {
    for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length] ?? '')
    await pause(everyMs)
  }
}

const via = () => `SIP/2.0/TCP 127.0.0.1:5090;branch=${makeBranch()}`

t.test('INVITEs that come a byte at a time on 200 connections end them all, and calls go on', async t => {
  const running = await startDriver(t, { sip: LIMITS })
  await withGoodCalls(t, running, async () => {
    const slow = await openAll(t, 200, () => connect(running.driver.port, '127.0.0.1'))
    await trickle(slow, invite(makeDialog(), { via: via() }), 20)
  })
  t.equal(await running.refused('slow-message'), 200)
  await until(async () => ((await running.connections()) <= 1 ? '' : `${await running.connections()} still open`))
})

t.test('the same over TLS', async t => {
  const authority = await makeAuthority(t)
  const [own, sbc] = [await authority.sign('callbox.invalid'), await authority.sign('sbc.invalid')]
  const [ca, cert, key] = await Promise.all([authority.caFile, sbc.certFile, sbc.keyFile].map(file => readFile(file)))
  const tls = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const running = await startDriver(t, { sip: { ...LIMITS, tls } })
  await withGoodCalls(t, running, async () => {
    const to = { port: running.driver.ports.tls ?? 0, host: '127.0.0.1', ca, cert, key }
    const open = () => tlsConnect({ ...to, checkServerIdentity: () => undefined })
    const slow = await openAll(t, 50, open, 'secureConnect')
    await trickle(slow, invite(makeDialog(), { via: via() }), 20)
  })
  t.equal(await running.refused('slow-message'), 50)
})

t.test('handshakes of TLS that come a byte at a time', async t => {
  const authority = await makeAuthority(t)
  const own = await authority.sign('callbox.invalid')
  const tls = { port: 0, ...own, caFile: authority.caFile, minVersion: 'TLSv1.2' as const }
  const running = await startDriver(t, { sip: { ...LIMITS, handshakeMs: MESSAGE_MS, tls } })
  await withGoodCalls(t, running, async () => {
    const slow = await openAll(t, 100, () => connect(running.driver.ports.tls ?? 0, '127.0.0.1'))
    // The head of a ClientHello that announces 512 bytes.
    await trickle(slow, `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'\x00'.repeat(400)}`, 20)
  })
  t.equal(await running.refused('handshake'), 100)
})

t.test('a body that never becomes whole', async t => {
  const running = await startDriver(t, { sip: LIMITS })
  await withGoodCalls(t, running, async () => {
    const slow = await openAll(t, 100, () => connect(running.driver.port, '127.0.0.1'))
    const head = request({ dialog: makeDialog(), method: 'INVITE', via: via(), headers: { 'Content-Length': '60000' } })
    for (const socket of slow) socket.write(head)
    await trickle(slow, 'v=0\r\n', 20)
  })
  t.equal(await running.refused('slow-message'), 100)
})

t.test('lengths that are not true end their connection or get the answer of the RFC, and nothing else', async t => {
  const running = await startDriver(t, { sip: LIMITS })
  const lies = [
    { length: '-1', reason: 'no-content-length' },
    { length: '', reason: 'no-content-length' },
    { length: 'x', reason: 'no-content-length' },
    { length: '4294967297', reason: 'no-content-length' },
    { length: '9999999', reason: 'too-large' },
    { length: '20', reason: 'out-of-step' },
    { length: '5000', reason: 'slow-message' }
  ]
  await withGoodCalls(t, running, async () => {
    for (const { length, reason } of lies) {
      const [before, client] = [await running.refused(reason), await tcpClient(t, running.driver.port)]
      const text = invite(makeDialog(), { via: via(), headers: { 'Content-Length': length } })
      await client.send(text + (reason === 'out-of-step' ? invite(makeDialog(), { via: via() }) : ''))
      await until(() => (client.isClosed() ? '' : `Content-Length: ${length}: still connected`))
      t.equal(await running.refused(reason), before + 1, `Content-Length: ${length}`)
    }
    const twice = await tcpClient(t, running.driver.port)
    await twice.send(
      invite(makeDialog(), { via: via() }).replace(/(Content-Length: \d+\r\n)/, '$1Content-Length: 0\r\n')
    )
    t.equal((await twice.next()).status, 400)
  })
})

t.test('a switch that asks and never reads is let go before it fills our memory', async t => {
  const running = await startDriver(t, { sip: LIMITS })
  const began = process.memoryUsage().rss
  await withGoodCalls(t, running, async () => {
    const [deaf] = await openAll(t, 1, () => connect(running.driver.port, '127.0.0.1'))
    if (deaf === undefined) throw new Error('no connection')
    deaf.pause()
    const ping = () => request({ dialog: makeDialog(), method: 'OPTIONS', via: via() })
    while (deaf.writable) {
      deaf.write(Array.from({ length: 100 }, ping).join(''))
      // What the gateway does not take in time stays with the sender.
      await until(() => (deaf.writableLength < 100_000 || deaf.destroyed ? '' : 'nothing is taken'))
    }
  })
  const grown = (process.memoryUsage().rss - began) / 1024 / 1024
  t.comment(`figure: ${grown.toFixed(0)} MiB more memory after it`)
  const { values } = await running.metrics.sipAnswersLost.get()
  t.match(values, [{ labels: { reason: 'unread' } }])
})

t.test('WebSocket frames that never become whole, and pages that are asked for a byte at a time', async t => {
  const running = await startDriver(t, {
    sip: { ...LIMITS, idleMs: MESSAGE_MS, handshakeMs: MESSAGE_MS, ws: { port: 0 } }
  })
  const open = () => connect(running.driver.ports.ws ?? 0, '127.0.0.1')
  const good = await tcpClient(t, running.driver.port)
  const calls = keepCalling(good, `TCP 127.0.0.1:${good.port}`)
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
  const upgrade = `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}Sec-WebSocket-Protocol: sip\r\n\r\n`
  const [halves, asking] = [await openAll(t, 50, open), await openAll(t, 50, open)]
  for (const socket of halves) {
    socket.resume().write(upgrade)
    // A masked text frame of 1,000 bytes, and none of them.
    socket.write(Buffer.from([0x81, 0xfe, 0x03, 0xe8, 1, 2, 3, 4]))
  }
  await Promise.all([trickle(halves, 'x', 20), trickle(asking, upgrade.replace('\r\n\r\n', ''), 20)])
  t.equal(await running.refused('handshake'), 50)
  t.ok((await calls.stop()).calls > 0)
  await until(async () => ((await running.connections()) <= 1 ? '' : `${await running.connections()} still open`))
})

t.test('a flood on one connection leaves the others their turn', async t => {
  const running = await startDriver(t, { sip: LIMITS })
  await withGoodCalls(t, running, async () => {
    const [flood] = await openAll(t, 1, () => connect(running.driver.port, '127.0.0.1'))
    flood?.resume()
    const text = Array.from({ length: 200 }, () => request({ dialog: makeDialog(), method: 'OPTIONS', via: via() }))
    for (let round = 0; round < 50; round++) {
      flood?.write(text.join(''))
    }
    await until(async () => {
      const { values } = await running.metrics.sipReceived.get()
      const pings = values.find(({ labels }) => labels['method'] === 'OPTIONS')?.value ?? 0
      return pings === 10_000 ? '' : `${pings} of the flood are answered`
    })
  })
  t.equal((await running.metrics.sipReceiveFaults.get()).values[0]?.value ?? 0, 0)
})

t.test('a peer that vanishes without a word is asked for by the kernel, whatever it came by', async t => {
  const running = await startDriver(t, { sip: { ...LIMITS, ws: { port: 0 } } })
  for (const port of [running.driver.ports.sip, running.driver.ports.ws ?? 0]) {
    await openAll(t, 1, () => connect(port, '127.0.0.1'))
    const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    await until(async () => {
      const table = (await readFile('/proc/net/tcp', 'latin1')).split('\n').map(line => line.trim().split(/\s+/))
      const ours = table.filter(([, local = '', , state]) => local.endsWith(own) && state === '01')
      // The sixth column names the timer that runs: 02 is keep-alive (proc_net_tcp).
      return ours.length > 0 && ours.every(row => row[5]?.startsWith('02:')) ? '' : 'no keep-alive runs'
    })
  }
})
