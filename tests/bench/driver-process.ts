/*
 * The embedded SIP driver alone, in a process of its own: every event is durable at once. Started by subjects.ts with
 * the port in its arguments; `--share` lets several of these share it (docs/decisions/0013).
 */
import dgram from 'node:dgram'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

export interface Memory {
  readonly heapUsed: number
  readonly rss: number
}

const [port = '0', ...flags] = process.argv.slice(2)
if (flags.includes('--share')) sharePorts()

// After the sockets were taught to share, which the driver's modules take by name.
const { makeEventId } = await import('../../src/call/ids.ts')
const { DEFAULT_CONFIG, loadConfig } = await import('../../src/operations/config.ts')
const { systemClock } = await import('../../src/operations/lifecycle.ts')
const { silentLog } = await import('../../src/operations/log.ts')
const { makeMetrics } = await import('../../src/operations/metrics.ts')
const { EmbeddedSipDriver } = await import('../../src/switches/sip/embedded/embedded-sip-driver.ts')

const { config } = await loadConfig({ path: DEFAULT_CONFIG, env: { CALLBOX_SIP_PORT: port } })
const driver = new EmbeddedSipDriver({
  sip: config.sip,
  trunks: config.trunks,
  makeEventId,
  log: silentLog,
  metrics: makeMetrics(),
  clock: systemClock
})
await driver.start(async () => 'durable')

process.on('message', said => {
  if (said !== 'memory') return
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  process.send?.({ heapUsed, rss } satisfies Memory)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

/** SO_REUSEPORT on every socket made from now on. */
function sharePorts(): void {
  const { createSocket } = dgram
  const { listen } = net.Server.prototype
  dgram.createSocket = ((options: dgram.SocketOptions) =>
    createSocket({ ...options, reusePort: true })) as typeof createSocket
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    const [port, host, done] = args
    return listen.apply(this, [{ port, host, reusePort: true }, done] as never)
  }
  syncBuiltinESMExports()
}
